"""What a check found, and a report of many of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Status = Literal["pass", "warn", "fail", "skip"]
STATUSES: tuple[Status, ...] = ("pass", "warn", "fail", "skip")
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: what was found, what was expected, the command or step that mends it.

    ``details`` are lines of a table that belongs to it, shown as they are.

    ``place`` is where it stands in a report, whenever it was finished; it is no part of the JSON.
    """

    id: str
    title: str
    status: Status
    found: str = ""
    expected: str = ""
    mend: str = ""
    ms: float = 0.0
    details: tuple[str, ...] = ()
    place: int = field(default=0, compare=False)

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {key: value for key, value in asdict(self).items() if key != "place"}


@dataclass(frozen=True, slots=True)
class Report:
    """All checks, in the order of their list."""

    checks: tuple[Check, ...]

    def __iter__(self) -> Iterator[Check]:
        return iter(self.checks)

    @property
    def ok(self) -> bool:
        """True when nothing failed; warnings and skipped checks do not count."""
        return not self.having("fail")

    def having(self, status: Status) -> tuple[Check, ...]:
        """The checks with that status."""
        return tuple(check for check in self.checks if check.status == status)

    def find(self, id: str) -> Check | None:
        """The check with that id, if it was made."""
        return next((check for check in self.checks if check.id == id), None)

    def counts(self) -> dict[Status, int]:
        """How many checks have each status."""
        return {status: len(self.having(status)) for status in STATUSES}

    def to_json(self) -> dict[str, Any]:
        """The report as plain values, with its schema version."""
        return {
            "schema": SCHEMA,
            "ok": self.ok,
            "counts": self.counts(),
            "checks": [check.to_json() for check in self.checks],
        }


def report(checks: Iterable[Check]) -> Report:
    """A report of ``checks``, in whatever order they were finished; of one id the last one counts."""
    newest = {check.id: check for check in checks}
    return Report(tuple(sorted(newest.values(), key=lambda check: check.place)))
