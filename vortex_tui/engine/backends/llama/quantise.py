"""A GGUF in fewer bits, made by llama.cpp's own quantiser."""

from __future__ import annotations

import ctypes
from pathlib import Path

from vortex_tui.engine.backends.llama.library import complaint, native
from vortex_tui.errors import ModelError
from vortex_tui.escape import one_line

# ggml's numbers of file types.
KINDS = {"q8_0": 7, "q4_k_m": 15}


def quantise(source: Path, kind: str, target: Path) -> None:
    """Write ``source`` (F16) to ``target`` as one of KINDS. Raises ModelError."""
    library = native()
    parameters = library.llama_model_quantize_default_params()
    parameters.ftype = KINDS[kind]
    complaint()
    code = library.llama_model_quantize(
        str(source).encode("utf-8"), str(target).encode("utf-8"), ctypes.byref(parameters)
    )
    if code:
        raise ModelError(
            f"llama.cpp could not quantise {one_line(str(source))} to {kind}",
            found=complaint() or f"code {code}",
            expected="a whole F16 GGUF whose rows are multiples of 256",
            mend="set core.hf_quantization to none: the F16 file is used as it is",
        )
