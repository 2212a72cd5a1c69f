"""Whose terms a file is under: what it says itself, else the licence beside it."""

from __future__ import annotations

import re
from pathlib import Path

from vortex_tui.corpora import kinds
from vortex_tui.escape import one_line

_SPDX = re.compile(r"SPDX-License-Identifier:\s*([A-Za-z0-9.+\-]+(?:\s+(?:AND|OR|WITH)\s+[A-Za-z0-9.+\-]+)*)")
_HEAD = 4096
# The first that fits: the longer names of a family stand before the shorter.
_KNOWN = (
    ("Apache-2.0", "apache license version 2.0"),
    ("AGPL-3.0", "gnu affero general public license version 3"),
    ("LGPL-3.0", "gnu lesser general public license version 3"),
    ("LGPL-2.1", "gnu lesser general public license version 2.1"),
    ("GPL-3.0", "gnu general public license version 3"),
    ("GPL-2.0", "gnu general public license version 2"),
    ("MPL-2.0", "mozilla public license version 2.0"),
    ("CC0-1.0", "cc0 1.0 universal"),
    ("CC-BY-SA-4.0", "attribution-sharealike 4.0 international"),
    ("CC-BY-4.0", "attribution 4.0 international"),
    ("Unlicense", "this is free and unencumbered software released into the public domain"),
    ("BSD-3-Clause", "neither the name of"),
    ("BSD-2-Clause", "redistribution and use in source and binary forms"),
    ("ISC", "permission to use copy modify and/or distribute this software for any purpose"),
    ("MIT", "permission is hereby granted free of charge to any person obtaining a copy"),
)


def of_text(text: str) -> str:
    """The SPDX expression a file's own first lines name, or ""."""
    match = _SPDX.search(text[:_HEAD])
    return match[1] if match else ""


class Beside:
    """Licences that lie beside files, looked for upwards as far as the folder that was given."""

    def __init__(self) -> None:
        self._found: dict[Path, str] = {}

    def of(self, path: Path, root: Path) -> str:
        """The name of the nearest licence of ``path``; "" where there is none."""
        folder = path.resolve().parent
        if folder not in self._found:
            self._found[folder] = self._look(folder, root)
        return self._found[folder]

    def _look(self, folder: Path, root: Path) -> str:
        for place in (folder, *folder.parents):
            if not place.is_relative_to(root):
                break
            if found := _in(place):
                return found
        return ""


def _in(folder: Path) -> str:
    try:
        named = sorted(
            entry for entry in folder.iterdir() if kinds.is_licence(entry.name) and entry.is_file()
        )
        return _name(named[0]) if named else ""
    except OSError:
        return ""  # a folder that cannot be listed tells no licence


def _name(file: Path) -> str:
    with file.open("rb") as opened:
        raw = opened.read(65_536)
    words = " ".join(re.sub(r"[^a-z0-9./-]+", " ", raw.decode("utf-8", "replace").lower()).split())
    known = (id for id, phrase in _KNOWN if phrase in words)
    # Terms nobody here knows are still terms: where to read them is what can be said.
    return next(known, f"see {one_line(file.name)}")
