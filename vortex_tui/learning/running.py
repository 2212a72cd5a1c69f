"""One round, from its marks to a verdict: begun, merged, trained, judged. It never promotes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from vortex_tui.corpora.refusal import CorpusError
from vortex_tui.errors import ExpertError, UsageError, VortexError
from vortex_tui.escape import one_line
from vortex_tui.learning import journal, stages
from vortex_tui.learning.journal import Event, Round
from vortex_tui.learning.site import LearningSite
from vortex_tui.learning.stages import Told
from vortex_tui.training.refusal import TrainingError

# The same again would be refused again: the round is over. Everything else may pass.
_FINAL = (CorpusError, ExpertError, UsageError, TrainingError)
_STAGES: tuple[Event, ...] = ("merged", "trained", "judged")


async def run(site: LearningSite, of: Round) -> VortexError | None:
    """Do what is left of a round and record it; returns what stopped or failed it.

    Raises StorageError where it cannot be recorded. Cancelled or killed, it is gone on with at the next look.
    """
    try:
        for event in _STAGES:
            if of.told(event) is None:
                site.say(f"{of.domain}: {_WORDS[event]}", 0.0)
                journal.add(site.data_dir, of, event, **await _DOES[event](site, of))
    except VortexError as error:
        over: Event = "failed" if isinstance(error, _FINAL) else "stopped"
        journal.add(site.data_dir, of, over, **_told(error, of))
        return error
    finally:
        await _engine_back(site)
    return None


async def _merge(site: LearningSite, of: Round) -> Told:
    return stages.merge(site, of)


_DOES: dict[Event, Callable[[LearningSite, Round], Awaitable[Told]]] = {
    "merged": _merge,
    "trained": stages.train,
    "judged": stages.judged,
}
_WORDS: dict[Event, str] = {"merged": "merging feedback", "trained": "training", "judged": "judging"}


def _told(error: VortexError, of: Round) -> Told:
    done = next((line.event for line in reversed(of.lines) if line.event in _STAGES), "begun")
    said = {"message": error.message, "found": error.found, "mend": error.mend}
    return {"after": done, "code": error.code, **{key: one_line(text)[:400] for key, text in said.items()}}


async def _engine_back(site: LearningSite) -> None:
    """An engine that was closed for a training answers again, whatever became of the round."""
    if site.engine is not None and site.engine.state.phase == "stopped":
        await site.engine.start()
        await site.engine.load(site.profile)
