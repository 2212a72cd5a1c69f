"""One live connection to a worker: numbers requests, deals events out to whoever asked.

It knows streams of bytes only: a child's pipes now, a socket later.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from types import TracebackType

from vortex_tui.engine import protocol
from vortex_tui.engine.protocol import AnyEvent, Cancel, Failure, Heartbeat, Hello, Request
from vortex_tui.errors import EngineDiedError, PromptError, ProtocolError, VortexError

log = logging.getLogger(__name__)

# Events a slow consumer may leave unread before the whole connection waits for it.
STREAM_CAPACITY = 256
_READ_BYTES = 64 * 1024


class Stream:
    """The events of one request, bounded. A discarded stream lets everything through to nowhere."""

    def __init__(self, request: int) -> None:
        self.request = request
        self._events: deque[AnyEvent] = deque()
        self._error: VortexError | None = None
        self._discarded = False
        self._changed = asyncio.Condition()

    async def put(self, event: AnyEvent) -> None:
        """Keep an event for the consumer, waiting while it is far behind."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._events) < STREAM_CAPACITY or self._discarded)
            if not self._discarded:
                self._events.append(event)
            self._changed.notify_all()

    async def fail(self, error: VortexError) -> None:
        """End the stream with ``error`` once its events are read."""
        async with self._changed:
            self._error = error
            self._changed.notify_all()

    async def discard(self) -> None:
        """Nobody reads any more."""
        async with self._changed:
            self._discarded = True
            self._events.clear()
            self._changed.notify_all()

    async def get(self) -> AnyEvent:
        """The next event. Raises the error the request ended with."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._events or self._error)
            if not self._events and self._error is not None:
                raise self._error
            event = self._events.popleft()
            self._changed.notify_all()
        if isinstance(event, Failure):
            raise event.to_error()
        return event

    async def __aiter__(self) -> AsyncIterator[AnyEvent]:
        last = False
        while not last:
            event = await self.get()
            last = event.last
            yield event


class Wire:
    """Speaks the protocol over a reader and a writer. ``pump`` must run for events to arrive."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._ids = itertools.count(1)
        self._streams: dict[int, Stream] = {}
        self._lines = bytearray()
        self._dead: VortexError | None = None

    async def hello(self) -> Hello:
        """The worker's first line. Raises what it refuses with, or ProtocolError."""
        line = await self._line()
        if not line:
            raise EngineDiedError("the engine ended before it said hello", mend="see logs/engine.log")
        event = protocol.decode_event(line)
        if isinstance(event, Failure):
            raise event.to_error()
        if not isinstance(event, Hello) or event.version != protocol.VERSION:
            raise ProtocolError(
                "the engine speaks another language",
                found=line[:80].decode("utf-8", "replace"),
                expected=f"hello of protocol version {protocol.VERSION}",
            )
        return event

    async def pump(self) -> None:
        """Read until the other end closes; the caller then ends the open streams with ``fail``."""
        try:
            while line := await self._line():
                await self._deal(protocol.decode_event(line))
        except (ConnectionError, ProtocolError) as error:
            log.warning("connection to the engine lost: %s", error)

    async def _line(self) -> bytes:
        """The next line, or nothing at the end. Raises ProtocolError for one beyond the bound."""
        while (end := self._lines.find(b"\n")) < 0:
            more = await self._reader.read(_READ_BYTES)
            if not more:
                return b""
            self._lines += more
            if len(self._lines) > protocol.MAX_LINE_BYTES:
                raise ProtocolError("a line of the engine is too long", found=f"{len(self._lines)} bytes")
        line = bytes(self._lines[: end + 1])
        del self._lines[: end + 1]
        return line

    async def _deal(self, event: AnyEvent) -> None:
        if isinstance(event, Heartbeat):
            return
        stream = self._streams.get(event.id)
        if stream is None:
            if isinstance(event, Failure):
                log.warning("engine: %s", event.to_error())
            return
        await stream.put(event)
        if event.last:
            self._streams.pop(event.id, None)

    async def fail(self, error: VortexError) -> None:
        """End every stream with ``error`` and refuse new ones."""
        self._dead = self._dead or error
        streams, self._streams = list(self._streams.values()), {}
        for stream in streams:
            await stream.fail(self._dead)

    async def send(self, make: Callable[[int], Request]) -> Stream:
        """Send the request that ``make`` builds with its id; returns the stream of its events."""
        if self._dead is not None:
            raise self._dead
        number = next(self._ids)
        line = protocol.encode(make(number))
        if len(line) > protocol.MAX_LINE_BYTES:
            raise PromptError(
                "the request is too long",
                found=f"{len(line)} bytes",
                expected=f"at most {protocol.MAX_LINE_BYTES}",
                mend="send less at once",
            )
        stream = self._streams[number] = Stream(number)
        try:
            self._writer.write(line)
            await self._writer.drain()
        except BaseException as error:
            self._streams.pop(number, None)
            if isinstance(error, (ConnectionError, RuntimeError)):
                raise EngineDiedError("the engine's connection is closed") from error
            raise
        return stream

    def asking(self, make: Callable[[int], Request]) -> Asking:
        """The stream of a request; one that is left before its end is cancelled and forgotten."""
        return Asking(self, make)

    async def cancel(self, stream: Stream) -> None:
        """Ask for the request of ``stream`` to stop; its last event still comes."""
        if self._dead is None and stream.request in self._streams:
            # A worker that is gone has nothing left to cancel.
            with contextlib.suppress(EngineDiedError):
                answer = await self.send(lambda number: Cancel(id=number, target=stream.request))
                await answer.discard()

    def close(self) -> None:
        """Close the writing end; the worker ends when it sees that."""
        self._writer.close()


class Asking:
    """A request as a context. No generator: a loop that ends closes those in any order."""

    def __init__(self, wire: Wire, make: Callable[[int], Request]) -> None:
        self._wire = wire
        self._make = make
        self._stream: Stream | None = None

    async def __aenter__(self) -> Stream:
        self._stream = await self._wire.send(self._make)
        return self._stream

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            await self._wire.cancel(self._stream)
            await self._stream.discard()
