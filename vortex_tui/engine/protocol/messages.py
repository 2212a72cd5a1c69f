"""What requests and events are made of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from vortex_tui.errors import VortexError, from_wire


class Message(BaseModel):
    """Base of all that crosses the wire; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Refusal(Message):
    """An error in words, as it crosses from one process to another."""

    code: str
    message: str
    found: str = ""
    expected: str = ""
    mend: str = ""

    def to_error(self) -> VortexError:
        """The same error, to be raised on this side; of its own type where that is known there."""
        return from_wire(self.code, self.message, self.found, self.expected, self.mend)


def in_words(error: VortexError) -> dict[str, str]:
    """The fields of a refusal that carries ``error``."""
    return {
        "code": error.code,
        "message": error.message,
        "found": error.found,
        "expected": error.expected,
        "mend": error.mend,
    }


class ChatMessage(Message):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


Conversation = tuple[ChatMessage, ...]


class Sampling(Message):
    """How tokens are chosen. Temperature 0 is greedy; ``seed`` None draws a fresh one.

    No stop token is chosen before ``min_new_tokens``.
    """

    max_new_tokens: int = Field(512, gt=0)
    min_new_tokens: int = Field(0, ge=0)
    temperature: float = Field(0.7, ge=0.0)
    top_p: float = Field(1.0, gt=0.0, le=1.0)
    top_k: int = Field(0, ge=0)
    min_p: float = Field(0.0, ge=0.0, le=1.0)
    repetition_penalty: float = Field(1.0, gt=0.0)
    seed: int | None = None
    stop: tuple[str, ...] = ()


class Routed(Message):
    """Let the router choose."""

    kind: Literal["routed"] = "routed"


class Bare(Message):
    """The base alone."""

    kind: Literal["bare"] = "bare"


class Named(Message):
    """These experts, by domain or id, with these weights."""

    kind: Literal["named"] = "named"
    weights: dict[str, float]


Choice = Annotated[Routed | Bare | Named, Field(discriminator="kind")]
ROUTED = Routed()
BARE = Bare()
