"""What a job says while it trains: JSON lines, one event each."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from vortex_tui.corpora.refusal import CorpusError
from vortex_tui.engine.protocol.messages import Message, Refusal, in_words
from vortex_tui.errors import ProtocolError, VortexError
from vortex_tui.escape import one_line
from vortex_tui.training.refusal import TrainingError

# An error is rebuilt as its own type only where that type is known: these are what a job refuses by.
REFUSALS = (CorpusError, TrainingError)


class _Event(Message):
    domain: str


class Stage(_Event):
    """What is being done before the first step and after the last."""

    event: Literal["stage"] = "stage"
    stage: str


class Begun(_Event):
    """The training as it will be. ``step`` is above 0 where an unfinished run goes on."""

    event: Literal["begun"] = "begun"
    run_id: str
    step: int
    steps: int
    examples: int
    left_out: int
    calibration: int
    trained_parameters: int
    device: str
    needed_mb: int
    notes: tuple[str, ...] = ()


class Step(_Event):
    """A step was taken; ``loss`` is the mean of the answers' tokens (nats)."""

    event: Literal["step"] = "step"
    step: int
    steps: int
    loss: float
    rate: float
    tokens_per_second: float
    seconds_left: float


class Evaluated(_Event):
    """The loss on the calibration split; the smallest one's weights are kept."""

    event: Literal["evaluated"] = "evaluated"
    step: int
    loss: float
    is_best: bool


class Retried(_Event):
    """A job that died begins again, from its last checkpoint."""

    event: Literal["retried"] = "retried"
    reason: str


class Finished(_Event):
    """The expert is whole and in quarantine."""

    event: Literal["finished"] = "finished"
    run_id: str
    content_hash: str
    step: int
    steps: int
    best_step: int
    base_loss: float | None
    loss: float
    resumed_from: int
    seconds: float
    peak_mb: float


class Failed(_Event, Refusal):
    """The job was refused or failed."""

    event: Literal["failed"] = "failed"


AnyEvent = Annotated[
    Stage | Begun | Step | Evaluated | Retried | Finished | Failed, Field(discriminator="event")
]
_EVENTS: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)


def failure(domain: str, error: VortexError) -> Failed:
    """An error as an event."""
    return Failed(domain=domain, **in_words(error))


def decode(line: bytes) -> AnyEvent:
    """The event of a line. Raises ProtocolError."""
    try:
        return _EVENTS.validate_json(line)
    except ValidationError as error:
        raise ProtocolError(
            "a training said something that is no event",
            found=one_line(line[:120].decode("utf-8", "replace")),
            expected="a JSON line of this version",
        ) from error
