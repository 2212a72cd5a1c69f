"""A file's examples: its bytes, its kind, its licence, and everything that can be drawn from it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import cast

from vortex_tui.corpora import code, decoding, html, kinds, licences, markdown, pairs, passages, pdf
from vortex_tui.corpora.example import Example, Kind
from vortex_tui.corpora.left_out import LeftOut
from vortex_tui.corpora.piece import Dropped, Piece, Unreadable
from vortex_tui.corpora.walk import Given


class Reader:
    """Reads files; ``licence`` is what the person said, and then no other is looked for."""

    def __init__(self, licence: str = "") -> None:
        self._said = licence
        self._beside = licences.Beside()

    def read(self, given: Given) -> Iterator[Example | LeftOut]:
        """The examples of one file and what was left out of it; one that cannot be read says so."""
        try:
            raw = given.path.read_bytes()
            kind, found, header = _pieces(raw, given.path.name)
            pieces = list(found)
        except OSError as error:
            yield LeftOut(given.source, "unreadable", error.strerror or str(error), whole=True)
            return
        except decoding.NotText as error:
            yield LeftOut(given.source, "not UTF-8", str(error), whole=True)
            return
        except Unreadable as error:
            yield LeftOut(given.source, error.reason, str(error), whole=True)
            return
        if not pieces:
            yield LeftOut(given.source, "nothing in it", "nothing to learn from", whole=True)
        yield from self._examples(given, raw, kind, pieces, header)

    def _examples(
        self, given: Given, raw: bytes, kind: str, pieces: list[Piece | Dropped], header: str
    ) -> Iterator[Example | LeftOut]:
        sha256 = hashlib.sha256(raw).hexdigest()
        # A licence beside the file is the weakest word: it may be meant for something else.
        beside = "" if self._said or header else self._beside.of(given.path, given.root)
        for piece in pieces:
            if isinstance(piece, Dropped):
                yield LeftOut(given.source, piece.reason, piece.why, piece.part)
                continue
            yield Example(
                prompt=piece.prompt,
                response=piece.response,
                source=given.source,
                source_sha256=sha256,
                license=self._said or piece.license or header or beside,
                kind=cast(Kind, piece.kind or kind),
                part=piece.part,
                messages=piece.messages,
                group=f"{sha256}:{piece.group}" if piece.group else "",
            )


def _pieces(raw: bytes, name: str) -> tuple[str, Iterator[Piece | Dropped], str]:
    """The kind of a file, its pieces, and the licence its own header names."""
    suffix, stem = kinds.suffix_of(name), PurePosixPath(name).stem
    if suffix in kinds.PDF:
        return "pdf", passages.pieces(pdf.text_of(raw)), ""
    if decoding.is_binary(raw):
        raise Unreadable("binary", "bytes that are no text")
    if suffix in kinds.PAIRS:
        return "pair", pairs.pieces(pairs.decoded(raw)), ""
    text = decoding.text(raw, suffix=suffix)
    header = licences.of_text(text)
    if suffix in kinds.LANGUAGES:
        return "code", code.pieces(text, kinds.LANGUAGES[suffix], name), header
    if suffix in kinds.HTML:
        text, title = html.markdown_of(text, stem)
        return "html", markdown.pieces(text, title), header
    if suffix in kinds.MARKDOWN:
        return "markdown", markdown.pieces(text, stem), header
    return "text", passages.pieces(text), header
