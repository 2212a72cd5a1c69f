"""How strongly each module's update counts, said in the one number that a GGUF adapter has.

PEFT multiplies BA by alpha/r, or by alpha/√r for rsLoRA; llama.cpp by the
file's alpha over the pair's own rank.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vortex_tui.errors import ExpertError
from vortex_tui.escape import one_line
from vortex_tui.experts.adapter import Adapter

_MAX_ALPHA = 1e9
# A pattern is a foreign regular expression. Layer names need little of the language, and the rest of it can
# keep a matcher busy for ever.
_MAX_PATTERN = 300
_MAX_REPEATS = 4
_REPEATED_GROUP = re.compile(r"\)[*+{?]")
_REPEAT = re.compile(r"[*+{]")


@dataclass(frozen=True, slots=True)
class Scaling:
    """The file's alpha, and by what each module's B has to be multiplied beside it."""

    alpha: float
    factors: Mapping[str, float]


def refusal(adapter: Adapter, what: str, found: str, expected: str) -> ExpertError:
    """An expert whose adapter cannot be converted."""
    return ExpertError(
        f"the expert {adapter.manifest.id} cannot be converted to GGUF: {one_line(what)}",
        found=one_line(found)[:200],
        expected=expected,
        mend="set core.backend to hf, or train the expert anew as plain LoRA",
    )


def of(adapter: Adapter) -> Scaling:
    """The scaling of all modules. Raises ExpertError when alphas, ranks and patterns make no sense."""
    common = _strength(adapter, adapter.config.get("lora_alpha"), adapter.config.get("r"))
    # The common alpha is what llama.cpp's converter writes (which knows nothing of rsLoRA and of patterns).
    alpha = float(np.float32(common))
    if alpha == 0.0:
        # To llama.cpp no alpha means a factor of one.
        raise refusal(adapter, "it changes nothing", "lora_alpha 0", "another alpha")
    strengths = {module: _of_module(adapter, module) for module in adapter.modules}
    return Scaling(alpha, {name: 1.0 if own == common else own / alpha for name, own in strengths.items()})


def _of_module(adapter: Adapter, module: str) -> float:
    """What alpha/rank has to be multiplied by the module's rank to give, as PEFT computes it."""
    rank = _patterned(adapter, "rank_pattern", module, adapter.config.get("r"))
    found = adapter.modules[module].rank
    if rank != found:
        raise refusal(adapter, f"the rank of {module} differs", f"rank {found}", f"rank {rank!r}")
    return _strength(
        adapter, _patterned(adapter, "alpha_pattern", module, adapter.config.get("lora_alpha")), rank
    )


def _strength(adapter: Adapter, alpha: object, rank: object) -> float:
    """The alpha that llama.cpp divides by ``rank`` where PEFT divides by it, or by its root."""
    # Neither infinity, nor nan, nor a whole number too long for a float is within bounds.
    if not isinstance(alpha, (int, float)) or not abs(alpha) <= _MAX_ALPHA:
        raise refusal(adapter, "an alpha out of bounds", repr(alpha)[:40], f"at most {_MAX_ALPHA:.0e}")
    if not isinstance(rank, int) or rank <= 0:
        raise refusal(adapter, "a rank that is no number", repr(rank), "a whole number above zero")
    return alpha * math.sqrt(rank) if adapter.config.get("use_rslora") else float(alpha)


def _patterned(adapter: Adapter, key: str, module: str, default: object) -> object:
    """The value of the first pattern that matches the name's end from a dot on, as in PEFT."""
    patterns = adapter.config.get(key) or {}
    if not isinstance(patterns, dict):
        raise refusal(adapter, f"{key} is no table", repr(patterns), "module patterns with their values")
    for pattern, value in patterns.items():
        if re.match(rf"(.*\.)?({_checked(adapter, key, pattern)})$", module):
            return value
    return default


def _checked(adapter: Adapter, key: str, pattern: str) -> str:
    refused = refusal(
        adapter, f"{key} has a pattern beyond module names", pattern, "as in layers.0.mlp.up_proj"
    )
    if len(pattern) > _MAX_PATTERN or len(_REPEAT.findall(pattern)) > _MAX_REPEATS:
        raise refused
    try:
        re.compile(pattern)
    except re.error as error:
        raise refused from error
    if _REPEATED_GROUP.search(pattern):
        raise refused
    return pattern
