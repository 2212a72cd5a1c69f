"""Themes from TOML files: the shipped ones and the user's own. A broken file is told in words."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from textual.color import Color, ColorParseError
from textual.theme import Theme

from vortex_tui import paths
from vortex_tui.errors import VortexError
from vortex_tui.escape import one_line

DEFAULT = "vortex-dark"

_KEYS = {field.name for field in fields(Theme)} - {"name", "ansi"}
_COLOURS = {
    "primary",
    "secondary",
    "warning",
    "error",
    "success",
    "accent",
    "foreground",
    "background",
    "surface",
    "panel",
    "boost",
}
_NUMBERS = {"luminosity_spread", "text_alpha"}


class ThemeError(VortexError):
    """A theme file that cannot be used."""

    code = "theme"


def _refuse(file: Path, what: str, expected: str) -> ThemeError:
    return ThemeError(
        f"the theme {one_line(file.name)} is not used", found=what, expected=expected, mend=f"edit {file}"
    )


def _check_key(file: Path, key: str, value: object) -> None:
    if key not in _KEYS:
        near = difflib.get_close_matches(key, _KEYS, n=1, cutoff=0.0)[0]
        raise _refuse(file, f"the key {one_line(key)!r}", f"a known key; the nearest is {near!r}")
    if key in _COLOURS:
        _check_colour(file, key, value)
    elif key in _NUMBERS and not isinstance(value, float):
        raise _refuse(file, f"{key} = {value!r}", "a number such as 0.9")
    elif key == "dark" and not isinstance(value, bool):
        raise _refuse(file, f"dark = {value!r}", "true or false")
    elif key == "variables" and not _is_text_table(value):
        raise _refuse(file, "variables that are not text", 'a table of name = "value"')


def _is_text_table(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _check_colour(file: Path, key: str, value: object) -> None:
    try:
        Color.parse(str(value))
    except ColorParseError as error:
        raise _refuse(file, f"{key} = {one_line(str(value))!r}", 'a colour such as "#5aa9e6"') from error


def _table(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise _refuse(file, error.strerror or str(error), "a readable file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _refuse(file, one_line(str(error)), "TOML in UTF-8") from error


def read(file: Path) -> Theme:
    """The theme in ``file``, named by it. Raises ThemeError."""
    table = _table(file)
    for key, value in table.items():
        _check_key(file, key, value)
    if "primary" not in table:
        raise _refuse(file, "no primary colour", 'primary = "#rrggbb"')
    return Theme(name=file.stem, **table)


def find() -> tuple[list[Theme], list[ThemeError]]:
    """Every theme, the user's own over a shipped one of the same name, and what is wrong with the rest."""
    themes: dict[str, Theme] = {}
    problems: list[ThemeError] = []
    for folder in (paths.shipped_themes(), paths.user_config() / "themes"):
        for file in sorted(folder.glob("*.toml")):
            try:
                themes[file.stem] = read(file)
            except ThemeError as error:
                problems.append(error)
    return list(themes.values()), problems
