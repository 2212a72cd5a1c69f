"""The sizes of a base that decide how its adapters look in GGUF, read from either file format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vortex_tui.errors import ModelError
from vortex_tui.escape import one_line
from vortex_tui.gguf import architecture
from vortex_tui.gguf.architecture import Architecture
from vortex_tui.gguf.header import Header


@dataclass(frozen=True, slots=True)
class Geometry:
    """Blocks, widths (values) and heads of a base."""

    architecture: Architecture
    blocks: int
    hidden: int
    feed_forward: int
    heads: int
    kv_heads: int
    head_size: int

    def linear(self, module: str) -> tuple[int, int]:
        """(inputs, outputs) of a block's linear layer, named as in ``self_attn.q_proj``."""
        query, key = self.heads * self.head_size, self.kv_heads * self.head_size
        return {
            "self_attn.q_proj": (self.hidden, query),
            "self_attn.k_proj": (self.hidden, key),
            "self_attn.v_proj": (self.hidden, key),
            "self_attn.o_proj": (query, self.hidden),
            "self_attn.qkv_proj": (self.hidden, query + 2 * key),
            "mlp.gate_proj": (self.hidden, self.feed_forward),
            "mlp.up_proj": (self.hidden, self.feed_forward),
            "mlp.gate_up_proj": (self.hidden, 2 * self.feed_forward),
            "mlp.down_proj": (self.feed_forward, self.hidden),
        }[module]

    def row_heads(self, module: str) -> int:
        """How many heads the rows of a permuted layer belong to."""
        return self.heads if module == "self_attn.q_proj" else self.kv_heads


def _positive(where: str, sizes: Mapping[str, Any]) -> dict[str, int]:
    """The sizes, all of them whole numbers above zero. Raises ModelError."""
    for name, value in sizes.items():
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            raise ModelError(
                f"{where} does not say the model's {name}",
                found=one_line(repr(value))[:60],
                expected="a whole number above zero",
                mend="copy the model again",
            )
    return dict(sizes)


def of_config(config: Mapping[str, Any]) -> Geometry:
    """The sizes in a transformers ``config.json``. Raises ModelError."""
    text = config.get("text_config")
    flat = {**config, **text} if isinstance(text, dict) else config
    heads, hidden = flat.get("num_attention_heads"), flat.get("hidden_size")
    share = hidden // heads if isinstance(hidden, int) and isinstance(heads, int) and heads > 0 else None
    sizes = {
        "blocks": flat.get("num_hidden_layers"),
        "hidden": hidden,
        "feed_forward": flat.get("intermediate_size"),
        "heads": heads,
        "kv_heads": flat.get("num_key_value_heads") or heads,
        "head_size": flat.get("head_dim") or share,
    }
    return Geometry(architecture.of_config(config), **_positive("config.json", sizes))


def of_gguf(header: Header) -> Geometry:
    """The sizes in a GGUF's metadata. Raises ModelError."""
    known = architecture.of_name(header.architecture)
    heads, hidden = header.size("attention.head_count"), header.size("embedding_length")
    sizes = {
        "blocks": header.size("block_count"),
        "hidden": hidden,
        "feed_forward": header.size("feed_forward_length"),
        "heads": heads,
        "kv_heads": header.size("attention.head_count_kv") or heads,
        "head_size": header.size("attention.key_length") or (hidden // heads if hidden and heads else None),
    }
    return Geometry(known, **_positive("the GGUF", sizes))
