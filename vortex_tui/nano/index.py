"""The papers of a built nano: a manifest for each expert, the negatives, a card, and last the index."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from vortex_tui import atomic
from vortex_tui.engine import fingerprint, model_folder
from vortex_tui.engine.backends.hf import HfBackend
from vortex_tui.experts import manifest
from vortex_tui.nano import background, card, evaluation_set, files
from vortex_tui.nano.adapt import TARGETS
from vortex_tui.nano.answering import CONTROL, adapters
from vortex_tui.nano.recipe import Recipe
from vortex_tui.nano.tasks import TASKS
from vortex_tui.routing import vectors

SCHEMA = 1
_LIBRARIES = ("torch", "transformers", "peft", "bitsandbytes", "tokenizers", "safetensors", "numpy")
_EXEMPLARS = 96

_QUANTIZATION = "nf4"

Figures = Mapping[str, Mapping[str, float]]

# Figure of an expert: what a manifest calls it.
_CONTROL = "A control: one adapter of the same rank on the data of all experts."
_NAMES = {
    "sealed": "exact_match_sealed_wordings", "plain": "exact_match_without_usual_words",
    "open": "exact_match_training_wordings", "control": "multitask_control", "base": "base_alone",
    "expert": "nats_per_answer_token",
}  # fmt: skip


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write(data: Path, recipe: Recipe, figures: Figures, times: Mapping[str, float]) -> None:
    """Write everything that describes the model in `data`; the index comes last."""
    base = fingerprint.of_folder(model_folder.inspect(data / "base"))
    created = now()
    for name, adapter in adapters(data).items():
        described = _manifest(adapter.parent, base, recipe, figures.get(name, {}), created)
        manifest.save(described, adapter.parent)
    atomic.write_text(data / "background.txt", "\n".join(_background(data)) + "\n")
    _encode(data, base)
    atomic.write_text(data / "card.md", card.render(recipe, figures))
    atomic.write_json(data / files.INDEX, _index(data, base, recipe, figures, times, created))


def _background(data: Path) -> list[str]:
    """Return prompts that no expert serves, to fit routers on: none is in the test split."""
    cases = evaluation_set.read(data / evaluation_set.FOLDER, "router")
    return [
        *background.PROMPTS,
        *(case.prompt for case in cases if not case.domains and "\n" not in case.prompt),
    ]


def _encode(data: Path, base: str) -> None:
    """Write the vectors of all that routers are fitted on, so that no first start has to make them."""
    backend = HfBackend(model_folder.inspect(data / "base"), _QUANTIZATION, lambda *_: None)
    file = data / vectors.FOLDER / vectors.file_of(data, base, backend.name, _QUANTIZATION).name
    told = [manifest.load(path / manifest.MANIFEST) for path in sorted((data / "experts").glob("*/*"))]
    texts = [text for expert in told for text in expert.exemplars]
    texts += (data / "background.txt").read_text(encoding="utf-8").splitlines()
    vectors.kept(file, backend.embed)(texts)
    backend.close()


def _steps(name: str, recipe: Recipe) -> int:
    """Return how long an adapter was trained; the control saw the data of all."""
    steps = dict(recipe.experts)
    return sum(steps.values()) if name == CONTROL else steps[name]


def _manifest(
    folder: Path, base: str, recipe: Recipe, figures: Mapping[str, float], created: str
) -> manifest.ExpertManifest:
    """Describe the adapter in `folder`."""
    domain, adapter = folder.parent.name, folder / manifest.ADAPTER
    config, weights = adapter / manifest.CONFIG_FILE, adapter / manifest.WEIGHTS_FILE
    task = TASKS.get(domain)
    return manifest.ExpertManifest(
        domain=domain,
        run_id=folder.name,
        title=task.title if task else "All trades at once",
        description=task.description if task else _CONTROL,
        content_hash=manifest.content_hash(config.read_bytes(), weights.read_bytes()),
        base_fingerprint=base,
        rank=recipe.rank,
        alpha=recipe.alpha,
        target_modules=tuple(sorted(TARGETS)),
        exemplars=_exemplars(folder.parent.parent.parent, domain),
        created=created,
        training={"recipe": f"nano {recipe.name}", "seed": recipe.seed, "steps": _steps(domain, recipe),
                  "tokens_a_step": recipe.expert_tokens,
                  "base_rounding": "nf4, blocks of 64, double quantisation"},
        evaluation={"through": "bitsandbytes NF4, float32 compute, CPU, greedy", "count": recipe.evaluated}
        | {_NAMES[name]: value for name, value in figures.items()},
    )  # fmt: skip


def _exemplars(data: Path, domain: str) -> tuple[str, ...]:
    """Return prompts that are typical of `domain`, from the router's split."""
    cases = evaluation_set.read(data / evaluation_set.FOLDER, "router")
    return tuple(case.prompt for case in cases if case.domains == (domain,))[:_EXEMPLARS]


def _index(
    data: Path, base: str, recipe: Recipe, figures: Figures, times: Mapping[str, float], created: str
) -> dict[str, Any]:
    """Describe the whole of `data`."""
    return {
        "schema": SCHEMA,
        "name": "nano",
        "version": f"{recipe.name}-1",
        "created": created,
        "base": "base",
        "base_fingerprint": base,
        "experts": sorted(
            p.parent.relative_to(data).as_posix() for p in (data / "experts").glob("*/*/adapter")
        ),
        "control": sorted(
            p.parent.relative_to(data).as_posix() for p in (data / "control").glob("*/*/adapter")
        ),
        "evaluation_set": {"version": evaluation_set.VERSION, "folder": evaluation_set.FOLDER},
        "recipe": asdict(recipe),
        "libraries": {"python": platform.python_version()} | {name: version(name) for name in _LIBRARIES},
        "evaluation": {domain: dict(found) for domain, found in figures.items()},
        "seconds": dict(times),
        "files": files.digests(data),
    }
