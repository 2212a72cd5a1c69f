"""The user's own profiles: made from another one, and edited with comments and order kept."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from vortex_tui import atomic, paths, profile_help
from vortex_tui import profile as profiles
from vortex_tui.errors import ProfileError, StorageError
from vortex_tui.escape import one_line
from vortex_tui.settings import Profile

# A name that is one file name on every system, and no option on a command line.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_BOM = b"\xef\xbb\xbf"
_NEW = "vortex-tui profiles new my_profile --from nano makes one"


def user_folder() -> Path:
    """Where the user's own profiles are looked for, and written."""
    return paths.user_config() / "profiles"


def is_shipped(file: Path) -> bool:
    """True for a file of the program's own."""
    return file.resolve().parent == paths.shipped_profiles().resolve()


def assignments(texts: Iterable[str]) -> dict[str, Any]:
    """Read ``key=value`` texts: values are TOML, or bare where the key holds text. Raises ProfileError."""
    return dict(_assignment(text) for text in texts)


def _assignment(text: str) -> tuple[str, Any]:
    key, given, value = text.partition("=")
    key = key.strip()
    known = profile_help.flat(Profile())
    if not given or key not in known:
        raise ProfileError(
            f"there is no key {one_line(key[:200])!r}" if given else f"{one_line(text[:200])!r} sets nothing",
            expected=f"key=value with a known key; the nearest is {profiles.nearest(key[:200])!r}",
            mend="vortex-tui profiles show nano lists every key",
        )
    return key, _value(value.strip(), is_text=isinstance(known[key], str))


def _value(text: str, *, is_text: bool) -> Any:
    try:
        read = tomllib.loads(f"value = {text}")
    except (tomllib.TOMLDecodeError, RecursionError):
        return text
    # More than one key: the text brought lines of its own, so it was no value.
    value = read["value"] if read.keys() == {"value"} else text
    return text if is_text and not isinstance(value, str) else value


def create(name: str, base: Profile, sets: Mapping[str, Any], *, force: bool = False) -> Path:
    """Write ``base`` with ``sets`` as the user's profile ``name``. Raises ProfileError or StorageError."""
    file = _own_file(name, force=force)
    tables = base.model_dump(mode="json")
    _put_all(tables, sets)
    _encodable(sets)
    made = _checked(tables, file, "nothing was written")
    atomic.write_text(file, f"# Made from {base.name}.\n\n{profiles.dump(made)}")
    return file


def _own_file(name: str, *, force: bool) -> Path:
    if not _NAME.fullmatch(name) or name.endswith(".toml"):
        raise ProfileError(
            f"{one_line(name[:200])!r} is no name for a profile",
            expected="letters, digits, '-', '_' and '.', beginning with a letter or digit, without .toml",
        )
    file = user_folder() / f"{name}.toml"
    existing = profiles.known().get(name)
    if existing is not None and not force:
        raise ProfileError(
            f"there is a profile {name!r} already",
            found=one_line(str(existing)),
            expected="a new name",
            mend="choose another name; --force writes your own file, never the shipped one",
        )
    return file


def edit(file: Path, sets: Mapping[str, Any]) -> None:
    """Change a profile's file, its comments and order kept. Raises ProfileError or StorageError.

    What is refused leaves the file as it is, byte for byte.
    """
    if is_shipped(file):
        raise ProfileError(
            f"{one_line(str(file))} is shipped with the program and is not changed",
            expected="a profile of your own",
            mend=_NEW,
        )
    text = profiles.source(file)
    wanted = profiles.tables(text, file)
    _put_all(wanted, sets)
    _encodable(sets)
    _checked(wanted, file, "the file is as it was")
    changed = _edited(text, sets)
    if changed is None or profiles.tables(changed, file) != wanted:
        raise ProfileError(
            f"{one_line(str(file))} is written in a way that cannot be edited here",
            expected="each table once, as in [core]",
            mend="edit it by hand; the file is as it was",
        )
    atomic.write_bytes(file, _prefix(file) + changed.encode("utf-8"))


def _encodable(sets: Mapping[str, Any]) -> None:
    """A name that was not UTF-8 on the command line has no place in a file that is."""
    for key, value in sets.items():
        try:
            str(value).encode("utf-8")
        except UnicodeEncodeError as error:
            raise ProfileError(
                f"{one_line(key)} cannot be written",
                found=one_line(str(value)),
                expected="text in UTF-8",
                mend="the file is as it was; give the value in UTF-8",
            ) from error


def _prefix(file: Path) -> bytes:
    try:
        return _BOM if file.read_bytes().startswith(_BOM) else b""
    except OSError as error:
        raise StorageError(f"could not read {one_line(str(file))}", found=str(error)) from error


def _edited(text: str, sets: Mapping[str, Any]) -> str | None:
    """The text with ``sets`` in place; None when tomlkit does not see how."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        for key, value in sets.items():
            _put(document, key, value, tomlkit.table)
        return tomlkit.dumps(document)
    # The last ones: tomlkit on tables that are spread over the file.
    except (TOMLKitError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _put_all(tables: Any, sets: Mapping[str, Any]) -> None:
    for key, value in sets.items():
        _put(tables, key, value, dict)


def _put(tables: Any, key: str, value: Any, new: Any) -> None:
    *path, leaf = key.split(".")
    for name in path:
        if name not in tables:
            tables[name] = new()
        tables = tables[name]
        if not isinstance(tables, dict):  # a damaged file: the checks say what is wrong with it
            return
    tables[leaf] = value


def _checked(tables: dict[str, Any], file: Path, unchanged: str) -> Profile:
    try:
        return profiles.parse(tables, file)
    except ProfileError as error:
        mend = f"{unchanged}; vortex-tui profiles show nano lists every key"
        raise ProfileError(error.message, found=error.found, expected=error.expected, mend=mend) from error
