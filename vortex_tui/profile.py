"""The typed profile: what a user runs, on which budget, under which rules.

Profiles are TOML files. Unknown keys are refused with the nearest known name.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from vortex_tui import atomic, paths
from vortex_tui.errors import ProfileError
from vortex_tui.escape import one_line
from vortex_tui.settings import Profile

__all__ = [
    "Profile",
    "dump",
    "keys",
    "known",
    "load",
    "locate",
    "nearest",
    "parse",
    "save",
    "source",
    "tables",
]

# Of a key, a value or a path in a message: characters.
_LONGEST = 200


def _folders() -> tuple[Path, Path]:
    return paths.user_config() / "profiles", paths.shipped_profiles()


def known() -> dict[str, Path]:
    """Every profile by name; the user's own come before the shipped ones."""
    found: dict[str, Path] = {}
    for folder in reversed(_folders()):
        # A folder that cannot be looked into offers nothing; it is no reason to stop.
        with contextlib.suppress(OSError):
            found |= {file.stem: file for file in sorted(folder.glob("*.toml"))}
    return found


def locate(name: str) -> Path:
    """The file of a profile's name, or of a path. Raises ProfileError; the file need not be readable."""
    if name.endswith(".toml") or "/" in name or "\\" in name:
        # A home that is not known stays in the path, and reading it says so.
        return Path(os.path.expanduser(name))  # noqa: PTH111
    profiles = known()
    if name in profiles:
        return profiles[name]
    near = difflib.get_close_matches(name, profiles, n=1, cutoff=0.5)
    raise ProfileError(
        f"there is no profile {one_line(name)!r}",
        expected=f"one of {', '.join(sorted(profiles))}, or a path to a .toml file",
        mend=f"vortex-tui --profile {near[0] if near else 'nano'}",
    )


def source(file: Path) -> str:
    """A profile's text. Raises ProfileError when it cannot be read or says nothing."""
    try:
        raw = file.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a path no file can have.
        raise ProfileError(
            f"could not read the profile {_shown(file)}",
            found=(error.strerror if isinstance(error, OSError) else None) or str(error),
            expected=f"a readable .toml file; shipped are {', '.join(sorted(known()))}",
        ) from error
    if not raw.strip():
        # Every key has a default, but an empty file is a lost one more often than a wish for them.
        raise ProfileError(f"the profile {_shown(file)} is empty", expected="TOML in UTF-8")
    try:
        # Some editors begin a UTF-8 file with a byte order mark.
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_toml(file, error) from error


def _not_toml(file: Path, error: Exception) -> ProfileError:
    return ProfileError(
        f"the profile {_shown(file)} is not TOML", found=_shown(error), expected="TOML in UTF-8"
    )


def tables(text: str, file: Path) -> dict[str, Any]:
    """What a profile's text says. Raises ProfileError when it is not TOML."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _not_toml(file, error) from error


def _children(model: type[BaseModel]) -> dict[str, type[BaseModel] | None]:
    return {
        name: kind if isinstance(kind := field.annotation, type) and issubclass(kind, BaseModel) else None
        for name, field in model.model_fields.items()
    }


def keys(model: type[BaseModel] = Profile, prefix: str = "") -> Iterator[str]:
    """Every dotted key a profile may hold."""
    for name, child in _children(model).items():
        if child is None:
            yield prefix + name
        else:
            yield from keys(child, f"{prefix}{name}.")


def nearest(key: str) -> str:
    """The known key, or table, that a wrong one most likely means."""
    every = list(keys())
    above = {name.rpartition(".")[0] for name in every}
    above |= {name.partition(".")[0] for name in above}
    names = sorted({*every, *above})
    # A right name under the wrong table is the likelier slip than a misspelt table.
    moved = [name for name in names if name.rpartition(".")[2] == key.rpartition(".")[2]]
    return difflib.get_close_matches(key, moved or names, n=1, cutoff=0.0)[0]


def _shown(value: object) -> str:
    """On one line, and not longer than a line or two."""
    text = one_line(str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _refusal(file: Path, detail: ErrorDetails) -> ProfileError:
    key = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return ProfileError(
            f"{_shown(file)}: unknown key {_shown(key)!r}",
            expected=f"a known key; the nearest is {nearest(key[:_LONGEST])!r}",
            mend=f"rename or remove {_shown(key)!r}",
        )
    expected = (
        f"a table, [{key}]" if detail["type"] == "model_type" else detail["msg"].replace("tuple", "array")
    )
    return ProfileError(
        f"{_shown(file)}: bad value for {_shown(key)!r}",
        found=_shown(repr(detail["input"])),
        expected=expected,
        mend=f"edit {_shown(file)}",
    )


def parse(data: dict[str, Any], file: Path) -> Profile:
    """Validate ``data`` read from ``file``. Raises ProfileError on the first unknown key or bad value."""
    try:
        profile = Profile.model_validate(data)
    except ValidationError as error:
        raise _refusal(file, error.errors()[0]) from error
    return profile.named(file.stem)


def load(name: str = "nano") -> Profile:
    """Load a profile by name or by path. Raises ProfileError."""
    file = locate(name)
    return parse(tables(source(file), file), file)


def dump(profile: Profile) -> str:
    """The profile as TOML, every key written out."""
    return tomli_w.dumps(profile.model_dump(mode="json"))


def save(profile: Profile, file: Path) -> None:
    """Write the profile to ``file``. Raises StorageError; then ``file`` is as it was."""
    atomic.write_text(file, dump(profile))
