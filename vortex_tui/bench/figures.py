"""From the engine's ``done`` events to figures with their spread."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vortex_tui.bench.cases import CaseSpec
from vortex_tui.bench.report import Adapter, BenchError, Case, Spread, spread
from vortex_tui.engine.protocol import Done, ExpertInfo, Stats

_RATES = ("tokens_per_sec", "prefill_tokens_per_sec", "decode_tokens_per_sec", "ttft_ms")


def to_case(spec: CaseSpec, dones: Sequence[Done]) -> Case:
    """The figures of one case's runs."""
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
    )


def _adapters(done: Done) -> tuple[Adapter, ...]:
    return tuple(Adapter(expert=s.expert, content_hash=s.content_hash, weight=s.weight) for s in done.mix)


def headline(cases: Iterable[Case]) -> Case:
    """The case whose figures stand at the top: as routed where there is a router, else the base."""
    by_name = {case.name: case for case in cases}
    return by_name.get("routed", by_name["base"])


def not_applicable(device: str, experts: Sequence[ExpertInfo]) -> dict[str, str]:
    """The figures that cannot exist here, decided before anything is measured."""
    reasons: dict[str, str] = {}
    if not device.startswith("cuda"):
        reasons["vram_peak_mb"] = f"no GPU: it runs on {device}"
    if all(info.resident for info in experts):
        reasons["adapter_load_ms"] = "every expert was loaded already" if experts else "no usable experts"
    return reasons


def figures(top: Case, load_ms: Sequence[float], stats: Stats, absent: Mapping[str, str]) -> dict[str, Any]:
    """The report's top figures and their spread. Raises BenchError for one that should exist and does not."""
    spreads: dict[str, Spread | None] = {name: getattr(top, name) for name in _RATES}
    spreads["adapter_load_ms"] = spread(load_ms) if load_ms else None
    found = {name: one.median if one else None for name, one in spreads.items()}
    found |= {"vram_peak_mb": stats.vram_peak_mb, "rss_peak_mb": stats.rss_peak_mb}
    for name, value in found.items():
        if name in absent:
            found[name] = None
        elif not value:
            raise BenchError(
                f"the bench could not measure {name}",
                found=str(value),
                expected="a figure: this machine can have one",
                mend="try more --max-new-tokens, or report this as a defect",
            )
    return {**found, "spread": {name: one for name, one in spreads.items() if one}}
