"""What a training takes in memory and on the disk, from file headers alone, and what would make it fit."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vortex_tui.engine import sizes
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.engine.sizes import MIB
from vortex_tui.errors import BudgetError, StorageError
from vortex_tui.escape import one_line
from vortex_tui.training.recipe import Recipe

# Weight, gradient and AdamW's two moments, in 32 bits.
_A_PARAMETER = 16
# Checkpoints hold weight and moments; the newest, the best and the one being written are there at once.
_CHECKPOINT, _CHECKPOINTS = 12, 3
# What autograd keeps of a layer a token, as multiples of its hidden and its inner width: inputs of the
# matrices with their low-rank products, norms in 32 bits, queries, keys, values, the gate's three.
_HIDDEN, _INNER = 14, 6
# Logits as they come, in 32 bits, and their gradient.
_LOGITS = 10
_SHORTEST, _LOWEST_RANK = 256, 8
# A base in 32 bits; a larger one would take too much of the host's memory for the time it saves.
_UNPACKED = 512 * MIB


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes: the base, what is trained with gradient and optimiser, activations, the rest."""

    weights: int
    trained: int
    activations: int
    working: int

    @property
    def total(self) -> int:
        """All together."""
        return self.weights + self.trained + self.activations + self.working

    def __str__(self) -> str:
        parts = {"base": self.weights, "adapter, gradients and optimiser": self.trained,
                 "activations": self.activations, "beside them": self.working}  # fmt: skip
        return ", ".join(f"{name} {-(-size // MIB)}" for name, size in parts.items())


@dataclass(frozen=True, slots=True)
class Shape:
    """What the sizes follow from: of the base's matrices the inputs and outputs, by module."""

    matrices: dict[str, tuple[int, int]]
    layers: int
    hidden: int
    inner: int
    vocabulary: int
    parameters: int


def shape_of(folder: ModelFolder) -> Shape:
    """Read the shape of a base from its headers."""
    matrices: dict[str, tuple[int, int]] = {}
    vocabulary = parameters = 0
    for header in folder.headers.values():
        for name, entry in header.tensors.items():
            parameters += math.prod(entry.shape)
            if len(entry.shape) != 2:
                continue
            if ".layers." in f".{name}":
                matrices[name.removesuffix(".weight")] = (entry.shape[1], entry.shape[0])
            else:
                vocabulary = max(vocabulary, entry.shape[0])
    layers = sizes.kv_of_config(folder.config).layers
    hidden = max((min(pair) for pair in matrices.values()), default=1)
    inner = max((max(pair) for pair in matrices.values()), default=1)
    return Shape(matrices, layers, hidden, inner, vocabulary, parameters)


def trained_parameters(shape: Shape, rank: int) -> int:
    """Values of an adapter on every matrix of the layers."""
    return sum(rank * (inputs + outputs) for inputs, outputs in shape.matrices.values())


def is_unpacked(shape: Shape, *, on_gpu: bool) -> bool:
    """Whether a base's 4-bit weights are written out once, not anew in every step: a small one's on a CPU."""
    return not on_gpu and 4 * shape.parameters <= _UNPACKED


def need(folder: ModelFolder, shape: Shape, recipe: Recipe, *, on_gpu: bool, unpacked: bool) -> Need:
    """The memory of a training; ``unpacked``: the base's 4-bit weights are kept in 32 bits."""
    value = sizes.GPU_VALUE if on_gpu else sizes.CPU_VALUE
    tokens = recipe.rows * recipe.length
    of_layer = tokens * value * (_HIDDEN * shape.hidden + _INNER * shape.inner)
    kept = tokens * value * shape.hidden
    layers = shape.layers * kept + of_layer if recipe.gradient_checkpointing else shape.layers * of_layer
    mask = recipe.rows * recipe.length * recipe.length * value
    return Need(
        weights=sizes.weight_bytes(folder, "none" if unpacked else "nf4", value),
        trained=_A_PARAMETER * trained_parameters(shape, recipe.rank),
        activations=layers + mask + tokens * shape.vocabulary * _LOGITS,
        working=sizes.GPU_WORKING if on_gpu else sizes.HOST_WORKING,
    )


def check(
    folder: ModelFolder, shape: Shape, recipe: Recipe, available: int, *, on_gpu: bool, unpacked: bool
) -> Need:
    """What a training takes, when ``available`` bytes hold it. Raises BudgetError with what would fit."""
    found = need(folder, shape, recipe, on_gpu=on_gpu, unpacked=unpacked)
    if found.total <= available:
        return found
    options = _smaller(recipe)
    fits = (
        words
        for words, smaller in options
        if need(folder, shape, smaller, on_gpu=on_gpu, unpacked=unpacked).total <= available
    )
    where = "budget.max_vram_mb and the card leave" if on_gpu else "of the host's memory there are"
    raise BudgetError(
        "the training does not fit in memory",
        found=f"{where} {available // MIB} MiB",
        expected=f"{-(-found.total // MIB)} MiB: {found}",
        mend=next(fits, "take a smaller base; no smaller batch of this one fits"),
    )


def _smaller(recipe: Recipe) -> Iterator[tuple[str, Recipe]]:
    """Ways to take less, the least painful first, each with the words to ask for it."""
    saving = recipe.model_copy(update={"gradient_checkpointing": True})
    words = "" if recipe.gradient_checkpointing else "--gradient-checkpointing"
    if words:
        yield words, saving
    if saving.rows > 1:
        saving = saving.model_copy(update={"rows": 1})
        words = f"{words} --rows 1".strip()
        yield words, saving
    while saving.length > _SHORTEST:
        saving = saving.model_copy(update={"length": max(_SHORTEST, saving.length // 2)})
        yield f"{words} --length {saving.length}".strip(), saving
    if saving.rank > _LOWEST_RANK:
        smallest = saving.model_copy(update={"rank": _LOWEST_RANK})
        yield f"{words} --length {saving.length} --rank {_LOWEST_RANK}".strip(), smallest


def check_disk(quarantine: Path, shape: Shape, rank: int) -> None:
    """Refuse a training whose checkpoints would fill the disk. Raises StorageError."""
    wanted = trained_parameters(shape, rank) * (_CHECKPOINT * _CHECKPOINTS + 2) + 16 * MIB
    there = next(parent for parent in (quarantine, *quarantine.parents) if parent.exists())
    free = shutil.disk_usage(there).free
    if free < wanted:
        raise StorageError(
            f"the disk of {one_line(str(quarantine))} has no room for a training",
            found=f"{free // MIB} MiB free",
            expected=f"{-(-wanted // MIB)} MiB for checkpoints and the expert",
            mend="free some space, or choose another place with --output",
        )
