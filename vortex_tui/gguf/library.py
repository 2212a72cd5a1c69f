"""llama.cpp's own Python package for its format, imported when something is converted."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

from vortex_tui.errors import ModelError
from vortex_tui.escape import one_line


@cache
def library() -> Any:
    """The package ``gguf``: tensor names and the writer. Raises ModelError when it is not installed."""
    try:
        return importlib.import_module("gguf")
    except ImportError as error:
        raise ModelError(
            "GGUF files cannot be made here",
            found=one_line(str(error)),
            expected="the package gguf",
            mend='pip install "vortex-tui[llama_cpp]"',
        ) from error
