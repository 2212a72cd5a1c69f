"""Benches as they are kept, without an engine: of known figures and times that are the same everywhere."""

from __future__ import annotations

from typing import Any

from vortex_tui.bench.baseline import Entry, Key
from vortex_tui.bench.history import Pace, Past
from vortex_tui.bench.parts import Judged, Judgement, Spread, spread
from vortex_tui.bench.report import Adapter, BenchReport, Case
from vortex_tui.bench.run import Benched

KEY = {
    "profile": "nano", "mock": False, "host": "a" * 16, "model": "f" * 64, "backend": "hf",
    "quantization": "nf4", "device": "cpu", "headline": "routed", "prompt_tokens": 512,
    "max_new_tokens": 32, "suite": 1,
}  # fmt: skip
# Without a zone: shown as it is, wherever the test runs.
CREATED = "2026-01-02T08:30:00"
RATES = (90.0, 100.0, 110.0, 97.0, 102.0)
_TITLES = {"base": 1.3, "single": 1.1, "mix": 0.9, "routed": 1.0, "follow-up": 1.5}
_ONE_EXPERT = (Adapter(expert="arithmetic/1", content_hash="0" * 64, weight=0.7),)


def past(number: int = 0, rate: float = 100.0, **changes: Any) -> Past:
    """A line of history, ``number`` minutes after midnight."""
    pace = Pace(median=rate, low=rate - 5, high=rate + 5)
    return Past(created=f"2026-01-01T00:{number:02}:00", key=Key(**{**KEY, **changes}), tokens_per_sec=pace)


def case(name: str, rates: Spread, factor: float, title: str = "") -> Case:
    """One case whose rates are ``factor`` of others."""
    own = spread([round(rate * factor, 1) for rate in rates.values])
    return Case(
        name=name,
        title=title or name,
        adapters=() if name == "base" else _ONE_EXPERT,
        prompt_tokens=501,
        completion_tokens=spread([32.0] * rates.runs),
        tokens_per_sec=own,
        prefill_tokens_per_sec=spread([3942.0] * rates.runs),
        decode_tokens_per_sec=None if name == "follow-up" else spread([123.4] * rates.runs),
        ttft_ms=spread([128.0 / factor] * rates.runs),
        kv_reused_tokens=0,
    )


def judgement() -> Judgement:
    """A verdict of each kind."""
    told = (
        ("min_tokens_per_sec", "pass", "100.0 tokens/s (90.0 to 110.0), wanted 1"),
        ("max_regression", "inconclusive", "0.93 of the baseline (0.80 to 1.02), wanted 0.85"),
        ("max_vram_peak_mb", "not_applicable", "no GPU: it runs on cpu"),
        ("required_ctx", "fail", "2048 tokens of context, at least 4096 wanted"),
    )
    judged = tuple(
        Judged.model_validate({"threshold": name, "verdict": verdict, "limit": 1, "reason": reason})
        for name, verdict, reason in told
    )
    return Judgement(verdict="fail", thresholds=judged, baseline=None, false_alarm_rate=0.02)


def bench(rates: tuple[float, ...] = RATES, **changes: Any) -> Benched:
    """A bench that was run."""
    top = spread(list(rates))
    told = {"profile": "nano", "mock": False, "created": CREATED, **changes}
    report = BenchReport.model_validate(
        {
            "profile_hash": "0" * 64, "backend": "hf", "tokens_per_sec": top.median,
            "prefill_tokens_per_sec": 3942.0, "decode_tokens_per_sec": 123.4, "ttft_ms": 128.0,
            "adapter_load_ms": 71.8, "adapter_load_warm_ms": 101.0, "mix_switch_ms": 13.8, "router_ms": 1.7,
            "vram_peak_mb": None, "rss_peak_mb": 714.0, "kv_lookups": 72, "kv_hits": 61,
            "active_adapters": _ONE_EXPERT, "not_applicable": {}, "spread": {"tokens_per_sec": top},
            "cases": tuple(case(name, top, factor) for name, factor in _TITLES.items()),
            "settings": {"runs": top.runs, "warmup_runs": 1, "max_new_tokens": 32, "prompt_tokens": {},
                         "headline": "routed"},
            "model": {"name": "nano", "fingerprint": "f" * 64, "quantization": "nf4", "device": "cpu",
                      "ctx_tokens": 4096, "load_ms": 1.0},
            "host": {"fingerprint": "a" * 16, "system": "s", "machine": "m", "cpu": "c", "cores": 2,
                     "memory_mb": 1000, "gpus": ()},
            "versions": {}, "seconds": 26.2, "judgement": judgement(), **told,
        }
    )  # fmt: skip
    key = Key(**{**KEY, "profile": report.profile, "mock": report.mock})
    entry = Entry(
        key=key, created=report.created, tokens_per_sec=rates, profile_hash=report.profile_hash, versions={}
    )
    return Benched(report, entry)
