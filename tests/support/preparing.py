"""A profile over a model folder or a GGUF, and machines with the memory a test wants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vortex_tui.engine.budget.machine import Machine
from vortex_tui.profile import Profile

MIB = 1024 * 1024
HOST = Machine(gpu=None, host=8192 * MIB)


def card(mib: int, host: int = 8192) -> Machine:
    """A machine with a GPU of ``mib`` mebibytes that torch can use."""
    return Machine(gpu=mib * MIB, host=host * MIB, torch_cuda=True, llama_gpu=True)


def profile(core: dict[str, Any], **budget: Any) -> Profile:
    """A profile named ``mine``."""
    fields = {"ctx_tokens": 128, "max_vram_mb": 2048} | budget
    return Profile.model_validate({"core": core, "budget": fields}).named("mine")


def of_folder(folder: Path, **core: Any) -> Profile:
    """``mine`` over a folder."""
    return profile({"hf_model": str(folder), **core})


def of_gguf(file: Path, **core: Any) -> Profile:
    """``mine`` over a GGUF."""
    return profile({"hf_model": "nobody/nothing", "llama_cpp_model_path": str(file)} | core)
