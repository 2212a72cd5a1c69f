"""What a round does, stage by stage; each can be done again without harm where a kill cut it off."""

from __future__ import annotations

import hashlib
from collections import Counter
from contextlib import aclosing
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from vortex_tui.corpora import ingest, store
from vortex_tui.errors import ExpertError
from vortex_tui.experts import manifest
from vortex_tui.experts.manifest import ExpertManifest
from vortex_tui.learning import feedback, lessons, material, room
from vortex_tui.learning.journal import Round
from vortex_tui.learning.material import Material
from vortex_tui.learning.site import LearningSite
from vortex_tui.promotion import judge
from vortex_tui.promotion.ledger import Ledger
from vortex_tui.promotion.line import about
from vortex_tui.promotion.report import GateReport
from vortex_tui.training import plan, runs, service
from vortex_tui.training.events import AnyEvent, Begun, Failed, Finished, Step

Told = dict[str, JsonValue]


def merge(site: LearningSite, of: Round) -> Told:
    """Put the round's examples into the domain's corpus. Raises CorpusError, StorageError."""
    said = [each for each in feedback.read(site.data_dir, of.domain) if each.id in of.marks]
    examples = [lessons.example(each) for each in said if each.lesson]
    allowed = lessons.allowed(examples, lessons.sealed(site.profile, site.data_dir))
    found = ingest.merge(allowed, of.domain, site.data_dir)
    left = Counter[str](one.reason for one in found.left_out)
    left["judged by"] = len(examples) - len(allowed)
    return {
        "kept": {split: count for split, count in found.kept.items() if count},
        "left_out": {reason: count for reason, count in left.items() if count},
    }


async def train(site: LearningSite, of: Round) -> Told:
    """Train what was gathered, the engine unloaded where it must be. Raises VortexError.

    A training that finished before its line was written is found again and not made twice.
    """
    gathered = material.gathered(site.data_dir, of, site.profile.learning.replay_share)
    told: Told = {"new": gathered.new, "old": gathered.old, "where": site.strategy}
    if (made := _finished(site, gathered)) is not None:
        return told | {"candidate": made.id, "content_hash": made.content_hash, "engine": "found finished"}
    planned = plan.make(site.profile, site.data_dir, [of.domain], data=gathered.folder, change=site.change)
    space = await room.look(site.profile, site.engine, site.change)
    if space.unload and site.engine is not None:
        site.say("unloading the engine", 0.0)
        await site.engine.close()
    done = await _followed(site, planned)
    return told | {
        "candidate": f"{done.domain}/{done.run_id}",
        "content_hash": done.content_hash,
        "engine": space.words,
        "steps": done.step,
        "base_loss": done.base_loss,
        "loss": done.loss,
        "seconds": done.seconds,
    }


async def _followed(site: LearningSite, planned: plan.Plan) -> Finished:
    last: AnyEvent | None = None
    async with aclosing(service.train(planned, site.executor())) as events:
        async for last in events:
            _tell(site, last)
    if isinstance(last, Failed):
        raise last.to_error()
    assert isinstance(last, Finished)  # a domain ends with one of the two
    return last


def _tell(site: LearningSite, event: AnyEvent) -> None:
    if isinstance(event, (Begun, Step)):
        site.say(f"training {event.domain}: step {event.step} of {event.steps}", event.step / event.steps)


def _finished(site: LearningSite, gathered: Material) -> ExpertManifest | None:
    """The expert in quarantine that was trained on just this."""
    digest = hashlib.sha256(store.read_bytes(gathered.train)).hexdigest()
    folder = runs.quarantine_of(site.data_dir) / gathered.domain
    for file in sorted(folder.glob(f"*/{manifest.MANIFEST}"), reverse=True):
        try:
            found = manifest.load(file)
        except ExpertError:
            continue  # it cannot be a candidate; vortex-tui candidates tells of it
        if _trained_on(found) == digest:
            return found
    return None


def _trained_on(found: ExpertManifest) -> Any:
    data = found.training.get("data")
    named = data.get("sha256") if isinstance(data, dict) else None
    return named.get("train.jsonl") if isinstance(named, dict) else None


async def judged(site: LearningSite, of: Round) -> Told:
    """Ask the gates of the round's candidate; the ledger keeps what they say. Raises VortexError."""
    folder = _candidate(site, of)
    if site.engine is not None and site.engine.state.phase == "stopped":
        await site.engine.start()
    found = await judge.judge(
        site.profile, site.data_dir, folder, engine=site.engine, mock=site.mock, say=site.say
    )
    Ledger(site.data_dir).append(about(found, "judged"))
    return _verdict(found)


def _verdict(found: GateReport) -> Told:
    return {
        "verdict": found.verdict,
        "report": found.hash,
        "open": [gate.id for gate in found.failed],
        "seconds": found.seconds,
    }


def _candidate(site: LearningSite, of: Round) -> Path:
    """Where it lies, still as it was trained. Raises ExpertError."""
    told = of.told("trained") or {}
    folder = runs.quarantine_of(site.data_dir) / str(told.get("candidate", ""))
    if manifest.load(folder / manifest.MANIFEST).content_hash != told.get("content_hash"):
        raise ExpertError(
            f"the candidate {of.domain} of this round is another one now", expected="what the round trained"
        )
    return folder
