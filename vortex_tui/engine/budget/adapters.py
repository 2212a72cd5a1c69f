"""How large the experts of a bank are, by the headers of the few that would take the most."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable

from vortex_tui.engine.safetensors_file import read_header
from vortex_tui.errors import ModelError
from vortex_tui.experts.bank import BankEntry
from vortex_tui.experts.manifest import ADAPTER, WEIGHTS_FILE


def largest(entries: Iterable[BankEntry], count: int) -> tuple[int, ...]:
    """Values of the ``count`` largest usable experts, the largest first; damaged ones are passed over."""
    usable = [entry for entry in entries if entry.manifest is not None and not entry.problem]
    most = heapq.nlargest(count, usable, key=lambda entry: entry.bytes)
    return tuple(sorted((values for entry in most if (values := _values(entry))), reverse=True))


def _values(entry: BankEntry) -> int:
    try:
        header = read_header(entry.folder / ADAPTER / WEIGHTS_FILE)
    except ModelError:  # it will be refused by name when it is wanted
        return 0
    return sum(math.prod(tensor.shape) for tensor in header.tensors.values())
