"""The engine's language: one JSON object a line, the same over a child's pipes or a socket.

The worker opens with ``hello``. Every request has an ``id``; requests overlap, and every
event of a request carries its id. A request ends with the first event whose ``last`` is true.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from vortex_tui.errors import ProtocolError, VortexError, from_wire
from vortex_tui.escape import one_line

VERSION = 1
# A prompt of a whole context in JSON escapes stays far below this; a longer line is not ours.
MAX_LINE_BYTES = 32 * 1024 * 1024


class Message(BaseModel):
    """Base of all that crosses the wire; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# --- what a request carries -------------------------------------------------


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


# --- requests ---------------------------------------------------------------


class Request(Message):
    """Base of the requests."""

    id: int


class Load(Request):
    """Load the base, the bank and the router of a profile (``profile`` as its TOML's tables)."""

    op: Literal["load"] = "load"
    name: str
    profile: dict[str, Any]


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
    """Only decide: one decision a conversation."""

    op: Literal["route"] = "route"
    conversations: tuple[Conversation, ...] = Field(min_length=1)
    choice: Choice = ROUTED


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


# --- events -----------------------------------------------------------------


class Event(Message):
    """Base of the events; ``last`` marks the end of its request."""

    id: int
    last: bool = False


class Owner(Message):
    """Who holds the engine of a data folder."""

    pid: int
    face: str
    since: str


class Hello(Event):
    """The worker's first line."""

    event: Literal["hello"] = "hello"
    version: int = VERSION
    capabilities: tuple[str, ...] = ()
    owner: Owner


class Heartbeat(Event):
    """Sent every second on id 0: the worker lives."""

    event: Literal["heartbeat"] = "heartbeat"


class Progress(Event):
    """A stage of a long request; ``fraction`` in 0..1 over the whole of it."""

    event: Literal["progress"] = "progress"
    stage: str
    fraction: float


class Ready(Event):
    """The answer to load."""

    event: Literal["ready"] = "ready"
    backend: str
    device: str
    quantization: str
    model: str
    fingerprint: str
    ctx_tokens: int
    experts: int
    load_ms: float
    notes: tuple[str, ...] = ()


class Candidate(Message):
    """What the router thought of one expert, or of the base (``expert`` ``base``)."""

    expert: str
    score: float
    lexical: float
    dense: float
    nearest: str = ""


class MixShare(Message):
    """One expert's part in a mix."""

    expert: str
    content_hash: str
    weight: float


class RoutedMix(Event):
    """Which mix answers row ``index``, and why."""

    event: Literal["routed"] = "routed"
    index: int = 0
    mode: str
    mix: tuple[MixShare, ...] = ()
    mix_hash: str = ""
    candidates: tuple[Candidate, ...] = ()
    reason: str = ""
    router_ms: float = 0.0
    encoder_ms: float = 0.0


class Token(Event):
    """More text of row ``index``; ``tokens`` is the count so far, ``rate`` tokens/s over the last second."""

    event: Literal["token"] = "token"
    index: int = 0
    text: str
    tokens: int
    rate: float = 0.0


class Done(Event):
    """Row ``index`` is finished. Rates are per second, times in milliseconds, measured in the worker."""

    event: Literal["done"] = "done"
    index: int = 0
    text: str
    finish_reason: Literal["stop", "stop_string", "length", "cancelled"]
    prompt_tokens: int
    completion_tokens: int
    ttft_ms: float
    prefill_tokens_per_sec: float
    decode_tokens_per_sec: float
    tokens_per_sec: float
    mix: tuple[MixShare, ...] = ()
    mix_hash: str = ""
    adapter_load_ms: float = 0.0
    kv_reused_tokens: int = 0
    dropped_turns: int = 0
    dropped_tokens: int = 0


class ExpertInfo(Message):
    """One expert of the bank as the engine sees it. ``problem`` is empty when it can be used."""

    id: str
    domain: str
    title: str
    content_hash: str
    rank: int
    bytes: int
    exemplars: int
    resident: bool
    problem: str = ""


class ExpertList(Event):
    """The answer to experts."""

    event: Literal["experts"] = "experts"
    experts: tuple[ExpertInfo, ...]


class Stats(Event):
    """What the worker uses; ``vram`` values are null without a GPU. Sizes in mebibytes."""

    event: Literal["stats"] = "stats"
    state: Literal["empty", "loading", "ready", "busy"]
    rss_mb: float
    rss_peak_mb: float
    vram_mb: float | None = None
    vram_peak_mb: float | None = None
    resident_experts: tuple[str, ...] = ()
    queued: int = 0


class Result(Event):
    """The answer to the small requests."""

    event: Literal["result"] = "result"
    tokens: tuple[int, ...] = ()
    count: int = 0
    vectors: tuple[tuple[float, ...], ...] = ()
    losses: tuple[float, ...] = ()
    milliseconds: float = 0.0


class Failure(Event):
    """The request was refused or failed, in words."""

    event: Literal["error"] = "error"
    code: str
    message: str
    found: str = ""
    expected: str = ""
    mend: str = ""

    def to_error(self) -> VortexError:
        """The same error, to be raised on this side."""
        return from_wire(self.code, self.message, self.found, self.expected, self.mend)


def failure(request: int, error: VortexError) -> Failure:
    """The event that carries ``error``; it ends its request."""
    return Failure(
        id=request,
        last=True,
        code=error.code,
        message=error.message,
        found=error.found,
        expected=error.expected,
        mend=error.mend,
    )


AnyEvent = Annotated[
    Hello | Heartbeat | Progress | Ready | RoutedMix | Token | Done | ExpertList | Stats | Result | Failure,
    Field(discriminator="event"),
]

_REQUESTS: TypeAdapter[AnyRequest] = TypeAdapter(AnyRequest)
_EVENTS: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)


def encode(message: Message) -> bytes:
    """One line of UTF-8 JSON with its newline. A lone surrogate, which UTF-8 cannot carry, becomes U+FFFD."""
    try:
        return message.model_dump_json().encode() + b"\n"
    except ValueError:
        return encode(message.model_validate(_without_surrogates(message.model_dump())))


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_without_surrogates(k): _without_surrogates(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_surrogates(item) for item in value]
    return value


def _malformed(line: bytes, error: ValidationError) -> ProtocolError:
    first = error.errors(include_url=False)[0]
    return ProtocolError(
        "an unreadable line on the engine's connection",
        found=f"{one_line(line[:120].decode('utf-8', 'replace'))} ({first['msg']})",
        expected=f"a message of protocol version {VERSION}",
    )


def decode_request(line: bytes) -> AnyRequest:
    """Read a request. Raises ProtocolError."""
    try:
        return _REQUESTS.validate_json(line)
    except ValidationError as error:
        raise _malformed(line, error) from error


def decode_event(line: bytes) -> AnyEvent:
    """Read an event. Raises ProtocolError."""
    try:
        return _EVENTS.validate_json(line)
    except ValidationError as error:
        raise _malformed(line, error) from error
