"""Experts merged into one adapter of their own rank, as PEFT's ``add_weighted_adapter`` defines it.

None of the three is Σ w·s·B·A: ``linear`` and ``ties`` add A with A and B with B, so the product gains the
cross terms B₁A₂ and B₂A₁; ``svd`` keeps the r largest singular values of the exact sum, which has up to k·r.
Ties: Yadav et al., "TIES-Merging" (arXiv 2306.01708), with density 0.5 and the sign by total mass.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load, save

from vortex_tui import atomic
from vortex_tui.errors import ExpertError
from vortex_tui.experts import adapter, bank, manifest
from vortex_tui.experts.bank import BankEntry
from vortex_tui.experts.manifest import ExpertManifest

Method = Literal["linear", "svd", "ties"]
METHODS: tuple[Method, ...] = ("linear", "svd", "ties")
DENSITY = 0.5
Matrix = npt.NDArray[np.float32]
Factors = tuple[Matrix, Matrix]


@dataclass(frozen=True, slots=True)
class Source:
    """One expert's tensors, (rank, inputs) and (outputs, rank) by name, and what multiplies B·A."""

    manifest: ExpertManifest
    config: Mapping[str, object]
    tensors: Mapping[str, Matrix]
    scaling: float


def source(entry: BankEntry) -> Source:
    """Read an expert. Raises ExpertError for one that is damaged or not plain LoRA."""
    read = adapter.read(bank.usable(entry).reread(), entry.folder)
    rank = read.manifest.rank
    root = math.sqrt(rank) if read.config.get("use_rslora") else rank
    tensors = {name: value.astype(np.float32) for name, value in load(read.weights).items()}
    return Source(read.manifest, read.config, tensors, read.manifest.alpha / root)


def merge(method: Method, parts: Sequence[tuple[Factors, float]]) -> Factors:
    """One module's A (r, inputs) and B (outputs, r) from k pairs, each with weight times scaling."""
    if method == "svd":
        return _truncated([pair for pair, _ in parts], [weight for _, weight in parts])
    roots = np.array([math.sqrt(abs(weight)) for _, weight in parts], np.float32)
    signs = np.array([1.0 if weight >= 0 else -1.0 for _, weight in parts], np.float32)
    combine = _summed if method == "linear" else _elected
    # The sign on one side only: on both it would cancel.
    return (
        combine(np.stack([a for (a, _), _ in parts]), roots * signs),
        combine(np.stack([b for (_, b), _ in parts]), roots),
    )


def _summed(stacked: Matrix, weights: Matrix) -> Matrix:
    """Σ w·M over the first axis."""
    total: Matrix = np.tensordot(weights, stacked, axes=1).astype(np.float32)
    return total


def _elected(stacked: Matrix, weights: Matrix) -> Matrix:
    """Trim each to its largest half, elect a sign an entry, average those that have it."""
    trimmed = np.stack([_trimmed(matrix) for matrix in stacked])
    elected = np.where(trimmed.sum(axis=0) >= 0, 1.0, -1.0)
    agreeing = np.sign(trimmed) == elected
    total = (trimmed * weights[:, None, None] * agreeing).sum(axis=0)
    mean: Matrix = (total / np.maximum(agreeing.sum(axis=0), 1)).astype(np.float32)
    return mean


def _trimmed(matrix: Matrix) -> Matrix:
    kept = int(DENSITY * matrix.size)
    largest = np.argpartition(np.abs(matrix).ravel(), matrix.size - kept)[matrix.size - kept :]
    trimmed = np.zeros(matrix.size, np.float32)
    trimmed[largest] = matrix.ravel()[largest]
    return trimmed.reshape(matrix.shape)


def _truncated(pairs: Sequence[Factors], weights: Sequence[float]) -> Factors:
    """The best rank-r form of Σ w·B·A, through QR so that nothing larger than k·r is decomposed."""
    rank = max(a.shape[0] for a, _ in pairs)
    tall_b, upper_b = np.linalg.qr(
        np.concatenate([b * w for (_, b), w in zip(pairs, weights, strict=True)], 1)
    )
    tall_a, upper_a = np.linalg.qr(np.concatenate([a for a, _ in pairs]).T)
    left, values, right = np.linalg.svd(upper_b @ upper_a.T)
    b = tall_b @ (left[:, :rank] * values[:rank])
    a = right[:rank] @ tall_a.T
    return np.ascontiguousarray(a, np.float32), np.ascontiguousarray(b, np.float32)


def write(
    sources: Sequence[Source], weights: Sequence[float], method: Method, folder: Path
) -> ExpertManifest:
    """Write the merged expert to ``folder`` (``…/domain/run``), a real one with its manifest.

    Raises ExpertError for experts of different shapes, StorageError.
    """
    names = set(sources[0].tensors)
    if any(
        set(other.tensors) != names or other.manifest.rank != sources[0].manifest.rank for other in sources
    ):
        raise ExpertError(
            "these experts cannot be merged into one of their rank",
            found=", ".join(each.manifest.id for each in sources),
            expected="the same rank and the same modules",
            mend="vortex-tui eval --no-ablation",
        )
    tensors: dict[str, Matrix] = {}
    for name in sorted(names):
        if name.endswith(".lora_A.weight"):
            other = name.replace(".lora_A.", ".lora_B.")
            parts = [
                ((each.tensors[name], each.tensors[other]), weight * each.scaling)
                for each, weight in zip(sources, weights, strict=True)
            ]
            tensors[name], tensors[other] = merge(method, parts)
    return _saved(sources[0], tensors, folder)


def _saved(like: Source, tensors: Mapping[str, Matrix], folder: Path) -> ExpertManifest:
    rank = like.manifest.rank
    # alpha = r: the merged factors hold every scaling already.
    changed = {**like.config, "lora_alpha": rank, "r": rank, "use_rslora": False}
    config, raw = json.dumps(changed).encode(), save(dict(tensors))
    atomic.write_bytes(folder / manifest.ADAPTER / manifest.CONFIG_FILE, config)
    atomic.write_bytes(folder / manifest.ADAPTER / manifest.WEIGHTS_FILE, raw)
    made = ExpertManifest(
        domain=folder.parent.name,
        run_id=folder.name,
        content_hash=manifest.content_hash(config, raw),
        base_fingerprint=like.manifest.base_fingerprint,
        rank=rank,
        alpha=rank,
        target_modules=like.manifest.target_modules,
    )
    manifest.save(made, folder)
    return made
