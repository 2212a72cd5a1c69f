"""Whether a context fits, by arithmetic: an allocation that fails inside llama.cpp may end the process."""

from __future__ import annotations

from vortex_tui.engine import sizes
from vortex_tui.errors import BudgetError
from vortex_tui.gguf.header import Header

# A mask of the cells for each place of a batch, in float32 and again in float16.
_MASK_BYTES = 512 * 6
_MEND = "lower budget.ctx_tokens, or set core.kv_type to q8_0"


def check(header: Header, cells: int, kv_type: str, memory: int, where: str) -> None:
    """Raise BudgetError when weights and K/V are more than ``memory`` bytes."""
    weights = sum(tensor.bytes for tensor in header.tensors.values())
    needed = weights + sizes.gguf_kv_bytes(header, cells, kv_type) + cells * _MASK_BYTES
    if needed > memory:
        there = max(0, memory) // sizes.MIB
        raise BudgetError(
            f"a context of {cells} tokens does not fit",
            found=f"{needed // sizes.MIB} MiB for weights and K/V, {there} MiB of {where}",
            expected="room for both",
            mend=_MEND if needed - weights > weights else f"{_MEND}; or choose a smaller model",
        )
