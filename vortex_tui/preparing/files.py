"""The route, the model's files, their identity and their hashes."""

from __future__ import annotations

from pathlib import Path

from vortex_tui.doctor.context import Finding
from vortex_tui.engine import backend_route, fingerprint, model_folder, prepared
from vortex_tui.engine.budget.subject import Gguf
from vortex_tui.engine.prepared import Stamp
from vortex_tui.errors import ModelError, StorageError
from vortex_tui.gguf import reader
from vortex_tui.preparing.case import Case

TOKENS = "tokenizer.ggml.tokens"
_GIB = 1024**3


def refused(error: ModelError | StorageError) -> Finding:
    """A refusal as a failed check."""
    found = f"{error.message}; {error.found}" if error.found else error.message
    return Finding("fail", found, error.expected, error.mend)


def route(case: Case) -> Finding:
    """Which backend would answer, by the engine's own rule."""
    case.route = backend_route.choose(case.profile)
    told = f"{case.route.backend}: {case.route.reason}"
    named = backend_route.named_gguf(case.profile)
    if case.route.backend == "hf" and named is not None and case.profile.core.fallback == "llama_cpp":
        return Finding("warn", f"{told}; its fallback {named} is missing", "the GGUF the profile names")
    return Finding("pass", told)


def weights(case: Case) -> Finding:
    """The files, whole by their headers."""
    if case.route is None:
        return Finding("skip", "no route")
    if case.route.backend == "llama_cpp":
        return _gguf(case)
    folder = case.route.folder or model_folder.inspect(model_folder.locate(case.profile.core.hf_model))
    case.found = folder
    told = f"{folder.weight_bytes / _GIB:.2f} GiB in {len(folder.headers)} file(s) at {folder.path}"
    return Finding("pass", told)


def _gguf(case: Case) -> Finding:
    file = backend_route.gguf_file(case.profile, case.data_dir)
    header = reader.read(file, frozenset({TOKENS}))
    if header.kind != "model" or not header.tensors:
        return Finding("fail", f"{file}: {header.kind}, {len(header.tensors)} tensors", "a model's GGUF")
    case.found = Gguf(file, header)
    return Finding("pass", f"{file.stat().st_size / _GIB:.2f} GiB, {header.quantization}, at {file}")


def identity(case: Case) -> Finding:
    """The base's fingerprint, which its experts are held against."""
    model = case.model
    if isinstance(model, Gguf):
        case.fingerprint = fingerprint.of_gguf(model.file)
    else:
        case.fingerprint = fingerprint.of_folder(model)
    return Finding("pass", case.fingerprint)


def hashes(case: Case) -> Finding:
    """SHA-256 of every file that a load would read."""
    case.files = [_hashed(case, file) for file in prepared.sources(case.profile, case.data_dir)]
    total = sum(found.size for found in case.files)
    return Finding("pass", f"{len(case.files)} file(s), {total / _GIB:.2f} GiB")


def _hashed(case: Case, file: Path) -> Stamp:
    size, done = file.stat().st_size, 0

    def on_bytes(count: int) -> None:
        nonlocal done
        done += count
        case.on_hashed(file.name, done, size)

    return prepared.stamp(file, on_bytes)
