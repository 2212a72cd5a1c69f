"""Bytes to text, by what the file itself says of its encoding and never by a guess."""

from __future__ import annotations

import codecs
import io
import re
import tokenize

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{1,40})""")
_HEAD = 2048
_BINARY_HEAD = 8192


class NotText(ValueError):  # noqa: N818  it says what the bytes are, not what went wrong
    """The bytes are not the text they should be; the message says where."""


def is_binary(raw: bytes) -> bool:
    """True for bytes with a NUL near the start, which no text has except under a byte order mark."""
    return b"\0" in raw[:_BINARY_HEAD] and not raw.startswith(tuple(mark for mark, _ in _MARKS))


def text(raw: bytes, *, suffix: str = "") -> str:
    """``raw`` as text with plain line ends. Raises NotText.

    UTF-8; else what a byte order mark, a page's charset or Python's coding line says. Nothing is
    guessed: a guess that is wrong reads as well as one that is right, and would be trained on.
    """
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "utf-8")
    try:
        found = raw.decode(encoding)
    except UnicodeError as error:
        declared = _declared(raw, suffix)
        if not declared:
            at = f" at byte {error.start:,}" if isinstance(error, UnicodeDecodeError) else ""
            raise NotText(f"not {encoding.removesuffix('-sig').upper()}{at}; save it as UTF-8") from error
        found = _decoded(raw, declared)
    return found.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _declared(raw: bytes, suffix: str) -> str:
    if suffix in (".py", ".pyi"):
        try:
            return tokenize.detect_encoding(io.BytesIO(raw).readline)[0]
        except SyntaxError:
            return ""
    if suffix in (".html", ".htm", ".xhtml"):
        match = _DECLARED.search(raw[:_HEAD])
        return match[1].decode("ascii") if match else ""
    return ""


def _decoded(raw: bytes, encoding: str) -> str:
    try:
        found = raw.decode(encoding)
    except (LookupError, UnicodeError, ValueError) as error:
        raise NotText(f"not {encoding}, which it says it is; save it as UTF-8") from error
    # Codecs such as base64 give bytes, though typed as text.
    if not isinstance(found, str):
        raise NotText(f"{encoding} is no encoding of text")
    return found
