"""Make foreign text safe to show: control characters become visible escapes."""

from __future__ import annotations

import unicodedata

_KEPT = frozenset("\n\t")
# Cc: terminal control; Cf: invisible format (bidi overrides can disguise text); Cs: lone surrogates.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Joiners and variation selectors are Cf or Mn but make ordinary emoji and scripts.
_HARMLESS = frozenset("\u200c\u200d")


def _shown(char: str) -> str:
    if char in _KEPT or char in _HARMLESS or unicodedata.category(char) not in _HIDDEN:
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def visible(text: str) -> str:
    """Return ``text`` with control and invisible characters escaped; newline and tab stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def one_line(text: str) -> str:
    """Return ``text`` on one line, for names and table cells: newline and tab are escaped too."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")
