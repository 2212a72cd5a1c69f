"""What a check found, and a report of many of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["pass", "warn", "fail", "skip"]
STATUSES: tuple[Status, ...] = ("pass", "warn", "fail", "skip")
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: what was found, what was expected, the command or step that mends it."""

    id: str
    title: str
    status: Status
    found: str = ""
    expected: str = ""
    mend: str = ""
    ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """All checks, in the order they were made."""

    checks: tuple[Check, ...]

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
            "checks": [asdict(check) for check in self.checks],
        }


def report(checks: Iterable[Check]) -> Report:
    """A report of ``checks``."""
    return Report(tuple(checks))
