"""The card's share of memory: a cap on torch's allocator, and what is told when it is reached."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from vortex_tui.engine import sizes
from vortex_tui.engine.budget.machine import Machine, read
from vortex_tui.errors import BudgetError
from vortex_tui.escape import one_line


def machine() -> Machine:
    """This machine as this process may use it: the card is torch's first, with what others have of it."""
    cuda = torch.cuda.is_available()
    found = read(torch_cuda=cuda, llama_gpu=False, own=True)
    if not cuda:
        return found
    free, total = torch.cuda.mem_get_info(0)
    return Machine(total, found.host, torch_cuda=True, gpu_others=total - free, own=found.own)


def cap(limit: int) -> None:
    """Keep torch's allocator within ``limit`` bytes of the card, less what CUDA itself takes."""
    _, total = torch.cuda.mem_get_info(0)
    share = max(limit - sizes.GPU_WORKING, sizes.MIB) / total
    torch.cuda.set_per_process_memory_fraction(min(share, 1.0), 0)


@contextmanager
def within_budget(what_for: str) -> Iterator[None]:
    """Tell an allocation beyond the cap in words, and give back what is free. Raises BudgetError."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        torch.cuda.empty_cache()
        raise BudgetError(
            f"there is no memory left on the card {what_for}",
            found=one_line(str(error))[:200],
            expected="room within budget.max_vram_mb and beside other programs",
            mend="close what else uses the card, or lower experts.max_loaded or budget.ctx_tokens",
        ) from error
