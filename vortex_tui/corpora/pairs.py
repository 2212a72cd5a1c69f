"""JSONL: pairs as they are, instructions with their input, conversations turn by turn."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from vortex_tui.corpora import conversation, decoding
from vortex_tui.corpora.example import MAX_CHARS, is_whole
from vortex_tui.corpora.piece import Dropped, Piece

PROMPTS = ("prompt", "question")
RESPONSES = ("response", "completion", "answer")


def pieces(text: str) -> Iterator[Piece | Dropped]:
    """The pieces of every line; what is none is dropped with its line's number."""
    # Not splitlines: JSON may hold other separators of lines inside a text.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            for piece in _line(line, f"line {number}"):
                yield _bounded(piece)


def decoded(raw: bytes) -> str:
    """A file's text; bytes that are none stand as lone surrogates, so that they cost their line alone."""
    try:
        return decoding.text(raw)
    except decoding.NotText:
        return raw.decode("utf-8", "surrogateescape").replace("\r\n", "\n")


def _line(line: str, part: str) -> Iterator[Piece | Dropped]:
    if not is_whole(line):
        yield Dropped(part, "not UTF-8", "bytes that are not UTF-8")
        return
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        yield _no_pair(part, f"not JSON: {error}")
        return
    if not isinstance(row, dict):
        yield _no_pair(part, "not a JSON object")
    elif "messages" in row or "conversations" in row:
        yield from conversation.pieces(row, part, _license(row))
    else:
        yield _pair(row, part)


def _pair(row: Mapping[str, Any], part: str) -> Piece | Dropped:
    instruction = "instruction" in row and not any(key in row for key in PROMPTS)
    prompt = _instruction(row) if instruction else _first(row, PROMPTS)
    response = _first(row, ("output", *RESPONSES) if instruction else RESPONSES)
    if prompt is None or response is None:
        return _no_pair(part, "no prompt and response, instruction and output, or messages")
    if not prompt.strip() or not response.strip():
        return _no_pair(part, "an empty prompt or response")
    return Piece(prompt, response, part, _license(row), "instruction" if instruction else "pair")


def _instruction(row: Mapping[str, Any]) -> str | None:
    asked, given = row["instruction"], row.get("input") or ""
    if not isinstance(asked, str) or not isinstance(given, str):
        return None
    return f"{asked}\n\n{given}" if given.strip() else asked


def _first(row: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((row[key] for key in keys if isinstance(row.get(key), str)), None)


def _license(row: Mapping[str, Any]) -> str:
    found = row.get("license")
    return found if isinstance(found, str) else ""


def _bounded(piece: Piece | Dropped) -> Piece | Dropped:
    if isinstance(piece, Dropped):
        return piece
    if (size := len(piece.prompt) + len(piece.response)) > MAX_CHARS:
        return Dropped(piece.part, "too long", f"{size:,} characters, more than {MAX_CHARS:,}")
    return piece


def _no_pair(part: str, why: str) -> Dropped:
    return Dropped(part, "not a pair", why)
