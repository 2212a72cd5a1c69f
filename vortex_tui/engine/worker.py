"""The engine's process: owns the weights, speaks the protocol on what was its standard output.

Run as ``python -m vortex_tui.engine.worker --data-dir D --face F`` by the client.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NoReturn

from vortex_tui.engine.private_stdout import OFFLINE, private_stdout

os.environ.update(OFFLINE)  # before any of the libraries is imported

from vortex_tui.engine import lock, protocol
from vortex_tui.engine.outbox import Outbox
from vortex_tui.engine.protocol import Cancel, GetStats, Heartbeat, Hello, Shutdown, failure
from vortex_tui.engine.runtime import CAPABILITIES, Runtime
from vortex_tui.engine.scheduler import Scheduler, defect
from vortex_tui.errors import VortexError

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 1.0
_GRACE_SECONDS = 2.0


def _leave(code: int) -> NoReturn:
    """End now, whatever the engine's thread computes. There is no half-written state to lose."""
    logging.shutdown()
    os._exit(code)


class Worker:
    """Reads requests in one thread, serves them in the main one, answers through the outbox."""

    def __init__(self, data_dir: Path, requests: BinaryIO, outbox: Outbox) -> None:
        self._requests = requests
        self._outbox = outbox
        self._scheduler = Scheduler(outbox.put)
        self._runtime = Runtime(data_dir, outbox.put)
        self._controls: dict[type[protocol.Request], Callable[..., None]] = {
            Cancel: self._cancel,
            GetStats: self._stats,
            Shutdown: self._shutdown,
        }

    def run(self) -> None:
        """Serve until the other end closes or asks to shut down."""
        threading.Thread(target=self._read, name="requests", daemon=True).start()
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()
        self._scheduler.run()

    def _read(self) -> None:
        try:
            while line := self._requests.readline(protocol.MAX_LINE_BYTES):
                self._take(line)
        finally:
            # The other end closed, perhaps killed: nobody waits for what is being computed.
            self._scheduler.stop()
            time.sleep(_GRACE_SECONDS)
            _leave(0)

    def _take(self, line: bytes) -> None:
        """Serve a line; whatever goes wrong with it, the next one is read."""
        try:
            self._serve(line)
        except VortexError as error:
            self._outbox.put_now(failure(protocol.id_of(line), error))
        except Exception as error:  # a defect here would leave a worker that nobody can cancel
            log.exception("a request could not be served")
            self._outbox.put_now(failure(protocol.id_of(line), defect(error)))

    def _serve(self, line: bytes) -> None:
        request = protocol.decode_request(line)
        control = self._controls.get(type(request))
        if control is not None:
            control(request)
            return
        self._scheduler.submit(self._runtime.job(request))

    def _cancel(self, request: Cancel) -> None:
        self._scheduler.cancel(request.target)
        self._outbox.put_now(protocol.Result(id=request.id, last=True))

    def _stats(self, request: GetStats) -> None:
        self._outbox.put_now(self._runtime.stats(request, self._scheduler.waiting))

    def _shutdown(self, request: Shutdown) -> None:
        self._outbox.put_now(protocol.Result(id=request.id, last=True))
        self._scheduler.stop()

    def _beat(self) -> None:
        while True:
            time.sleep(HEARTBEAT_SECONDS)
            self._outbox.put_if_idle(Heartbeat(id=0))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="vortex_tui.engine.worker", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--face", default="unknown")
    return parser.parse_args()


def main() -> int:
    """Take the lock, say hello, serve. Exit code 1 when the engine is another's."""
    arguments = _arguments()
    # Ctrl-C in a terminal reaches the whole group; the face decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    outbox = Outbox(private_stdout(), on_broken=lambda: _leave(0))
    try:
        held = lock.acquire(arguments.data_dir, arguments.face)
    except VortexError as error:
        outbox.put_now(failure(0, error))
        outbox.close(_GRACE_SECONDS)
        return 1
    outbox.put_now(Hello(id=0, capabilities=CAPABILITIES, owner=held.owner))
    Worker(arguments.data_dir, sys.stdin.buffer, outbox).run()
    outbox.close(_GRACE_SECONDS)
    held.release()
    _leave(0)


if __name__ == "__main__":
    sys.exit(main())
