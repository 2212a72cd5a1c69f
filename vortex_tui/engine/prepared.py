"""What ``prepare-model`` wrote down of a profile, and whether it still holds.

On Windows a load that does not fit has taken whole machines down: there nothing is loaded that was not
found safe beforehand, nor files that changed since. Elsewhere the record is for the person alone.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vortex_tui import cache_folder
from vortex_tui.engine import backend_route, model_folder
from vortex_tui.errors import ModelError
from vortex_tui.escape import one_line
from vortex_tui.profile import Profile

SCHEMA = 2
# Below this, hashing is no slower than wondering.
_SMALL_BYTES = 64 * 1024 * 1024
_CHUNK = 1024 * 1024
_READ = (".safetensors", ".json", ".jinja", ".model", ".txt")
# They change no weight and no size.
_FREE = {"system_prompt", "speculation"}
_OF_THE_DISK = {"min_disk_free_mb", "max_cache_mb"}
_ABSENT = "a record of the profile as it is now"

OnBytes = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Stamp:
    """A model's file as it was hashed."""

    name: str
    size: int
    mtime_ns: int
    sha256: str


def path(profile: Profile, data_dir: Path) -> Path:
    """Where the record of a profile is."""
    return data_dir / "models" / f"prepared_{profile.name}.json"


def settings_hash(profile: Profile) -> str:
    """SHA-256 (hex) of the settings that decide what is loaded and whether it fits."""
    experts = profile.experts
    mixes = [experts.enabled, experts.max_loaded, experts.router.top_k]
    parts = [profile.core.model_dump(exclude=_FREE), profile.budget.model_dump(exclude=_OF_THE_DISK), mixes]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def sources(profile: Profile, data_dir: Path) -> list[Path]:
    """Every file that a load of this profile would read. Raises ModelError."""
    if backend_route.choose(profile).backend == "llama_cpp":
        return [backend_route.gguf_file(profile, data_dir)]
    folder = model_folder.locate(profile.core.hf_model)
    return sorted(file for file in folder.iterdir() if file.suffix in _READ and file.is_file())


def stamp(file: Path, on_bytes: OnBytes = lambda _: None) -> Stamp:
    """Hash a file, telling how many bytes have been read. Raises OSError."""
    said, digest = file.stat(), hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            on_bytes(len(chunk))
    return Stamp(file.name, said.st_size, said.st_mtime_ns, digest.hexdigest())


def check(profile: Profile, data_dir: Path, platform: str = sys.platform) -> None:
    """On Windows, refuse a profile that was not prepared, or whose files changed. Raises ModelError.

    On every platform the profile's disk budget holds from here on, for whatever the load converts or keeps.
    """
    cache_folder.keep_to(profile.budget, data_dir)
    core = profile.core
    shipped = core.hf_model == model_folder.NANO and not core.llama_cpp_model_path
    if platform != "win32" or shipped or core.backend == "remote":
        return
    compare(profile, data_dir)


def compare(profile: Profile, data_dir: Path) -> None:
    """Hold settings and files against the record, on any platform. Raises ModelError."""
    _check_record(profile, record := _read(profile, data_dir))
    try:
        files = sources(profile, data_dir)
    except OSError as error:
        raise _refusal(profile, str(error), "a readable folder") from error
    _check_files(profile, record, files)


def _refusal(profile: Profile, found: str, expected: str = _ABSENT) -> ModelError:
    return ModelError(
        f"the profile {one_line(profile.name)} is not prepared",
        found=one_line(found),
        expected=one_line(expected),
        mend=f"vortex-tui prepare-model --profile {one_line(profile.name)}",
    )


def _read(profile: Profile, data_dir: Path) -> dict[str, Any]:
    file = path(profile, data_dir)
    try:
        said = json.loads(file.read_bytes())
    except FileNotFoundError as error:
        raise _refusal(profile, f"no {file}") from error
    except (OSError, ValueError) as error:
        raise _refusal(profile, f"{file}: {error}") from error
    if not isinstance(said, dict) or said.get("schema") != SCHEMA:
        raise _refusal(profile, f"{file} is no record of schema {SCHEMA}")
    return said


def _check_record(profile: Profile, record: dict[str, Any]) -> None:
    if record.get("settings") != settings_hash(profile):
        raise _refusal(profile, "core or budget changed since it was prepared")
    if record.get("safe") is not True:
        rows = [row for row in record.get("checks") or () if isinstance(row, dict)]
        failed = ", ".join(str(row.get("id")) for row in rows if row.get("status") == "fail")
        raise _refusal(profile, f"no safe route: {failed}", "every check passed")
    route = record.get("route")
    backend = route.get("backend") if isinstance(route, dict) else None
    if backend != backend_route.choose(profile).backend:
        raise _refusal(profile, "another backend would answer now than when it was prepared")


def _check_files(profile: Profile, record: dict[str, Any], files: list[Path]) -> None:
    try:
        known = {row["name"]: Stamp(**row) for row in record["files"]}
    except (KeyError, TypeError) as error:
        raise _refusal(profile, f"a damaged record ({error})") from error
    if (names := {file.name for file in files}) != set(known):
        other = ", ".join(sorted(names ^ set(known))[:3])
        raise _refusal(profile, f"files that came or went since: {other}")
    for file in files:
        if _changed(file, known[file.name]):
            raise _refusal(profile, f"{file} changed since", f"SHA-256 {known[file.name].sha256[:12]}…")


def _changed(file: Path, known: Stamp) -> bool:
    """By size and time first; where those cannot tell, by content."""
    try:
        said = file.stat()
        if said.st_size != known.size:
            return True
        if said.st_mtime_ns == known.mtime_ns and said.st_size >= _SMALL_BYTES:
            return False
        return stamp(file).sha256 != known.sha256
    except OSError:
        return True
