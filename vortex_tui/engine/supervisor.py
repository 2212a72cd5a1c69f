"""The life of a worker: started, watched, brought back when it dies, ended without a trace."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from vortex_tui.engine import process
from vortex_tui.engine.api import EngineState, Listener, OnProgress
from vortex_tui.engine.protocol import Load, Owner, Progress, Ready, Shutdown
from vortex_tui.engine.wire import Wire
from vortex_tui.errors import EngineDiedError, EngineGaveUpError, ModelError, ProtocolError, VortexError
from vortex_tui.profile import Profile

MAX_DEATHS = 3
# What a dead worker had said may still be in the pipe; a consumer that does not read must not hold us.
_DRAIN_SECONDS = 0.5
_ASK_SECONDS = 1.0
_SETTLED = ("ready", "busy", "failed", "stopped")


class Supervisor:
    """Owns one worker and the profile it should have loaded."""

    def __init__(self, data_dir: Path, face: str, environment: Mapping[str, str] | None = None) -> None:
        self.owner: Owner | None = None
        self._data_dir = data_dir
        self._face = face
        self._environment = environment
        self._listeners: list[Listener] = []
        self._state = EngineState()
        self._settled = asyncio.Event()
        self._answers = 0
        self._deaths = 0
        self._closing = False
        self._profile: Profile | None = None
        self._aside: tuple[str, ...] = ()
        self._process: asyncio.subprocess.Process | None = None
        self._wire: Wire | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._reloader: asyncio.Task[None] | None = None

    # --- state ---------------------------------------------------------------

    @property
    def state(self) -> EngineState:
        """What the engine does now."""
        return self._state

    @property
    def pid(self) -> int | None:
        """The worker's process id, while there is one."""
        return self._process.pid if self._process else None

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` at each change of state; returns its undoing."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _become(self, state: EngineState) -> None:
        self._state = state
        if state.phase in _SETTLED:
            self._settled.set()
        else:
            self._settled.clear()
        for listener in tuple(self._listeners):
            listener(state)

    def answering(self, change: int) -> None:
        """An answer began (1) or ended (-1)."""
        self._answers += change
        if self._state.phase in ("ready", "busy"):
            self._become(EngineState("busy" if self._answers else "ready"))

    def answered(self) -> None:
        """An answer ended as it should: earlier deaths are forgiven."""
        self._deaths = 0

    async def wire(self) -> Wire:
        """The connection of a loaded engine, waiting while it loads or restarts.

        Raises what the engine failed with.
        """
        await self._settled.wait()
        if self._wire is None or self._state.phase in ("failed", "stopped"):
            raise self._state.error or EngineDiedError("the engine is not running")
        return self._wire

    def live_wire(self) -> Wire:
        """The connection of a worker that may still be loading. Raises EngineDiedError without one."""
        if self._wire is None:
            raise EngineDiedError("the engine is not running", mend="start it first")
        return self._wire

    # --- life ----------------------------------------------------------------

    async def start(self) -> None:
        """Start the worker. Raises EngineBusyError, StorageError or EngineDiedError."""
        self._closing, self._deaths = False, 0
        self._become(EngineState("starting", "starting the engine"))
        try:
            await self._spawn()
        except VortexError as error:
            self._become(EngineState("failed", error=error))
            raise
        self._watcher = asyncio.create_task(self._watch(), name="engine-watcher")

    async def _spawn(self) -> None:
        self._process = await process.start(self._data_dir, self._face, self._environment)
        if self._process.stdout is None or self._process.stdin is None:
            raise EngineDiedError("the engine has no pipes")
        wire = Wire(self._process.stdout, self._process.stdin)
        try:
            self.owner = (await wire.hello()).owner
        except BaseException:
            wire.close()
            await asyncio.shield(process.end(self._process))
            raise
        self._wire = wire

    async def _watch(self) -> None:
        """Bring a dead worker back, with its profile, unless it dies again and again."""
        while await self._lived_and_died() and await self._revive() and not self._closing:
            if self._profile is not None:
                self._reloader = asyncio.create_task(self._reload(self._profile), name="engine-reload")
            else:
                self._become(EngineState("failed", error=_unloaded()))

    async def _lived_and_died(self) -> bool:
        worker, wire = self._process, self._wire
        if worker is None or wire is None or self._closing:
            return False
        pump = asyncio.create_task(wire.pump(), name="engine-pump")
        exited = asyncio.create_task(worker.wait(), name="engine-exit")
        await asyncio.wait((pump, exited), return_when=asyncio.FIRST_COMPLETED)
        self._wire = None
        if not self._closing:
            # Before anyone is told: who asks again at once must wait for the next worker.
            self._become(EngineState("restarting", "restarting the engine", error=_died("")))
        await asyncio.wait((pump,), timeout=_DRAIN_SECONDS)
        wire.close()
        await process.end(worker)
        pump.cancel()
        await wire.fail(_died(_exit_words(await exited)))
        return not self._closing

    async def _revive(self) -> bool:
        """Start another worker; one that dies before its hello counts like any other death."""
        while not self._closing:
            self._deaths += 1
            if self._deaths >= MAX_DEATHS:
                self._give_up()
                return False
            try:
                await self._spawn()
            except EngineDiedError:
                continue
            except VortexError as error:
                self._become(EngineState("failed", error=error))
                return False
            return True
        return False

    def _give_up(self) -> None:
        error = EngineGaveUpError(
            f"the engine died {MAX_DEATHS} times in a row and is not restarted again",
            found=f"{process.log_file(self._data_dir)} has its last words",
            mend="vortex-tui doctor, or try nano: vortex-tui --mock",
        )
        self._become(EngineState("failed", error=error))

    async def _reload(self, profile: Profile) -> None:
        # A worker that dies while it loads is the watcher's to count; a refusal is in the state.
        with contextlib.suppress(VortexError):
            await self._load(profile)

    async def close(self) -> None:
        """End the worker; nothing is left behind."""
        self._closing = True
        await self._end()
        if self._watcher is not None:
            await self._watcher
        if self._reloader is not None:
            self._reloader.cancel()
            await asyncio.wait((self._reloader,))
        # A restart that was under way has a worker of its own by now.
        await self._end()
        self._become(EngineState("stopped"))

    async def _end(self) -> None:
        wire, worker, self._wire = self._wire, self._process, None
        if wire is not None:
            # A worker that hangs does not read: it is not asked twice.
            with contextlib.suppress(EngineDiedError, TimeoutError):
                async with asyncio.timeout(_ASK_SECONDS):
                    await wire.send(lambda number: Shutdown(id=number))
            wire.close()
        if worker is not None and worker.returncode is None:
            await process.end(worker)

    # --- loading -------------------------------------------------------------

    async def load(
        self, profile: Profile, on_progress: OnProgress | None = None, aside: Sequence[Path] = ()
    ) -> Ready:
        """Load a profile's base, bank and router, in the next worker when this one just died.

        Raises ModelError and its siblings.
        """
        if self._state.phase == "restarting":
            await self._settled.wait()
        self._aside = tuple(map(str, aside))
        return await self._load(profile, on_progress)

    async def _load(self, profile: Profile, on_progress: OnProgress | None = None) -> Ready:
        wire = self.live_wire()
        self._profile = profile
        self._become(EngineState("loading", "loading"))
        try:
            return await self._follow(wire, profile, on_progress)
        except EngineDiedError:
            raise  # The watcher restarts it and loads again.
        except VortexError as error:
            self._profile = None
            self._become(EngineState("failed", error=error))
            raise
        except asyncio.CancelledError:
            self._profile = None
            self._become(EngineState("failed", error=_unloaded()))
            raise

    async def _follow(self, wire: Wire, profile: Profile, on_progress: OnProgress | None) -> Ready:
        tables = profile.model_dump(mode="json")
        ask = partial(Load, name=profile.name, profile=tables, aside=self._aside)
        async with wire.asking(lambda number: ask(id=number)) as stream:
            async for event in stream:
                if isinstance(event, Progress):
                    self._become(EngineState("loading", event.stage, event.fraction))
                    if on_progress is not None:
                        on_progress(event)
                elif isinstance(event, Ready):
                    self._become(EngineState("ready"))
                    return event
        raise ProtocolError("the engine ended a load without saying that it is ready")


def _unloaded() -> ModelError:
    return ModelError("no profile is loaded", expected="a loaded profile", mend="load one first")


def _died(found: str) -> EngineDiedError:
    return EngineDiedError(
        "the engine ended in the middle of its work",
        found=found,
        mend="it is being restarted; logs/engine.log in the data folder has what it said last",
    )


def _exit_words(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
