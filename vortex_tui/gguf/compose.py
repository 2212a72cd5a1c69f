"""A mix as one adapter: factors concatenated, so that llama.cpp adds one product a layer instead of several.

Σ wᵢ·sᵢ·BᵢAᵢ = [w₁s₁B₁ w₂s₂B₂ …][A₁; A₂; …]: exact but for the rounding of the folded weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from vortex_tui.errors import ModelError
from vortex_tui.escape import one_line
from vortex_tui.gguf import reader
from vortex_tui.gguf.adapter import Matrix, write
from vortex_tui.gguf.header import Header

_ALPHA = "adapter.lora.alpha"
Pairs = dict[str, tuple[list[Matrix], list[Matrix]]]


def convert(parts: Sequence[tuple[Path, float]], target: Path) -> None:
    """Write the mix of converted adapters, each with its weight, to ``target``. Raises ModelError."""
    pairs: Pairs = {}
    for file, weight in parts:
        header = reader.read(file)
        _collect(pairs, file, header, weight)
    alpha = float(max(sum(a.shape[0] for a in rows) for rows, _ in pairs.values()))
    write(header.architecture, alpha, _joined(pairs, alpha), target)


def _collect(pairs: Pairs, file: Path, header: Header, weight: float) -> None:
    """Add one adapter's factors; its weight and its scaling go into B."""
    alpha = header.metadata.get(_ALPHA)
    if not isinstance(alpha, float):
        raise ModelError(
            f"{one_line(str(file))} is not a converted adapter",
            found=f"{_ALPHA} {alpha!r}",
            expected="an adapter that this program converted",
            mend="remove it: it is made anew",
        )
    for name in sorted(name.removesuffix(".lora_a") for name in header.tensors if name.endswith(".lora_a")):
        a, b = (_matrix(file, header, f"{name}.lora_{side}") for side in "ab")
        rows, columns = pairs.setdefault(name, ([], []))
        rows.append(a)
        columns.append((b.astype(np.float64) * (weight * alpha / a.shape[0])).astype(np.float32))


def _matrix(file: Path, header: Header, name: str) -> Matrix:
    """One tensor in float32, as the converter writes them."""
    tensor = header.tensors[name]
    return np.frombuffer(reader.read_tensor(file, tensor), np.dtype("<f4")).reshape(tensor.shape)


def _joined(pairs: Pairs, alpha: float) -> Iterable[tuple[str, Matrix]]:
    """The concatenated tensors; llama.cpp will multiply each pair by alpha over the pair's own rank."""
    for name, (rows, columns) in sorted(pairs.items()):
        a, b = np.concatenate(rows, axis=0), np.concatenate(columns, axis=1)
        if a.shape[0] != alpha:
            b = (b.astype(np.float64) * (a.shape[0] / alpha)).astype(np.float32)
        yield f"{name}.lora_a", np.ascontiguousarray(a)
        yield f"{name}.lora_b", np.ascontiguousarray(b)
