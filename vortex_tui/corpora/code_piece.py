"""Code as a piece: what stands first, and what follows it, within bounds."""

from __future__ import annotations

from vortex_tui.corpora.piece import Dropped, Piece

MAX_HEAD = 2_000
MAX_BODY = 4_000
MIN_BODY = 40


def piece(language: str, name: str, head: str, body: str, part: str) -> Piece | Dropped:
    """``head`` asks for ``body``. What is beyond the bounds is dropped whole.

    A body that was cut would teach a model to stop in the middle.
    """
    head, body = head.rstrip(), body.strip("\n").rstrip()
    if len(body.strip()) < MIN_BODY:
        return Dropped(part, "too short", f"{len(body.strip())} characters, fewer than {MIN_BODY}")
    if len(head) > MAX_HEAD or len(body) > MAX_BODY:
        return Dropped(
            part, "too long", f"{len(head):,} + {len(body):,} characters, beyond {MAX_HEAD:,} + {MAX_BODY:,}"
        )
    return Piece(f"Complete this {language} code of {name}:\n\n{head}", body, part)
