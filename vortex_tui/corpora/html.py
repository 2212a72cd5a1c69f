"""HTML: the main text of a page, without its menus and adverts, as Markdown."""

from __future__ import annotations

import logging

from vortex_tui.corpora.piece import Unreadable
from vortex_tui.corpora.refusal import missing


def markdown_of(page: str, stem: str) -> tuple[str, str]:
    """The text of a page as Markdown, and its title or ``stem``.

    Raises Unreadable when there is no text, CorpusError without the library.
    """
    try:
        import trafilatura
    except ImportError as error:
        raise missing("trafilatura", "reading HTML") from error
    # What it cannot read is told by us, with the file's name.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        found = trafilatura.extract(
            page, output_format="markdown", include_formatting=True, include_comments=False
        )
        title = trafilatura.extract_metadata(page).title if found else None
    except (ValueError, TypeError, AttributeError, AssertionError, RecursionError) as error:
        raise Unreadable("damaged", f"{type(error).__name__}: {error}") from error
    if not found or not found.strip():
        raise Unreadable("nothing in it", "no text in the page")
    return found, " ".join((title or "").split()) or stem
