"""What an ingest found, kept and left out, as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vortex_tui.corpora.left_out import LeftOut
from vortex_tui.corpora.splitting import ENOUGH, SPLITS
from vortex_tui.evaluation.case import Split

SCHEMA = 1
# Of each reason this many are named; all of them are counted.
NAMED = 20


@dataclass(frozen=True, slots=True)
class Ingested:
    """An ingest's outcome. ``found`` examples are ``kept`` plus the pieces left out; files likewise."""

    domain: str
    folder: Path
    time: str
    files: int
    found: int
    kept: dict[Split, int]
    holds: dict[Split, int]
    left_out: Sequence[LeftOut] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def files_read(self) -> int:
        """How many files were read at least in part."""
        return self.files - sum(one.whole for one in self.left_out)

    def reasons(self) -> list[dict[str, Any]]:
        """Each reason with its count and the first of what it left out, files before pieces."""
        counted = Counter((not one.whole, one.reason) for one in self.left_out)
        return [
            {
                "reason": reason,
                "what": "piece" if piece else "file",
                "count": count,
                "named": [
                    one.told() for one in self.left_out if one.reason == reason and one.whole is not piece
                ][:NAMED],
            }
            for (piece, reason), count in sorted(counted.items())
        ]

    def notes(self) -> list[str]:
        """What whoever goes on with this corpus should know."""
        return lacking(self.holds)

    def line(self) -> dict[str, Any]:
        """What the domain's history keeps of it: nothing of this machine."""
        return {
            "schema": SCHEMA,
            "time": self.time,
            "files": self.files,
            "files_read": self.files_read,
            "found": self.found,
            "kept": self.kept,
            "left_out": self.reasons(),
        }

    def document(self) -> dict[str, Any]:
        """The whole, as a command prints it."""
        return {
            **self.line(),
            "domain": self.domain,
            "folder": str(self.folder),
            "holds": self.holds,
            "notes": self.notes(),
            "seconds": round(self.seconds, 3),
        }


def lacking(holds: Mapping[Split, int]) -> list[str]:
    """In words, which splits hold fewer examples than their use wants."""
    if not any(holds.values()):
        return []
    return [
        f"{split} holds {holds[split]} of the {ENOUGH[split]} examples it should have: {_USES[split]}"
        for split in SPLITS
        if split in ENOUGH and holds[split] < ENOUGH[split]
    ]


_USES: dict[Split, str] = {
    "router": "a router's fit learns little from it",
    "calibration": "early stopping and thresholds are judged by few",
    "gate": "small differences cannot be proved",
}
