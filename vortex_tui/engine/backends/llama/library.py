"""llama.cpp's C interface, started once; what it would print is kept for error messages."""

from __future__ import annotations

import importlib
from collections import deque
from functools import cache
from typing import Any

from vortex_tui.errors import ModelError
from vortex_tui.escape import one_line

_WARNING = 3  # of ggml's log levels: 1 debug, 2 info, 3 warning, 4 error, 5 continues the line before
_lines: deque[str] = deque(maxlen=20)
_kept_alive: list[object] = []


@cache
def native() -> Any:
    """The module of C functions. Raises ModelError when it is not installed or does not load."""
    try:
        module = importlib.import_module("llama_cpp.llama_cpp")
    except (ImportError, OSError, RuntimeError) as error:
        raise ModelError(
            "llama.cpp cannot be used here",
            found=one_line(str(error)),
            expected="the package llama-cpp-python, built for this machine",
            mend='pip install "vortex-tui[llama_cpp]", or set core.backend to hf',
        ) from error
    _listen(module)
    module.llama_backend_init()
    return module


def _listen(module: Any) -> None:
    """Collect warnings and errors instead of printing them over the screen."""

    def note(level: int, text: bytes, _data: object) -> None:
        if level >= _WARNING and (line := text.decode("utf-8", "replace").strip()):
            _lines.append(line)

    callback = module.llama_log_callback(note)
    _kept_alive.append(callback)
    module.llama_log_set(callback, None)


def complaint() -> str:
    """What llama.cpp said last, on one line; forgotten afterwards."""
    text = "; ".join(_lines)
    _lines.clear()
    return one_line(text)[-300:]
