"""What torch and llama.cpp were built for, told by their files, and how to install the other build."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

_GPU_LIBRARIES = ("cuda", "hip", "vulkan", "sycl")
_WHEELS = "pip install --force-reinstall torch --index-url https://download.pytorch.org/whl"
# The first driver that runs CUDA 13; older ones run what was built for CUDA 12.
_CUDA_13_DRIVER = 580
_LLAMA = 'pip install --force-reinstall --no-cache-dir "llama-cpp-python>=0.3.30,<0.4"'


def torch_cuda() -> str | None:
    """The CUDA version torch was built with, read from its files without importing it."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return None
    try:
        text = (Path(spec.origin).parent / "version.py").read_text(encoding="utf-8")
    except OSError:
        return None
    match = re.search(r"^cuda\b[^=]*=\s*['\"]([\d.]+)['\"]", text, re.MULTILINE)
    return match[1] if match else None


def llama_gpu() -> bool:
    """Whether llama.cpp was compiled for a GPU, told by the names of its libraries."""
    spec = importlib.util.find_spec("llama_cpp")
    if spec is None or spec.origin is None:
        return False
    names = [file.name for file in (Path(spec.origin).parent / "lib").glob("*ggml-*")]
    return any(kind in name for name in names for kind in _GPU_LIBRARIES)


def torch_install(driver: str) -> str:
    """The command that installs a torch this driver can use."""
    number = re.match(r"\d+", driver)
    recent = number is None or int(number[0]) >= _CUDA_13_DRIVER
    return f"{_WHEELS}/{'cu130' if recent else 'cu126'}"


def llama_install(platform: str = sys.platform) -> str:
    """The command that compiles llama-cpp-python for CUDA, as this system's shell reads it."""
    if platform == "win32":
        return f'$env:CMAKE_ARGS = "-DGGML_CUDA=on"; {_LLAMA}'
    return f'CMAKE_ARGS="-DGGML_CUDA=on" {_LLAMA}'
