"""A candidate judged: from files and a loaded engine to a report that is kept under its hash.

This is what ``vortex-tui judge``, ``promote`` and the promotion screen call. It moves nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from vortex_tui.bench import host
from vortex_tui.engine.api import EngineAPI
from vortex_tui.engine.protocol import Progress, Ready
from vortex_tui.errors import CancelledError, VortexError
from vortex_tui.escape import one_line
from vortex_tui.evaluation.answers import Say
from vortex_tui.profile import Profile
from vortex_tui.promotion import integrity, leak, matter, quality, report, standing, trial, verdict
from vortex_tui.promotion.matter import Matter
from vortex_tui.promotion.policy import Policy
from vortex_tui.promotion.report import Gate, GateReport
from vortex_tui.promotion.trial import Trial

# A judgement that takes longer is stuck, or its answers are too long to be gates.
LIMIT_S = 3600.0


async def judge(
    profile: Profile,
    data_dir: Path,
    folder: Path,
    *,
    engine: EngineAPI | None = None,
    mock: bool = False,
    elsewhere: Sequence[Path] = (),
    policy: Policy | None = None,
    say: Say = lambda _stage, _share: None,
    limit_s: float = LIMIT_S,
) -> GateReport:
    """Judge the candidate in ``folder`` and keep the report in ``logs/reports`` of the data folder.

    A started ``engine`` is loaded with the candidate, and with the profile alone again afterwards; without
    one, an engine of its own is opened. ``profile`` is the one that answers: with ``mock`` already mocked.
    ``elsewhere`` are folders with training data besides ``corpora``. ``say`` hears the stage and its share.
    Cancel the task to stop; what was answered is kept, and the next judgement goes on from there.

    Raises VortexError where there is nothing to report on: no manifest, no engine, a cancelled answer.
    """
    started = time.monotonic()
    say("reading files", 0.0)
    # In a thread: a face that shares this loop stays alive while files are hashed and compared.
    read = partial(matter.read, mock=mock, elsewhere=elsewhere, policy=policy)
    subject = await asyncio.to_thread(read, profile, data_dir, folder)
    found = Trial(await asyncio.to_thread(_static, subject))
    if not found.lost:
        async with _loaded(engine, subject, say) as (opened, ready):
            found.put(standing.confirmed(subject.candidate, ready))
            found.put(_benched(subject, ready))
            if not found.lost:
                await _measured(opened, ready, subject, found, say, limit_s)
    made = _report(subject, found, time.monotonic() - started)
    report.write(made, data_dir)
    return made


def _static(subject: Matter) -> list[Gate]:
    """The gates on files."""
    found, policy = subject.candidate, subject.policy
    judged = leak.judged_by(subject.profile, subject.data_dir, subject.cases)
    return [
        standing.identity(found, subject.profile, mock=subject.mock),
        integrity.check(found),
        _benched(subject),
        leak.check(found.manifest, subject.data_dir, judged, policy.near_duplicate, subject.elsewhere),
        quality.samples(found.domain, len(subject.own), subject.wordings, policy),
    ]


def _benched(subject: Matter, ready: Ready | None = None) -> Gate:
    return standing.benched(
        subject.candidate,
        subject.profile,
        subject.data_dir,
        mock=subject.mock,
        waived=subject.policy.without_baseline,
        ready=ready,
    )


@contextlib.asynccontextmanager
async def _loaded(
    engine: EngineAPI | None, subject: Matter, say: Say
) -> AsyncIterator[tuple[EngineAPI, Ready]]:
    """An engine that knows bank and candidate; one that was lent is given back as it was."""

    def show(progress: Progress) -> None:
        say(f"loading: {progress.stage}", progress.fraction)

    folders = [subject.candidate.folder]
    if engine is not None:
        try:
            yield engine, await engine.load(subject.profile, show, candidates=folders)
        finally:
            await engine.load(subject.profile)
        return
    from vortex_tui.engine.client import Engine

    async with Engine(subject.data_dir, face="judge") as own:
        yield own, await own.load(subject.profile, show, candidates=folders)


async def _measured(
    engine: EngineAPI, ready: Ready, subject: Matter, found: Trial, say: Say, limit_s: float
) -> None:
    """Measure; what crashed or took too long leaves gates that are inconclusive, never passed."""
    reason = ""
    try:
        async with asyncio.timeout(limit_s):
            await trial.run(engine, ready, subject, found, say)
    except CancelledError:
        raise
    except TimeoutError:
        reason = f"not measured within {limit_s:.0f} s"
    except VortexError as error:
        reason = f"{error.message}: {error.found}" if error.found else error.message
    if reason:
        found.gates += verdict.unmeasured(_absent(found.gates), one_line(f"not measured: {reason}")[:300])
    if problem := integrity.changed(subject.candidate):
        found.put(integrity.failed([problem]))


def _absent(gates: Sequence[Gate]) -> list[str]:
    asked = {verdict.family(gate) for gate in gates}
    return [name for name in verdict.GATES if name not in asked]


def _report(subject: Matter, found: Trial, seconds: float) -> GateReport:
    gates = list(found.gates)
    if failed := verdict.failing(gates):
        gates += verdict.not_asked(_absent(gates), f"not asked: {failed} had failed")
    gates.sort(key=lambda gate: (verdict.GATES.index(verdict.family(gate)), gate.id))
    champion, base = subject.champion, subject.candidate.manifest.base_fingerprint
    return GateReport(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        profile=subject.profile.name,
        mock=subject.mock,
        candidate=subject.candidate.version,
        candidate_manifest=subject.candidate.card.digest,
        champion=matter.version(champion) if champion else None,
        base_fingerprint=base,
        bank=subject.bank,
        policy=subject.policy.document(),
        policy_hash=subject.policy.hash,
        verdict=verdict.verdict(gates),
        gates=tuple(gates),
        moved=found.moved,
        samples=found.samples,
        host=host.host().fingerprint,
        versions=host.versions(),
        seconds=round(seconds, 2),
    )
