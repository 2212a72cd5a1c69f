"""Looks for new examples and trains on them: once, or again and again. Nothing is ever promoted here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from vortex_tui.errors import VortexError
from vortex_tui.learning import feedback, journal, running
from vortex_tui.learning.feedback import Feedback
from vortex_tui.learning.journal import Round
from vortex_tui.learning.refusal import check_consent
from vortex_tui.learning.site import LearningSite


@dataclass(frozen=True, slots=True)
class Waiting:
    """A domain with fewer new examples than are wanted."""

    domain: str
    new: int
    wanted: int


@dataclass(frozen=True, slots=True)
class Done:
    """A round that was gone through; ``error`` stopped or failed it."""

    round: Round
    error: VortexError | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What one look did, and what it left alone."""

    done: tuple[Done, ...]
    waiting: tuple[Waiting, ...]


async def look(site: LearningSite, *, again: bool = True) -> Look:
    """Go on with rounds that were stopped, then begin one for each domain with enough new examples.

    ``again``: also with just the examples that a round failed on before. Raises LearningError without
    consent or beside another self-training, StorageError where nothing can be recorded.
    """
    check_consent(site.profile)
    with journal.alone(site.data_dir):
        done = [Done(one, await running.run(site, one)) for one in _unfinished(site)]
        waiting = []
        for domain in feedback.domains(site.data_dir):
            new = fresh(site, domain)
            marks = sorted(said.id for said in new)
            wanted = site.profile.learning.min_examples
            if len(new) < wanted or (not again and _failed_on(site, domain, marks)):
                waiting.append(Waiting(domain, len(new), wanted))
                continue
            begun = journal.begin(site.data_dir, domain, marks=list(marks), where=site.strategy)
            done.append(Done(begun, await running.run(site, begun)))
        return Look(tuple(done), tuple(waiting))


async def loop(site: LearningSite) -> AsyncGenerator[Look, None]:
    """Look every ``learning.interval_minutes``, the first time at once; cancel it to end it."""
    while True:
        yield await look(site, again=False)
        await asyncio.sleep(60 * site.profile.learning.interval_minutes)


def fresh(site: LearningSite, domain: str) -> list[Feedback]:
    """The marks of a domain that make examples and that no round has learned from."""
    taken = {
        mark
        for one in journal.rounds(site.data_dir)
        if one.domain == domain and one.last.event != "failed"
        for mark in one.marks
    }
    return [
        said for said in feedback.read(site.data_dir, domain) if said.lesson.strip() and said.id not in taken
    ]


def _unfinished(site: LearningSite) -> list[Round]:
    return [one for one in journal.rounds(site.data_dir) if not one.is_over]


def _failed_on(site: LearningSite, domain: str, marks: list[str]) -> bool:
    """Whether the domain's last round failed on just these: the same again would fail again."""
    own = [one for one in journal.rounds(site.data_dir) if one.domain == domain]
    return bool(own) and own[-1].last.event == "failed" and sorted(own[-1].marks) == marks
