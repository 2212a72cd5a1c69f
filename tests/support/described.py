"""Experts that are a manifest and nothing else: enough for all that reads a bank without a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vortex_tui.experts import manifest
from vortex_tui.experts.manifest import ExpertManifest

BASE = "b" * 64


def expert(
    root: Path, domain: str, *, run: str = "run-1", title: str = "", exemplars: Sequence[str] = ("2 + 2",)
) -> Path:
    """A manifest without an adapter; returns the expert's folder."""
    folder = root / domain / run
    described = ExpertManifest(
        domain=domain,
        run_id=run,
        title=title,
        content_hash="c" * 64,
        base_fingerprint=BASE,
        rank=4,
        alpha=8,
        target_modules=("q_proj", "v_proj"),
        exemplars=tuple(exemplars),
    )
    manifest.save(described, folder)
    return folder
