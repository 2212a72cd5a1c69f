"""Is what the route needs installed? Found by name: nothing heavy is imported."""

from __future__ import annotations

import importlib.util

from vortex_tui.doctor.context import Finding
from vortex_tui.preparing.case import Case

_QUANTISED = ("nf4", "int8")


def installed(name: str) -> bool:
    """Whether a package could be imported."""
    return importlib.util.find_spec(name) is not None


def _wanted(case: Case) -> tuple[str, ...]:
    if case.route is not None and case.route.backend == "llama_cpp":
        return ("llama_cpp", "gguf")
    quantised = case.profile.core.hf_quantization in _QUANTISED
    return ("torch", "transformers", "accelerate", "peft", *(("bitsandbytes",) if quantised else ()))


def libraries(case: Case) -> Finding:
    """Every package the backend loads."""
    wanted = _wanted(case)
    if missing := [name for name in wanted if not installed(name)]:
        extra = ".[llama_cpp]" if "llama_cpp" in wanted else "."
        return Finding("fail", f"no {', '.join(missing)}", ", ".join(wanted), f'pip install -e "{extra}"')
    return Finding("pass", ", ".join(wanted))
