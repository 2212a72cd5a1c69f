"""PDF: the text of its pages as paragraphs, without running heads and feet."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vortex_tui.corpora.piece import Unreadable
from vortex_tui.corpora.refusal import missing

if TYPE_CHECKING:
    from pypdf import PdfReader

MAX_PAGES = 5_000
_EDGE = 2
_ENDS = (".", "!", "?", ":", "…", "”", '"', "。")


def text_of(raw: bytes) -> str:
    """The text of a PDF. Raises Unreadable, and CorpusError without the library."""
    try:
        import pypdf
    except ImportError as error:
        raise missing("pypdf", "reading PDF") from error
    # What it cannot read is told by us, with the file's name.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        pages = _pages(pypdf.PdfReader(io.BytesIO(raw)))
    except Unreadable:
        raise
    except Exception as error:  # a parser of damaged files raises whatever it meets; it is told
        raise Unreadable("damaged", f"{type(error).__name__}: {error}"[:200]) from error
    text = joined(pages)
    if not text.strip():
        raise Unreadable("nothing in it", "no text in its pages; a scan is a picture")
    return text


def _pages(reader: PdfReader) -> list[str]:
    if reader.is_encrypted:
        raise Unreadable("encrypted", "it is encrypted; save it without a password")
    if len(reader.pages) > MAX_PAGES:
        raise Unreadable("too large", f"{len(reader.pages):,} pages, more than {MAX_PAGES:,}")
    return [page.extract_text() for page in reader.pages]


def joined(pages: Sequence[str]) -> str:
    """Pages as one text: repeated edges taken away, broken lines and words made whole."""
    lines = [[line.rstrip() for line in page.replace("\0", "").split("\n")] for page in pages]
    repeated = _repeated(lines)
    kept = [line for page in lines for line in _without_edges(page, repeated)]
    return _paragraphs(kept)


def _key(line: str) -> str:
    return re.sub(r"\d+", "#", line.strip())


def _edges(page: Sequence[str]) -> set[str]:
    said = [line for line in page if line.strip()]
    return {_key(line) for line in (*said[:_EDGE], *said[-_EDGE:])}


def _repeated(pages: Sequence[Sequence[str]]) -> set[str]:
    """First and last lines that most pages share, numbers aside: headers, footers, page numbers."""
    counted = Counter(key for page in pages for key in _edges(page))
    return {key for key, count in counted.items() if count >= 3 and count > len(pages) / 2}


def _without_edges(page: Sequence[str], repeated: set[str]) -> list[str]:
    said = [index for index, line in enumerate(page) if line.strip()]
    edges = {index for index in (*said[:_EDGE], *said[-_EDGE:]) if _key(page[index]) in repeated}
    return [line for index, line in enumerate(page) if index not in edges]


def _paragraphs(lines: Sequence[str]) -> str:
    """Lines joined to paragraphs: one ends with a blank line, or with a sentence in a short line."""
    lengths = sorted(len(line) for line in lines if line.strip())
    usual = lengths[len(lengths) * 3 // 4] if lengths else 0
    made = [""]
    for line in lines:
        bare = line.strip()
        if not bare:
            made.append("")
            continue
        made[-1] = _followed(made[-1], bare)
        if bare.endswith(_ENDS) and len(bare) < 0.8 * usual:
            made.append("")
    return "\n\n".join(paragraph for paragraph in made if paragraph)


def _followed(text: str, line: str) -> str:
    """A paragraph with one more line; a word that was broken at its end is made whole."""
    if text.endswith("-") and line[0].islower() and text[-2:-1].isalpha():
        return text[:-1] + line
    return f"{text} {line}" if text else line
