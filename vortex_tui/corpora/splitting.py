"""Which split a new cluster belongs to: by a hash of it, with a minimum for what is judged by few.

An example that has a split keeps it for ever; only clusters that are new are placed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vortex_tui.evaluation.case import Split

SPLITS: tuple[Split, ...] = ("train", "router", "calibration", "gate")
SHARES: dict[Split, float] = {"train": 0.80, "router": 0.05, "calibration": 0.05, "gate": 0.10}
# A gate proves a margin of 5 % with about 250 pairs; thresholds and heads want some tens.
ENOUGH: dict[Split, int] = {"router": 50, "calibration": 50, "gate": 250}
# A small corpus gives its gate no more than a fifth, the others no more than a tenth each.
_AT_MOST: dict[Split, int] = {"router": 10, "calibration": 10, "gate": 5}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A new cluster: its id (hex), and how many examples it has."""

    id: str
    size: int


def place(new: Iterable[Cluster], there: Mapping[Split, int]) -> dict[str, Split]:
    """The split of each new cluster's id; ``there`` counts the examples that have one already."""
    # By hash, so that a corpus made again of the same texts is split the same way.
    ordered = sorted(new, key=lambda cluster: cluster.id)
    placed = {cluster.id: by_hash(cluster.id) for cluster in ordered}
    counts = {split: there.get(split, 0) for split in SPLITS}
    for cluster in ordered:
        counts[placed[cluster.id]] += cluster.size
    wanted = minima(sum(counts.values()))
    for split in SPLITS:
        for cluster in ordered:
            giver = placed[cluster.id]
            lacking = wanted[split] - counts[split]
            if lacking <= 0:
                break
            # A cluster far larger than what is lacking would only move the want elsewhere.
            spare = counts[giver] - cluster.size >= wanted[giver]
            if giver != split and spare and cluster.size <= max(2 * lacking, 1):
                placed[cluster.id] = split
                counts[giver] -= cluster.size
                counts[split] += cluster.size
    return placed


def by_hash(id: str) -> Split:
    """The split a cluster's id alone says."""
    at = int(id[:13], 16) / 16**13
    for split in SPLITS:
        at -= SHARES[split]
        if at < 0:
            return split
    return "train"


def minima(total: int) -> dict[Split, int]:
    """How many examples each split should have of ``total``; train at least half, and the only one."""
    held = {split: min(ENOUGH[split], total // part) for split, part in _AT_MOST.items()}
    return {"train": (total + 1) // 2, **held}
