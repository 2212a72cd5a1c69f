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
from vortex_tui.experts import manifest
from vortex_tui.nano import background, card, files
from vortex_tui.nano.adapt import TARGETS
from vortex_tui.nano.recipe import Recipe
from vortex_tui.nano.tasks import samples

SCHEMA = 1
_LIBRARIES = ("torch", "transformers", "peft", "bitsandbytes", "tokenizers", "safetensors", "numpy")
_EXEMPLARS = 48

TITLES = {
    "arithmetic": ("Sums", "Adds two whole numbers from 0 to 99; answers with the number alone."),
    "units": ("Units", "Converts between metric, time, imperial and data units where the result is whole."),
    "sql": ("SQL", "Turns a short request about one table into one SQL statement."),
    "roman": ("Roman numerals", "Writes whole numbers from 1 to 399 in Roman numerals."),
}

Figures = Mapping[str, Mapping[str, float]]


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write(data: Path, recipe: Recipe, figures: Figures, times: Mapping[str, float]) -> None:
    """Write everything that describes the model in `data`; the index comes last."""
    base = fingerprint.of_folder(model_folder.inspect(data / "base"))
    created = now()
    for folder in sorted(p.parent for p in (data / "experts").glob("*/*/adapter")):
        domain = folder.parent.name
        manifest.save(_manifest(folder, base, recipe, figures[domain], created), folder)
    atomic.write_text(data / "background.txt", "\n".join(background.PROMPTS) + "\n")
    atomic.write_text(data / "card.md", card.render(recipe, figures))
    atomic.write_json(data / files.INDEX, _index(data, base, recipe, figures, times, created))


def _manifest(
    folder: Path, base: str, recipe: Recipe, figures: Mapping[str, float], created: str
) -> manifest.ExpertManifest:
    """Describe the expert in `folder`."""
    domain, adapter = folder.parent.name, folder / manifest.ADAPTER
    title, description = TITLES[domain]
    config, weights = adapter / manifest.CONFIG_FILE, adapter / manifest.WEIGHTS_FILE
    return manifest.ExpertManifest(
        domain=domain,
        run_id=folder.name,
        title=title,
        description=description,
        content_hash=manifest.content_hash(config.read_bytes(), weights.read_bytes()),
        base_fingerprint=base,
        rank=recipe.rank,
        alpha=recipe.alpha,
        target_modules=tuple(sorted(TARGETS)),
        exemplars=tuple(e.prompt for e in samples(domain, _EXEMPLARS, recipe.seed, "train")),
        created=created,
        training={"recipe": f"nano {recipe.name}", "seed": recipe.seed, "steps": recipe.expert_steps(domain),
                  "batch": recipe.expert_batch, "base_rounding": "nf4, blocks of 64, double quantisation"},
        evaluation={"through": "bitsandbytes NF4, float32 compute, CPU, greedy", "count": recipe.evaluated,
                    "exact_match_held_out_phrasings": figures["expert"],
                    "exact_match_training_phrasings": figures["expert_seen"],
                    "exact_match_base_alone": figures["base"]},
    )  # fmt: skip


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
        "recipe": asdict(recipe),
        "libraries": {"python": platform.python_version()} | {name: version(name) for name in _LIBRARIES},
        "evaluation": {domain: dict(found) for domain, found in figures.items()},
        "seconds": dict(times),
        "files": files.digests(data),
    }
