"""What a face may ask. Every request has an id, and requests overlap."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from vortex_tui.engine.protocol.messages import (
    BARE,
    ROUTED,
    Choice,
    Conversation,
    Message,
    Sampling,
)


class Request(Message):
    """Base of the requests."""

    id: int


class Load(Request):
    """Load the base, the bank and the router of a profile (``profile`` as its TOML's tables).

    ``aside`` are folders of experts outside the bank: they may be named, but no router chooses them.
    ``candidates`` may be named too, and a route request ``on_trial`` takes them for their domains' champions.
    """

    op: Literal["load"] = "load"
    name: str
    profile: dict[str, Any]
    aside: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()


class Unload(Request):
    """Let go of the weights; the worker stays."""

    op: Literal["unload"] = "unload"


class Generate(Request):
    """Answer one conversation, or a batch of them."""

    op: Literal["generate"] = "generate"
    conversations: tuple[Conversation, ...] = Field(min_length=1)
    sampling: Sampling = Sampling()
    choice: Choice = ROUTED


class Cancel(Request):
    """Stop request ``target`` before its next decoding step."""

    op: Literal["cancel"] = "cancel"
    target: int


class Route(Request):
    """Only decide: one decision a conversation.

    ``router`` (as a profile's table ``experts.router``) decides in place of the profile's own. ``on_trial``:
    decide as if the candidates that were loaded were the champions of their domains.
    """

    op: Literal["route"] = "route"
    conversations: tuple[Conversation, ...] = Field(min_length=1)
    choice: Choice = ROUTED
    router: dict[str, Any] | None = None
    on_trial: bool = False


class Embed(Request):
    """The encoder's vectors, one a text."""

    op: Literal["embed"] = "embed"
    texts: tuple[str, ...] = Field(min_length=1)


class ScoreItem(Message):
    """A prompt and the answer whose loss is wanted."""

    conversation: Conversation
    answer: str


class Score(Request):
    """Answer-token loss of a batch."""

    op: Literal["score"] = "score"
    items: tuple[ScoreItem, ...] = Field(min_length=1)
    choice: Choice = BARE


class Tokenize(Request):
    """Token ids of a raw text."""

    op: Literal["tokenize"] = "tokenize"
    text: str


class Count(Request):
    """Tokens of a conversation as the chat template renders it."""

    op: Literal["count"] = "count"
    conversation: Conversation


class ListExperts(Request):
    """Every expert of the bank, those that cannot be used with the reason."""

    op: Literal["experts"] = "experts"


class Attach(Request):
    """Verify an expert and make it resident."""

    op: Literal["attach"] = "attach"
    expert: str


class Detach(Request):
    """Let go of a resident expert."""

    op: Literal["detach"] = "detach"
    expert: str


class GetStats(Request):
    """Memory and speed of the worker, answered at once even while it generates."""

    op: Literal["stats"] = "stats"


class Shutdown(Request):
    """End the worker."""

    op: Literal["shutdown"] = "shutdown"


AnyRequest = Annotated[
    Load
    | Unload
    | Generate
    | Cancel
    | Route
    | Embed
    | Score
    | Tokenize
    | Count
    | ListExperts
    | Attach
    | Detach
    | GetStats
    | Shutdown,
    Field(discriminator="op"),
]
