"""Candidates that are small real adapters, and gate reports made by hand: what promotion stands on."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy

from vortex_tui.experts import manifest
from vortex_tui.experts.manifest import ExpertManifest
from vortex_tui.promotion import promote, report
from vortex_tui.promotion.ledger import Ledger
from vortex_tui.promotion.line import about
from vortex_tui.promotion.report import Gate, GateReport, Version
from vortex_tui.promotion.site import Site
from vortex_tui.promotion.terms import Terms

BASE = "b" * 64
POLICY = "a" * 64
TERMS = Terms(policy_hash=POLICY, host="here", mock=False)


def site(data: Path) -> Site:
    """A data folder's bank without nano's experts."""
    return Site(data, BASE, with_nano=False)


def expert(root: Path, id: str, *, seed: int = 1, base: str = BASE) -> Version:
    """An adapter of one layer in ``root/id``; another seed is another adapter."""
    domain, _, run = id.partition("/")
    numbers = np.random.default_rng(seed)
    name = "base_model.model.model.layers.0.self_attn.q_proj"
    weights = safetensors.numpy.save(
        {
            f"{name}.lora_A.weight": numbers.normal(size=(2, 8)).astype(np.float32),
            f"{name}.lora_B.weight": numbers.normal(size=(8, 2)).astype(np.float32),
        }
    )
    config = json.dumps({"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["q_proj"]}).encode()
    folder = root / domain / run / manifest.ADAPTER
    folder.mkdir(parents=True)
    (folder / manifest.CONFIG_FILE).write_bytes(config)
    (folder / manifest.WEIGHTS_FILE).write_bytes(weights)
    hashed = manifest.content_hash(config, weights)
    described = ExpertManifest(
        domain=domain,
        run_id=run,
        content_hash=hashed,
        base_fingerprint=base,
        rank=2,
        alpha=4,
        target_modules=("q_proj",),
        exemplars=("2 + 2",),
    )
    manifest.save(described, folder.parent)
    return Version(id=id, content_hash=hashed)


def candidate(where: Site, id: str, *, seed: int = 1) -> Version:
    """A run in quarantine."""
    return expert(where.quarantine, id, seed=seed, base=where.base)


def digest(where: Site, candidate: Version) -> str:
    """SHA-256 of the manifest of a run in quarantine as it is now; nothing where there is none."""
    file = where.quarantine / candidate.id / manifest.MANIFEST
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


def judged(where: Site, candidate: Version, **changes: Any) -> GateReport:
    """A report that passed, against the champion as it is now; written where reports are."""
    made = GateReport.model_validate(
        {
            "created": "2026-01-01T00:00:00+00:00",
            "profile": "nano",
            "mock": False,
            "candidate": candidate,
            "candidate_manifest": digest(where, candidate),
            "champion": where.champion(candidate.domain),
            "base_fingerprint": where.base,
            "bank": where.serving(),
            "policy": {},
            "policy_hash": POLICY,
            "verdict": "PROMOTE",
            "gates": (Gate(id="gain", title="Gain", verdict="pass", reason="0.2 above 0"),),
            "host": "here",
            **changes,
        }
    )
    report.write(made, where.data_dir)
    return made


def known(where: Site, found: GateReport) -> GateReport:
    """The same report, the ledger's line of it written."""
    Ledger(where.data_dir).append(about(found, "judged"))
    return found


def approved(where: Site, id: str, *, seed: int = 1) -> Version:
    """A candidate that was judged and approved."""
    made = candidate(where, id, seed=seed)
    promote.approve(where, known(where, judged(where, made)))
    return made


def promoted(where: Site, id: str, *, seed: int = 1) -> Version:
    """A candidate that is champion now."""
    made = approved(where, id, seed=seed)
    promote.promote(where, id, TERMS)
    return made
