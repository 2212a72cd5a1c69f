"""Which backend a profile means: one rule for the engine, and for whoever judges a profile without it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vortex_tui.engine import model_folder
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.errors import BudgetError, ModelError
from vortex_tui.escape import one_line
from vortex_tui.gguf import convert
from vortex_tui.profile import Profile


@dataclass(frozen=True, slots=True)
class BackendRoute:
    """The backend that answers first, and why it does; ``failed`` is what another one failed with.

    ``folder`` is the model's folder where that was found to be whole.
    """

    backend: Literal["hf", "llama_cpp"]
    reason: str
    failed: ModelError | None = None
    folder: ModelFolder | None = None


def named_gguf(profile: Profile) -> Path | None:
    """The GGUF a profile names, whether it is there or not."""
    named = profile.core.llama_cpp_model_path
    try:
        return Path(named).expanduser() if named else None
    except RuntimeError:  # the home of nobody
        return Path(named)


def is_file(path: Path | None) -> bool:
    """Whether there is a file; one that cannot be looked at is none."""
    try:
        return path is not None and path.is_file()
    except OSError:  # too long, or behind a closed folder
        return False


def choose(profile: Profile) -> BackendRoute:
    """A GGUF that is there, else what ``core.backend`` says; for a folder that is no model, the GGUF.

    Raises ModelError for ``remote``. A folder that is no model and has no fallback is refused on opening.
    """
    core, named = profile.core, named_gguf(profile)
    if core.backend == "remote":
        raise ModelError(
            "the backend remote is not built in yet",
            expected='core.backend = "hf" or "llama_cpp"',
            mend="set core.backend, or try nano: vortex-tui --mock",
        )
    if core.backend == "llama_cpp":
        return BackendRoute("llama_cpp", 'core.backend = "llama_cpp"')
    try:
        folder = model_folder.inspect(model_folder.locate(core.hf_model))
    except ModelError as error:
        if has_fallback(profile):
            return BackendRoute("llama_cpp", told(error), error)
        return BackendRoute("hf", 'core.backend = "hf", and there is no GGUF to fall back to')
    if is_file(named):
        return BackendRoute("llama_cpp", "core.llama_cpp_model_path is a file, and a GGUF is preferred")
    return BackendRoute("hf", 'core.backend = "hf", and no GGUF is there', folder=folder)


def told(error: ModelError | BudgetError) -> str:
    """Why llama.cpp answers in place of transformers."""
    return f"fell back to llama.cpp: {error.message} ({error.found})"


def has_fallback(profile: Profile) -> bool:
    """Whether there may be a GGUF for a model that transformers cannot load, and the profile allows it."""
    there = named_gguf(profile) is not None or profile.core.hf_model == model_folder.NANO
    return there and profile.core.fallback == "llama_cpp"


def gguf_file(profile: Profile, data_dir: Path) -> Path:
    """The GGUF a profile names; nano's is made of its weights. Raises ModelError or StorageError."""
    core, file = profile.core, named_gguf(profile)
    if file is None and core.hf_model == model_folder.NANO:
        return convert.base(model_folder.inspect(model_folder.locate(core.hf_model)), data_dir).path
    if file is None or not is_file(file):
        raise ModelError(
            "the profile names no GGUF that is there",
            found=f"core.llama_cpp_model_path = {one_line(core.llama_cpp_model_path)!r}",
            expected="the path of a .gguf file",
            mend="set core.llama_cpp_model_path, or core.backend to hf",
        )
    return file


def context(profile: Profile, trained: int) -> tuple[int, tuple[str, ...]]:
    """Tokens of context that a model trained for ``trained`` gets, and what to tell when it is fewer."""
    wanted = profile.budget.ctx_tokens
    if trained and wanted > trained:
        note = f"the model was trained for {trained} tokens: the context is {trained}, not {wanted}"
        return trained, (note,)
    return wanted, ()
