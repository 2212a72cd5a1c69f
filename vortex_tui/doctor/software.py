"""Python and the packages, by their metadata: nothing heavy is imported."""

from __future__ import annotations

import sys

from vortex_tui.doctor import builds, libraries
from vortex_tui.doctor.context import Context, Finding
from vortex_tui.doctor.gpu import gpus
from vortex_tui.doctor.libraries import version as _version

# What the engine loads.
_ENGINE = ("torch", "transformers", "peft", "bitsandbytes", "accelerate", "safetensors", "tokenizers")
_SCREEN = "textual"
_OLDEST = (3, 11)


def python(_context: Context) -> Finding:
    """Python itself."""
    told = f"{sys.version.split()[0]} at {sys.executable}"
    if sys.version_info < _OLDEST:
        return Finding("fail", told, "Python 3.11 or newer", "make a new environment with a newer Python")
    return Finding("pass", told)


def packages(_context: Context) -> Finding:
    """Every package the engine loads, in a version this program is made for."""
    found = libraries.versions(_ENGINE)
    if problems := libraries.problems(found):
        return Finding("fail", "; ".join(problems), "the versions in pyproject.toml", 'pip install -e "."')
    if _version(_SCREEN) is None:
        return Finding("warn", "no textual: headless commands only", "textual", 'pip install "textual>=8,<9"')
    return Finding("pass", libraries.told({name: found[name] for name in _ENGINE[:4]}))


def torch_build(_context: Context) -> Finding:
    """A torch that can use the GPU, when there is one."""
    version = _version("torch")
    if version is None:
        return Finding("fail", "no torch", "torch", 'pip install -e "."')
    cuda = builds.torch_cuda()
    if gpus() and not cuda:
        return Finding(
            "warn",
            f"torch {version} without CUDA, beside an NVIDIA GPU",
            "a CUDA build",
            builds.torch_install(gpus()[0].driver),
        )
    return Finding("pass", f"torch {version}, {f'CUDA {cuda}' if cuda else 'CPU only'}")


def llama_cpp(context: Context) -> Finding:
    """llama-cpp-python, where the profile uses it."""
    version = _version("llama-cpp-python")
    core = context.profile.core
    wanted = core.backend == "llama_cpp" or bool(core.llama_cpp_model_path)
    if version is not None:
        with_gpu = builds.llama_gpu()
        if wanted and gpus() and not with_gpu:
            told = f"llama-cpp-python {version} for the CPU only, beside an NVIDIA GPU"
            return Finding("warn", told, "a CUDA build", builds.llama_install())
        return Finding("pass", f"llama-cpp-python {version}, {'GPU' if with_gpu else 'CPU only'}")
    if core.backend == "llama_cpp":
        return Finding("fail", "not installed", "llama-cpp-python", 'pip install -e ".[llama_cpp]"')
    return Finding("skip", "not installed, not needed by this profile")
