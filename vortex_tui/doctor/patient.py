"""A loaded engine under examination: what the deep checks ask it with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from vortex_tui.doctor import bank, twin
from vortex_tui.doctor.context import Context
from vortex_tui.doctor.trap import Trap, opened
from vortex_tui.engine.client import Engine
from vortex_tui.engine.protocol import ROUTED, ChatMessage, Choice, Conversation, Done, Named, Ready, Sampling
from vortex_tui.errors import EngineDiedError, ExpertError, ModelError, StorageError
from vortex_tui.experts.bank import BankEntry, champions

# Nano's: what most of the checks are worded for. Any other expert does as well.
_FAVOURITE = "arithmetic"


@dataclass(slots=True)
class Patient:
    """The engine, and an expert with its twin; ``ready`` is None while nothing is loaded.

    ``expert`` and ``twin`` are empty where there is none; ``no_twin`` says why. Every way out of the
    engine leads into ``trap``, which is None where nothing can listen.
    """

    context: Context
    engine: Engine
    expert: str = ""
    twin: str = ""
    no_twin: str = "there is no usable expert"
    aside: tuple[Path, ...] = ()
    ready: Ready | None = None
    entry: BankEntry | None = None
    trap: Trap | None = None

    async def load(self) -> Ready:
        """Load the profile, also over what is loaded: nothing is remembered then."""
        self.ready = None
        self.ready = await self.engine.load(self.context.profile, None, self.aside)
        return self.ready

    @property
    def exact(self) -> bool:
        """Whether this backend computes the same to the last bit, however a prompt is read."""
        return self.ready is not None and (self.ready.backend, self.ready.device) == ("hf", "cpu")

    async def ask(self, text: str, choice: Choice = ROUTED, tokens: int = 24) -> Done:
        """One greedy answer."""
        sampling = Sampling(max_new_tokens=tokens, temperature=0.0)
        async with aclosing(self.engine.generate([turn(text)], sampling, choice)) as answer:
            async for event in answer:
                if isinstance(event, Done):
                    return event
        raise EngineDiedError("the answer ended without its last event")

    def alone(self, weight: float = 1.0) -> Named:
        """The expert and nobody else."""
        return Named(weights={self.expert: weight})


def turn(text: str) -> Conversation:
    """A conversation of one question."""
    return (ChatMessage(role="user", content=text),)


@asynccontextmanager
async def admitted(context: Context) -> AsyncIterator[Patient]:
    """An engine that is started and has loaded nothing yet. Raises EngineBusyError and its siblings."""
    with TemporaryDirectory(prefix="vortex-doctor-") as folder:
        entry = _expert(context)
        async with _trap() as trap:
            environment = trap.environment if trap else None
            async with Engine(context.data_dir, face="doctor", environment=environment) as engine:
                yield _with_twin(Patient(context, engine, trap=trap), entry, Path(folder))


@asynccontextmanager
async def _trap() -> AsyncIterator[Trap | None]:
    async with AsyncExitStack() as stack:
        try:
            trap = await stack.enter_async_context(opened())
        except OSError:  # no loopback: one check says so, the others need none
            trap = None
        yield trap


def _expert(context: Context) -> BankEntry | None:
    if not context.profile.experts.enabled:
        return None
    serving = champions(bank.entries(context.profile, context.data_dir))
    return serving.get(_FAVOURITE) or next(iter(serving.values()), None)


def _with_twin(patient: Patient, entry: BankEntry | None, folder: Path) -> Patient:
    if entry is None:
        return patient
    patient.entry, patient.expert = entry, entry.id
    try:
        made = twin.make(entry, folder)
    except (ExpertError, ModelError, StorageError, OSError) as error:
        patient.no_twin = f"no twin of {entry.id} could be made: {error}"
        return patient
    if made is None:
        patient.no_twin = f"{entry.id} has values of a type whose sign is not known here"
        return patient
    patient.twin, patient.aside, patient.no_twin = twin.NAME, (made,), ""
    return patient
