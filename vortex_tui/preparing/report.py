"""What was found, as it is shown and as it is kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vortex_tui import __version__, atomic
from vortex_tui.doctor.report import Check
from vortex_tui.engine import prepared
from vortex_tui.preparing.case import Case


@dataclass(frozen=True, slots=True)
class Prepared:
    """A case after its checks."""

    case: Case
    checks: tuple[Check, ...]

    @property
    def safe(self) -> bool:
        """True when nothing failed."""
        return not self.failed

    @property
    def failed(self) -> tuple[str, ...]:
        """Ids of the checks that failed."""
        return tuple(check.id for check in self.checks if check.status == "fail")

    def to_json(self) -> dict[str, Any]:
        """The record, with its schema version."""
        case = self.case
        return {
            "schema": prepared.SCHEMA,
            "version": __version__,
            "profile": case.profile.name,
            "settings": prepared.settings_hash(case.profile),
            "safe": self.safe,
            "route": {"backend": case.route.backend, "reason": case.route.reason} if case.route else None,
            "fingerprint": case.fingerprint or None,
            "budget": case.admission.to_json() if case.admission else None,
            "files": [asdict(found) for found in case.files],
            "checks": [check.to_json() for check in self.checks],
        }

    def save(self) -> Path:
        """Write the record, safe or not, over the one before. Raises StorageError."""
        file = prepared.path(self.case.profile, self.case.data_dir)
        atomic.write_json(file, self.to_json())
        return file
