"""A data folder of nano's with candidates, reports made by hand and a ledger: what a face shows of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support import judged
from vortex_tui import profile as profiles
from vortex_tui.bench import host
from vortex_tui.experts import manifest
from vortex_tui.promotion import here, policy
from vortex_tui.promotion.ledger import Ledger
from vortex_tui.promotion.line import about
from vortex_tui.promotion.report import Gate, GateReport, Moved, Sample, Version
from vortex_tui.promotion.site import Site
from vortex_tui.promotion.terms import Terms

NANO = profiles.load("nano")
CREATED = "2026-01-01T08:00:00"


def site(data: Path) -> Site:
    """The bank of nano's profile."""
    return here.site(NANO, data)


def terms() -> Terms:
    """What holds here and now."""
    return here.terms(policy.of(NANO).hash, mock=False)


def gate(id: str, verdict: str = "pass", value: float | None = None, **told: Any) -> Gate:
    """A gate; one with a value has an interval of a tenth to both sides."""
    if value is not None:
        told = {"value": value, "low": value - 0.1, "high": value + 0.1, "threshold": 0.05, **told}
    return Gate.model_validate(
        {"id": id, "title": f"About {id}", "verdict": verdict, "reason": f"why {id}", **told}
    )


PASSED = (
    gate("identity"),
    gate("leak"),
    gate("gain", value=0.25, samples=120),
    gate("others/regex", value=-0.01, threshold=-0.2, samples=120),
    gate("memory", value=1.02, low=None, high=None, threshold=2.0, unit="×", samples=1),
    gate("speed", value=0.98, threshold=0.85, unit="×", samples=40),
)
FAILED = (
    gate("identity"),
    gate("gain", "inconclusive", 0.04, samples=40),
    gate("others/regex", "fail", -0.4, threshold=-0.05, samples=120),
    gate("speed", "not_applicable", reason="not asked: others/regex had failed"),
)
MOVED = (
    Moved(
        prompt="Match 3 digits", domain="regex", before={"regex/release": 1.0},
        after={"arithmetic/one": 0.7, "regex/release": 0.3}, better=False,
    ),
    Moved(
        prompt="What is 3 + 4?", domain="arithmetic", before={}, after={"arithmetic/one": 1.0}, better=True
    ),
)  # fmt: skip
SAMPLES = tuple(
    Sample(prompt=f"What is {n} + 5?", expected=f"{n + 5}", champion="I do not know.", candidate=f"{n + 5}")
    for n in range(5)
)
TRAINING = {
    "parent": "arithmetic/release-404d13a3",
    "seed": 7,
    "base": {"model": "nano", "quantization": "nf4"},
    "data": {"sha256": {"train.jsonl": "d" * 64}, "train": 800},
    "curve": [{"step": step, "loss": 4.0 / step} for step in range(1, 61)],
}


def candidate(where: Site, id: str, *, seed: int = 1, created: str = CREATED, **training: Any) -> Version:
    """A run in quarantine whose manifest says where it comes from."""
    made = judged.candidate(where, id, seed=seed)
    folder = where.quarantine / id
    found = manifest.load(folder / manifest.MANIFEST)
    told = {"created": created, "training": TRAINING | training}
    manifest.save(found.model_copy(update=told), folder)
    return made


def report(where: Site, candidate: Version, *, known: bool = True, **changes: Any) -> GateReport:
    """A report that passed here and now; ``known``: the ledger has it."""
    told = {
        "policy_hash": policy.of(NANO).hash, "host": host.host().fingerprint, "gates": PASSED, "moved": MOVED,
        "samples": SAMPLES, "seconds": 41.0, "created": CREATED, **changes,
    }  # fmt: skip
    made = judged.judged(where, candidate, **told)
    if known:
        Ledger(where.data_dir).append(about(made, "judged"))
    return made


def three(data: Path) -> Site:
    """One that may be promoted, one that was refused, and one that nobody judged."""
    where = site(data)
    report(where, candidate(where, "arithmetic/one"))
    report(where, candidate(where, "roman/two", seed=2), verdict="REJECT", gates=FAILED)
    candidate(where, "units/three", seed=3)
    return where
