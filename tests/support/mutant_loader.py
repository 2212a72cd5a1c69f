"""Loads one file after the other as the worker would, and says what became of each: a child of the fuzz test.

Reads ``model FILE``, ``adapter FILE`` (for the base in argv) or ``unchecked FILE`` from stdin; answers
``ok``, ``refused …`` or ``defect …``. A line that stays away is a death.
"""

from __future__ import annotations

import os
import sys
import traceback
from functools import cache
from pathlib import Path

from vortex_tui.engine import fingerprint
from vortex_tui.engine.backends.llama import trial
from vortex_tui.engine.backends.llama.library import native
from vortex_tui.engine.backends.llama.session import Place, Session
from vortex_tui.engine.backends.llama.weights import ALL_LAYERS, Weights
from vortex_tui.errors import VortexError
from vortex_tui.gguf import fitting, reader, soundness, vocabulary


def model(file: Path) -> None:
    """Everything between a profile and the first tokens."""
    fingerprint.of_gguf(file)
    soundness.check(file, reader.read(file, vocabulary.WANTED))
    trial.load(file, "f16")


def unchecked(file: Path) -> None:
    """Without our checks: what llama.cpp itself does with it."""
    trial.load(file, "f16")


@cache
def _base() -> tuple[Weights, Session]:
    weights = Weights(Path(sys.argv[1]), ALL_LAYERS, lambda _: None)
    return weights, Session(weights, 32, 1, "f16", 1)


def adapter(file: Path) -> None:
    """Check an adapter, wear it, evaluate something."""
    fitting.check(file, reader.read(Path(sys.argv[1])))
    weights, session = _base()
    pointer = native().llama_adapter_lora_init(weights.pointer, os.fsencode(file))
    if not pointer:
        raise VortexError("llama.cpp refused it")
    session.wear(((pointer, 1.0),))
    session.evaluate([Place(7, 0, 0, True)])
    session.cut(0, 0)
    session.wear(())
    native().llama_adapter_lora_free(pointer)


def serve(kind: str, file: Path) -> str:
    """What became of one file."""
    try:
        {"model": model, "adapter": adapter, "unchecked": unchecked}[kind](file)
    except VortexError as error:
        return f"refused {error.message}: {error.found}"
    except Exception:  # noqa: BLE001  whatever it is, it is told and not lost
        return f"defect {traceback.format_exc()}"
    return "ok"


def main() -> None:
    """Serve until stdin ends. Answers go to a duplicate of stdout: llama.cpp may print to the real one."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        kind, _, file = line.rstrip("\n").partition(" ")
        answers.write(serve(kind, Path(file)).replace("\n", " | ") + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
