"""The engine as this face uses it: opened with a profile, and what it said about itself."""

from __future__ import annotations

import asyncio

from vortex_tui.engine.api import Answer, EngineAPI, EngineState, sampling_of
from vortex_tui.engine.protocol import Conversation, ExpertInfo, Ready, Stats
from vortex_tui.errors import EngineDiedError, VortexError
from vortex_tui.experts import names
from vortex_tui.profile import Profile

_SETTLED = ("ready", "busy", "failed", "stopped")


class Session:
    """One engine and one profile. ``ready`` is None until the weights are loaded.

    ``mocked``: nano stands in for the profile's own weights. ``alone`` is held by what must have the engine
    to itself, an answer of the chat or a bench; who waits longest comes next.
    """

    def __init__(self, engine: EngineAPI, profile: Profile, *, mocked: bool = False) -> None:
        self.engine = engine
        self.profile = profile
        self.mocked = mocked
        self.alone = asyncio.Lock()
        self.ready: Ready | None = None
        self.experts: tuple[ExpertInfo, ...] = ()
        self.failure: VortexError | None = None

    @property
    def can_answer(self) -> bool:
        """True when a question would be answered now."""
        return self.ready is not None and self.engine.state.phase in ("ready", "busy")

    @property
    def trouble(self) -> VortexError | None:
        """Why nothing is loaded or the engine failed, if it did."""
        return self.failure or self.engine.state.error

    async def open(self) -> None:
        """Start the worker when it does not run, and load. Raises VortexError, kept in ``failure``."""
        self.ready, self.failure = None, None
        try:
            await self._start()
            self.ready = await self._load()
            self.experts = await self.engine.experts()
        except VortexError as error:
            self.failure = error
            raise

    async def renew(self) -> None:
        """Ask for the bank again, after its champions changed. Without a model there is none to ask."""
        if self.can_answer:
            self.experts = await self.engine.experts()

    async def _start(self) -> None:
        if self.engine.state.phase == "failed":
            # A load can fail in a worker that lives on; a fresh one is the surer second try.
            await self.engine.close()
        if self.engine.state.phase == "stopped":
            await self.engine.start()

    async def _load(self) -> Ready:
        try:
            return await self.engine.load(self.profile)
        except EngineDiedError:
            # The engine restarts and loads by itself, or gives up; what it then is, is asked of it.
            await self._settled()
            if self.engine.state.error is not None:
                raise self.engine.state.error from None
            return await self.engine.load(self.profile)

    async def _settled(self) -> None:
        settled = asyncio.Event()

        def listen(state: EngineState) -> None:
            if state.phase in _SETTLED:
                settled.set()

        unsubscribe = self.engine.subscribe(listen)
        try:
            listen(self.engine.state)
            await settled.wait()
        finally:
            unsubscribe()

    def mock(self) -> None:
        """Take nano's weights in place of the profile's own; the next ``open`` loads them."""
        self.profile = self.profile.mocked()
        self.mocked = True
        self.ready = None

    def ask(self, conversation: Conversation) -> Answer:
        """Answer a conversation with the profile's sampling."""
        return self.engine.generate((conversation,), sampling_of(self.profile.decode))

    async def count(self, conversation: Conversation) -> int | None:
        """Tokens of a conversation; None when the engine cannot say."""
        try:
            return await self.engine.count(conversation)
        except VortexError:
            return None

    async def stats(self) -> Stats | None:
        """Memory of the worker; None when there is none to ask."""
        if self.engine.state.phase not in ("loading", "ready", "busy"):
            return None
        try:
            return await self.engine.stats()
        except VortexError:
            return None

    @property
    def names(self) -> dict[str, str]:
        """Short names of the experts: the domain where it says enough, else the id."""
        return names.short({expert.id: expert.domain for expert in self.experts})
