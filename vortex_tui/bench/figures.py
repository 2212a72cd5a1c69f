"""From the engine's ``done`` events to figures with their spread."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vortex_tui.bench.cases import CaseSpec
from vortex_tui.bench.measure import Run
from vortex_tui.bench.parts import Spread, spread
from vortex_tui.bench.report import Adapter, BenchError, Case
from vortex_tui.engine.protocol import Done, ExpertInfo, Stats

_RATES = ("tokens_per_sec", "prefill_tokens_per_sec", "decode_tokens_per_sec", "ttft_ms")
# These may be 0, or less than the noise of the two times they are the difference of.
_MAY_BE_ZERO = ("router_ms", "mix_switch_ms")


@dataclass(frozen=True, slots=True)
class Loads:
    """Milliseconds from disk to usable: of first loads, and of experts that were let go."""

    cold: tuple[float, ...] = ()
    warm: tuple[float, ...] = ()


def to_case(spec: CaseSpec, runs: Sequence[Run]) -> Case:
    """The figures of one case's runs."""
    dones = [run.done for run in runs]
    # An answer of one token has no time between its first and its last.
    decoded = [done.decode_tokens_per_sec for done in dones if done.completion_tokens > 1]
    return Case(
        name=spec.name,
        title=spec.title,
        adapters=_adapters(dones[-1]),
        prompt_tokens=round(statistics.median(done.prompt_tokens for done in dones)),
        completion_tokens=spread([done.completion_tokens for done in dones]),
        tokens_per_sec=spread([done.tokens_per_sec for done in dones]),
        prefill_tokens_per_sec=spread([done.prefill_tokens_per_sec for done in dones]),
        decode_tokens_per_sec=spread(decoded) if decoded else None,
        ttft_ms=spread([done.ttft_ms for done in dones]),
        kv_reused_tokens=dones[-1].kv_reused_tokens,
    )


def _adapters(done: Done) -> tuple[Adapter, ...]:
    return tuple(Adapter(expert=s.expert, content_hash=s.content_hash, weight=s.weight) for s in done.mix)


def headline(names: Iterable[str]) -> str:
    """The case whose figures stand at the top: as routed where there is a router, else the base."""
    return "routed" if "routed" in set(names) else "base"


def no_vram(device: str) -> str:
    """Why no VRAM can be measured on ``device``; empty where it can."""
    return "" if device.startswith("cuda") else f"no GPU: it runs on {device}"


def not_applicable(device: str, experts: Sequence[ExpertInfo]) -> dict[str, str]:
    """The figures that cannot exist here, decided before anything is measured."""
    reasons: dict[str, str] = {}
    if reason := no_vram(device):
        reasons["vram_peak_mb"] = reason
    if all(info.resident for info in experts):
        reasons["adapter_load_ms"] = "every expert was loaded already" if experts else "no usable experts"
    if not experts:
        names = ("adapter_load_warm_ms", "mix_switch_ms", "router_ms")
        reasons |= dict.fromkeys(names, "no usable experts")
    return reasons


def figures(
    kept: Mapping[str, Sequence[Run]], top: Case, loads: Loads, stats: Stats, absent: Mapping[str, str]
) -> dict[str, Any]:
    """The report's top figures and their spread. Raises BenchError for one that should exist and does not."""
    spreads: dict[str, Spread | None] = {name: getattr(top, name) for name in _RATES}
    others = {
        "adapter_load_ms": loads.cold,
        "adapter_load_warm_ms": loads.warm,
        "mix_switch_ms": [r.switch_ms for r in kept.get("alternating", ()) if r.switch_ms is not None],
        "router_ms": [r.router_ms for r in kept.get("routed", ()) if r.router_ms is not None],
    }
    spreads |= {name: spread(values) if values else None for name, values in others.items()}
    found = {name: one.median if one else None for name, one in spreads.items()}
    found |= {"vram_peak_mb": stats.vram_peak_mb, "rss_peak_mb": stats.rss_peak_mb}
    for name, value in found.items():
        if name in absent:
            found[name] = None
        elif value is None or (value <= 0 and name not in _MAY_BE_ZERO):
            raise BenchError(
                f"the bench could not measure {name}",
                found=str(value),
                expected="a figure: this machine can have one",
                mend="try more --max-new-tokens, or report this as a defect",
            )
    return {**found, "spread": {name: one for name, one in spreads.items() if one}}
