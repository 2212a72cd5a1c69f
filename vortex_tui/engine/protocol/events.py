"""What the worker says. A request ends with the first of its events whose ``last`` is true."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from vortex_tui.engine.protocol.messages import Message, Refusal, in_words
from vortex_tui.engine.protocol.version import VERSION
from vortex_tui.errors import VortexError


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


class MemoryItem(Message):
    """Mebibytes of one kind at one place; ``loaded``: there before any answer."""

    kind: str
    place: Literal["card", "host"]
    mb: float
    loaded: bool


class MemoryReport(Message):
    """The budget of what was loaded, by place, in MiB: everything it may come to take, and the limits.

    ``expected_mb`` is what was estimated to be at ``home`` right after the load, ``measured_mb`` what was
    found there; null where nobody tells.
    """

    home: Literal["card", "host"]
    items: tuple[MemoryItem, ...]
    limit_mb: dict[str, float]
    needed_mb: dict[str, float]
    others_mb: float
    expected_mb: float
    measured_mb: float | None

    @property
    def error(self) -> float | None:
        """Estimated less measured, as a share of what was measured."""
        return self.expected_mb / self.measured_mb - 1 if self.measured_mb else None


class Ready(Event):
    """The answer to load. ``encoder`` and ``router`` are digests of what decisions depend on.

    ``layers`` counts what was really loaded: linear modules by class on hf, tensors by type in a GGUF.
    """

    event: Literal["ready"] = "ready"
    backend: str
    device: str
    quantization: str
    model: str
    fingerprint: str
    ctx_tokens: int
    experts: int
    load_ms: float
    encoder: str = ""
    router: str = ""
    layers: dict[str, int] = Field(default_factory=dict)
    memory: MemoryReport | None = None
    notes: tuple[str, ...] = ()


class Candidate(Message):
    """What the router thought of one expert, or of the base (``expert`` ``base``).

    ``score`` is 0..1: in the fitted modes the calibrated probability that it is the one to answer.
    ``nearest`` are its exemplars most like the prompt; ``features`` what the score was made from.
    """

    expert: str
    score: float
    lexical: float
    dense: float
    nearest: tuple[str, ...] = ()
    features: dict[str, float] = Field(default_factory=dict)


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
    threshold: float = 0.0
    called_for: float = 0.0
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
    kv_restored_bytes: int = 0
    kv_restored_ms: float = 0.0
    drafted_tokens: int = 0
    accepted_tokens: int = 0
    dropped_turns: int = 0
    dropped_tokens: int = 0


class ExpertInfo(Message):
    """One expert of the bank as the engine sees it. ``problem`` is empty when it can be used.

    ``champion``: it serves its domain.
    """

    id: str
    domain: str
    title: str
    content_hash: str
    rank: int
    bytes: int
    exemplars: int
    resident: bool
    problem: str = ""
    champion: bool = False


class ExpertList(Event):
    """The answer to experts."""

    event: Literal["experts"] = "experts"
    experts: tuple[ExpertInfo, ...]


class Stats(Event):
    """What the worker uses; ``vram`` values are null without a GPU. Sizes in mebibytes.

    ``weights_mb``, ``experts_mb`` and ``kv_mb`` are on ``device``, which is the host's memory on a CPU;
    null is what the backend cannot tell. ``pid`` 0 and ``device`` "" are unknown.
    ``warnings`` say in words what holds now and costs something; they go when it passes.
    """

    event: Literal["stats"] = "stats"
    state: Literal["empty", "loading", "ready", "busy"]
    rss_mb: float
    rss_peak_mb: float
    vram_mb: float | None = None
    vram_peak_mb: float | None = None
    resident_experts: tuple[str, ...] = ()
    queued: int = 0
    kv_host_mb: float = 0.0
    kv_lookups: int = 0
    kv_hits: int = 0
    warnings: tuple[str, ...] = ()
    pid: int = 0
    device: str = ""
    weights_mb: float | None = None
    experts_mb: float | None = None
    kv_mb: float | None = None


class Result(Event):
    """The answer to the small requests. ``text`` is what tokenize's ids decode to."""

    event: Literal["result"] = "result"
    tokens: tuple[int, ...] = ()
    count: int = 0
    text: str = ""
    vectors: tuple[tuple[float, ...], ...] = ()
    losses: tuple[float, ...] = ()
    milliseconds: float = 0.0


class Failure(Event, Refusal):
    """The request was refused or failed, in words."""

    event: Literal["error"] = "error"


def failure(request: int, error: VortexError) -> Failure:
    """The event that carries ``error``; it ends its request."""
    return Failure(id=request, last=True, **in_words(error))


AnyEvent = Annotated[
    Hello | Heartbeat | Progress | Ready | RoutedMix | Token | Done | ExpertList | Stats | Result | Failure,
    Field(discriminator="event"),
]
