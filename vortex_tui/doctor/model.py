"""The profile's own sense, and its weights: present, whole, and where they were looked for."""

from __future__ import annotations

from pathlib import Path

from vortex_tui.doctor.context import Context, Finding
from vortex_tui.engine import model_folder, prepared
from vortex_tui.errors import ModelError
from vortex_tui.escape import one_line
from vortex_tui.gguf import reader, soundness, vocabulary
from vortex_tui.gguf.header import Header

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
    # Without a fallback the model itself must open, whatever answers in its place.
    if core.llama_cpp_model_path and (core.backend != "hf" or core.fallback == "llama_cpp"):
        return _gguf(core.llama_cpp_model_path, context.profile.budget.ctx_tokens)
    if core.backend == "llama_cpp" and core.hf_model != model_folder.NANO:
        mend = f"set core.llama_cpp_model_path to a .gguf file; {_MOCK}"
        return Finding("fail", "core.llama_cpp_model_path is empty", "the path of a GGUF file", mend)
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


def _gguf(path: str, ctx: int) -> Finding:
    """What the file's header says; llama.cpp itself is asked only by a worker."""
    try:
        file = Path(path).expanduser()
        size = file.stat().st_size
        header = reader.read(file, vocabulary.WANTED)
        soundness.check(file, header)
    except (OSError, RuntimeError, ValueError) as error:
        told = (error.strerror if isinstance(error, OSError) else None) or str(error)
        mend = f"set core.llama_cpp_model_path to a .gguf file; {_MOCK}"
        return Finding("fail", f"{one_line(path)}: {told}", "a GGUF file", mend)
    except ModelError as error:
        return Finding("fail", f"{error.message}; {error.found}", error.expected, error.mend)
    told = f"{_described(header)}; {size / _GIB:.2f} GiB at {one_line(str(file))}"
    if header.parts > 1:
        mend = "join the parts with llama.cpp's llama-gguf-split --merge"
        return Finding("fail", f"{told}; one of {header.parts} parts", "a model in one file", mend)
    if ctx > header.context_length:
        found = f"{told}; trained for {header.context_length} tokens, not {ctx}"
        return Finding("warn", found, f"budget.ctx_tokens of {header.context_length} or less")
    return Finding("pass", f"{told}; trained for {header.context_length} tokens")


def _described(header: Header) -> str:
    template = "a chat template" if header.has_chat_template else "no chat template: ChatML is used"
    size = (
        f"{header.parameters / 1e9:.2f} B" if header.parameters >= 1e8 else f"{header.parameters / 1e6:.2f} M"
    )
    kind = one_line(f"{header.architecture} {header.quantization}")
    return f"{kind}, {size} parameters, {template}"


def prepared_record(context: Context) -> Finding:
    """The model's files, held against the hashes that prepare-model wrote down."""
    settings, data_dir = context.profile, context.data_dir
    file = prepared.path(settings, data_dir)
    if settings.core.backend == "remote" or not file.exists():
        return Finding("skip", "no record of hashes: vortex-tui prepare-model makes one")
    try:
        prepared.compare(settings, data_dir)
    except ModelError as error:
        return Finding("fail", error.found, error.expected, error.mend)
    return Finding("pass", f"as {file.name} has them")
