"""The profile's own sense, and its weights: present, whole, and where they were looked for."""

from __future__ import annotations

from pathlib import Path

from vortex_tui.doctor.context import Context, Finding
from vortex_tui.engine import model_folder
from vortex_tui.errors import ModelError

_GIB = 1024**3
_MOCK = "vortex-tui --mock runs this profile on nano"


def profile(context: Context) -> Finding:
    """Settings that contradict each other."""
    settings = context.profile
    told = f"{settings.name}: {settings.core.backend}, {settings.core.hf_model}"
    ctx, required = settings.budget.ctx_tokens, settings.bench_thresholds.required_ctx
    if ctx < required:
        return Finding(
            "warn", f"budget.ctx_tokens {ctx}", f"bench_thresholds.required_ctx {required} or more"
        )
    if settings.decode.max_new_tokens >= ctx:
        found = f"decode.max_new_tokens {settings.decode.max_new_tokens}"
        return Finding("warn", found, f"less than budget.ctx_tokens {ctx}")
    if settings.experts.router.top_k > settings.experts.max_loaded:
        found = f"experts.router.top_k {settings.experts.router.top_k}"
        return Finding("warn", found, f"experts.max_loaded {settings.experts.max_loaded} or less")
    return Finding("pass", told)


def weights(context: Context) -> Finding:
    """The base's files, by their headers."""
    core = context.profile.core
    if core.backend == "remote":
        return Finding("skip", "a remote backend has its own weights")
    if core.llama_cpp_model_path:
        return _gguf(Path(core.llama_cpp_model_path).expanduser())
    try:
        folder = model_folder.inspect(model_folder.locate(core.hf_model))
    except ModelError as error:
        return Finding("fail", f"{error.message}; {error.found}", error.expected, error.mend)
    size = f"{folder.weight_bytes / _GIB:.2f} GiB in {len(folder.headers)} file(s) at {folder.path}"
    ctx = context.profile.budget.ctx_tokens
    if 0 < folder.max_context < ctx:
        expected = f"budget.ctx_tokens of {folder.max_context} or less"
        return Finding("warn", f"{size}; a context of {folder.max_context} tokens, not {ctx}", expected)
    return Finding("pass", size)


def _gguf(file: Path) -> Finding:
    try:
        with file.open("rb") as stream:
            start = stream.read(4)
    except OSError as error:
        mend = f"set core.llama_cpp_model_path to a .gguf file; {_MOCK}"
        return Finding("fail", f"{file}: {error.strerror}", "a GGUF file", mend)
    if start != b"GGUF":
        return Finding("fail", f"{file} begins with {start!r}", "GGUF", "copy or download the file again")
    return Finding("pass", f"{file.stat().st_size / _GIB:.2f} GiB at {file}")
