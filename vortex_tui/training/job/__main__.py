"""The job's process: its spec is the first line of stdin, its events are lines on stdout.

It ends itself when stdin closes: whoever started it is gone. Its last checkpoint stays.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from typing import BinaryIO

from vortex_tui.engine.private_stdout import OFFLINE, private_stdout

os.environ.update(OFFLINE)  # before any of the libraries is imported
# transformers would spread a batch over every card it sees; one job is one card.
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "0")

from vortex_tui.engine.protocol import encode
from vortex_tui.errors import InternalError, VortexError
from vortex_tui.escape import one_line
from vortex_tui.training.events import AnyEvent, failure
from vortex_tui.training.spec import JobSpec

log = logging.getLogger(__name__)


class _Voice:
    """Writes events, one at a time; a reader that is gone ends the process."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def say(self, event: AnyEvent) -> None:
        try:
            self._out.write(encode(event))
            self._out.flush()
        except OSError:
            os._exit(1)


def _end_with_parent() -> None:
    while sys.stdin.buffer.read(1):
        pass
    os._exit(1)


def main() -> int:
    """Train what the first line of stdin says. Exit code 1 when it was refused or failed."""
    # Ctrl-C in a terminal reaches the whole group; the face decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    voice = _Voice(private_stdout())
    spec = JobSpec.model_validate_json(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    try:
        from vortex_tui.training.job.run import run

        run(spec, voice.say)
    except VortexError as error:
        voice.say(failure(spec.domain, error))
        return 1
    except Exception as error:
        log.exception("the training failed")
        voice.say(failure(spec.domain, _defect(error)))
        return 1
    return 0


def _defect(error: Exception) -> InternalError:
    return InternalError(
        "the training failed for a reason nobody foresaw",
        found=one_line(f"{type(error).__name__}: {error}")[:400],
        mend="the training's log in the data folder has the whole of it",
    )


if __name__ == "__main__":
    code = main()
    # Threads of the libraries may hang at the end, when there is nothing left to lose.
    sys.stderr.flush()
    os._exit(code)
