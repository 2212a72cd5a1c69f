"""Memory that computing itself takes, and gives back: the largest of it at once, from the model's widths."""

from __future__ import annotations

import math

from vortex_tui.engine import sizes
from vortex_tui.engine.budget.demand import Demand
from vortex_tui.engine.budget.subject import Gguf, Shape, shape
from vortex_tui.engine.model_folder import ModelFolder

# Tokens evaluated at once, by either backend; the second, reading context of llama.cpp has so many cells.
PIECE = 512
READER_CELLS = 2048
SEQUENCES = 64
# Of a batch whose answers are scored: logits of so many bytes at once (hf).
SCORED_BYTES = 256 * 1024 * 1024
_FLOAT = 4
# A float and a half for each cell and place: the attention mask.
_MASK = 6


def of_folder(demand: Demand, folder: ModelFolder, value: int) -> int:
    """transformers: a layer's states, attention, a matrix unpacked from 4 bits, and logits."""
    widths, piece = shape(folder), min(PIECE, demand.ctx_tokens)
    states = piece * (4 * widths.hidden + 3 * widths.feed_forward) * value
    unpacked = widths.largest * value if demand.quantization == "nf4" else 0
    kv = sizes.kv_of_config(folder.config).layer_bytes(demand.ctx_tokens, value)
    # Growing K/V is copied layer by layer: the old and the new are there at once.
    return states + _attention(demand, widths, piece) + unpacked + kv + _logits(widths, demand)


def _attention(demand: Demand, widths: Shape, piece: int) -> int:
    """On a CPU all heads' scores of a piece; on a card they are never written out, but the mask is."""
    if demand.home == "host":
        return widths.heads * piece * demand.ctx_tokens * _FLOAT
    return piece * demand.ctx_tokens * _MASK


def _logits(widths: Shape, demand: Demand) -> int:
    rows = min(PIECE, demand.ctx_tokens)
    return min(SCORED_BYTES, rows * widths.vocabulary * _FLOAT)


def of_gguf(demand: Demand, gguf: Gguf) -> int:
    """llama.cpp: allocated with the context, for the largest batch it may be given."""
    return _graph(shape(gguf), demand.ctx_tokens, SEQUENCES)


def of_reader(demand: Demand, gguf: Gguf) -> int:
    """The second context, made when a text is first encoded or scored: its K/V in f16, and its buffers."""
    cells = min(READER_CELLS, max(demand.ctx_tokens, PIECE))
    return sizes.gguf_kv_bytes(gguf.header, READER_CELLS, "f16") + _graph(shape(gguf), cells, 1)


def _graph(widths: Shape, cells: int, sequences: int) -> int:
    """Its parts reuse each other's place, so the widest counts: the logits, or a layer's states."""
    places = min(PIECE, cells)
    widest = max(widths.vocabulary, 2 * widths.feed_forward + 4 * widths.hidden)
    outputs = sequences * widths.vocabulary * _FLOAT
    return math.ceil(places * widest * _FLOAT + places * cells * _MASK + outputs)
