"""Experts to GGUF, one after the other: what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vortex_tui import cache_folder
from vortex_tui.commands.setting import Setting
from vortex_tui.doctor.bank import entries, gguf_of
from vortex_tui.engine import model_folder
from vortex_tui.errors import ExpertError
from vortex_tui.experts import adapter, bank
from vortex_tui.experts.bank import BankEntry
from vortex_tui.gguf import convert, geometry, reader
from vortex_tui.gguf.geometry import Geometry
from vortex_tui.profile import Profile


@dataclass(frozen=True, slots=True)
class Conversion:
    """An expert's GGUF, or why there is none."""

    id: str
    file: str = ""
    bytes: int = 0
    was_there: bool = False
    problem: str = ""

    @property
    def state(self) -> str:
        """In words."""
        return self.problem or ("was there" if self.was_there else "converted")

    @property
    def short_file(self) -> str:
        """The begin of the file's name: the rest is more of the same hash."""
        return f"{Path(self.file).stem[:12]}….gguf" if self.file else ""

    def document(self) -> dict[str, Any]:
        """As plain values."""
        return {**asdict(self), "ok": not self.problem}


def base_geometry(profile: Profile) -> Geometry:
    """The sizes of the profile's base, from its GGUF when it has one. Raises ModelError."""
    if (file := gguf_of(profile)) is not None:
        return geometry.of_gguf(reader.read(file))
    folder = model_folder.inspect(model_folder.locate(profile.core.hf_model))
    return geometry.of_config(folder.config)


def converted(setting: Setting, names: Sequence[str]) -> list[Conversion]:
    """Convert the named experts, or all that can be used; one that is refused does not stop the others.

    Raises ModelError or StorageError, which concern them all, and ExpertError for a name that is unknown.
    """
    profile, data_dir = setting.profile(), setting.data_dir()
    cache_folder.keep_to(profile.budget, data_dir)
    base = base_geometry(profile)
    found = entries(profile, data_dir)
    chosen = [bank.find(name, found) for name in names] if names else [e for e in found if not e.problem]
    return [_one(entry, base, data_dir) for entry in chosen]


def _one(entry: BankEntry, base: Geometry, data_dir: Path) -> Conversion:
    try:
        manifest = bank.usable(entry).reread()
        made = convert.expert(adapter.read(manifest, entry.folder, patterns=True), base, data_dir)
    except ExpertError as error:
        told = f"{error.message}; found {error.found}" if error.found else error.message
        return Conversion(entry.id, problem=told)
    return Conversion(entry.id, str(made.path), made.path.stat().st_size, made.was_there)
