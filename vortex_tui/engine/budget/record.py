"""The last load of a profile, kept: how far the estimate was off, and what the libraries take here."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from vortex_tui import atomic
from vortex_tui.engine.protocol import Ready
from vortex_tui.errors import StorageError
from vortex_tui.profile import Profile

MIB = 1024 * 1024


class Loaded(BaseModel):
    """Estimate and measurement after a load, in MiB at ``home``."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    schema_version: Literal[1] = Field(1, alias="schema")
    created: str
    model: str
    backend: str
    device: str
    home: str
    expected_mb: FiniteFloat
    measured_mb: FiniteFloat | None
    runtime_mb: FiniteFloat

    @property
    def error(self) -> float | None:
        """Estimated less measured, as a share of what was measured; None where that is not known."""
        if self.measured_mb is None or self.measured_mb <= 0:
            return None
        return self.expected_mb / self.measured_mb - 1


def path(profile: Profile, data_dir: Path) -> Path:
    """Where the last load of a profile is kept."""
    return data_dir / "models" / f"loaded_{profile.name}.json"


def keep(profile: Profile, data_dir: Path, ready: Ready) -> None:
    """Write down a load. A data folder that cannot be written loses nothing but this."""
    memory = ready.memory
    if memory is None:
        return
    runtime = sum(i.mb for i in memory.items if (i.kind, i.place) == ("runtime", "host"))
    found = Loaded(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        model=ready.model,
        backend=ready.backend,
        device=ready.device,
        home=memory.home,
        expected_mb=round(memory.expected_mb, 1),
        measured_mb=None if memory.measured_mb is None else round(memory.measured_mb, 1),
        runtime_mb=round(runtime, 1),
    )
    try:
        atomic.write_json(path(profile, data_dir), found.model_dump(mode="json", by_alias=True))
    except StorageError:
        return


def read(profile: Profile, data_dir: Path) -> Loaded | None:
    """The last load of this profile; None where there was none, or its record cannot be read."""
    try:
        return Loaded.model_validate(json.loads(path(profile, data_dir).read_bytes()))
    except (OSError, ValueError, ValidationError):
        return None


def runtime(profile: Profile, data_dir: Path) -> int | None:
    """Bytes that the libraries took when this profile was loaded last; None where that is not known."""
    found = read(profile, data_dir)
    return None if found is None else round(found.runtime_mb * MIB)
