"""Every profile at a glance: what it runs, and what is wrong with it. No model is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vortex_tui import profile as profiles
from vortex_tui import profile_files
from vortex_tui.doctor import model
from vortex_tui.doctor.context import Context
from vortex_tui.errors import ProfileError


@dataclass(frozen=True, slots=True)
class Row:
    """One profile; ``problem`` is empty when it could be loaded as it is."""

    name: str
    file: str
    origin: str
    backend: str = ""
    model: str = ""
    ctx_tokens: int | None = None
    problem: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def look(data_dir: Path) -> list[Row]:
    """Every profile that is known by name."""
    return list(_rows(data_dir))


def _rows(data_dir: Path) -> Iterator[Row]:
    for name, file in sorted(profiles.known().items()):
        origin = "shipped" if profile_files.is_shipped(file) else "user"
        try:
            profile = profiles.load(str(file))
        except ProfileError as error:
            told = "; ".join(part for part in (error.message, error.found, error.expected) if part)
            yield Row(name, str(file), origin, problem=told)
            continue
        core = profile.core
        weights = core.llama_cpp_model_path or core.hf_model
        problem = _problem(Context(profile, data_dir))
        yield Row(name, str(file), origin, core.backend, weights, profile.budget.ctx_tokens, problem)


def _problem(context: Context) -> str:
    for check in (model.profile, model.weights):
        finding = check(context)
        if finding.status in ("warn", "fail"):
            return f"{finding.found}; expected {finding.expected}" if finding.expected else finding.found
    return ""
