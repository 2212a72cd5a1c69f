"""Events on their way out: bounded, written by a thread of its own.

A slow reader fills the pipe, then the outbox, and then makes the engine wait; memory stays
where it is. Answers to control requests may pass the bound: there is one a request.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import BinaryIO

from vortex_tui.engine.protocol import Event, encode

CAPACITY = 256


class Outbox:
    """Thread-safe. ``on_broken`` is called once, when the reader is gone."""

    def __init__(self, stream: BinaryIO, on_broken: Callable[[], None], capacity: int = CAPACITY) -> None:
        self._stream = stream
        self._on_broken = on_broken
        self._capacity = capacity
        self._lines: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._write_all, name="outbox", daemon=True)
        self._thread.start()

    def put(self, event: Event) -> None:
        """Queue an event, waiting while the outbox is full."""
        line = encode(event)
        with self._changed:
            self._changed.wait_for(lambda: len(self._lines) < self._capacity or self._closed)
            self._append(line)

    def put_now(self, event: Event) -> None:
        """Queue the answer to a control request; never waits."""
        with self._changed:
            self._append(encode(event))

    def put_if_idle(self, event: Event) -> None:
        """Queue a heartbeat, unless there is something better to send."""
        with self._changed:
            if not self._lines:
                self._append(encode(event))

    def close(self, timeout: float) -> None:
        """Write what is queued, for at most ``timeout`` seconds."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(timeout)

    def _append(self, line: bytes) -> None:
        if not self._closed:
            self._lines.append(line)
            self._changed.notify_all()

    def _take(self) -> bytes:
        with self._changed:
            self._changed.wait_for(lambda: self._lines or self._closed)
            taken = b"".join(self._lines)
            self._lines.clear()
            self._changed.notify_all()
            return taken

    def _write_all(self) -> None:
        try:
            while taken := self._take():
                self._stream.write(taken)
                self._stream.flush()
        except (OSError, ValueError):
            # The other end is gone: nobody is left to be told.
            self._on_broken()
