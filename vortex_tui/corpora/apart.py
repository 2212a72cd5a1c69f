"""What is judged by kept apart from what is learned from, as the gates will look at it.

Clusters keep near-duplicates in one split. The gate ``leak`` is stricter with short prompts: a few words
more or fewer are the same question to it. One such pair across the splits would refuse every expert of the
domain, and lines are never taken back. So the new one of a pair stays out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vortex_tui.corpora.example import Example
from vortex_tui.corpora.left_out import LeftOut
from vortex_tui.corpora.merging import Kept, Old
from vortex_tui.evaluation.case import Case, Split
from vortex_tui.promotion.leak import Index
from vortex_tui.promotion.policy import Policy
from vortex_tui.promotion.training_data import Example as Trained

# What an expert is judged and stopped by; the rest it learns from, or is known to the router by.
_JUDGED: tuple[Split, ...] = ("gate", "calibration")
_WHY = "the gates would take it for a prompt of another split with a few words more or fewer"


def apart(old: Sequence[Old], kept: Sequence[Kept]) -> tuple[list[Kept], list[LeftOut]]:
    """``kept`` without those that one side of the splits would know from the other, and these."""
    new_judged = [one for one in kept if one.split in _JUDGED]
    new_learned = [one for one in kept if one.split not in _JUDGED]
    every = [one.prompt for one in old if one.split in _JUDGED] + [one.example.prompt for one in new_judged]
    judged = _index(every)
    # Of two new ones the learned one goes: there are more of them.
    lost = {id(one) for one in new_learned if judged.find(_told(one.example))}
    fresh = _index(one.example.prompt for one in new_judged)
    learned = [Trained(one.prompt, "") for one in old if one.split not in _JUDGED]
    known = set(fresh.find(learned))
    lost |= {id(one) for one in new_judged if one.example.prompt in known}
    return [one for one in kept if id(one) not in lost], [_left(one) for one in kept if id(one) in lost]


def _index(prompts: Iterable[str]) -> Index:
    cases = (Case(split="gate", kind="own", domains=(), prompt=prompt) for prompt in prompts)
    return Index(cases, Policy().near_duplicate)


def _told(example: Example) -> list[Trained]:
    """What a user says in it: of a conversation each turn is looked at."""
    turns = (turn.content for turn in example.messages if turn.role == "user")
    return [Trained(prompt, "") for prompt in (example.prompt, *turns)]


def _left(one: Kept) -> LeftOut:
    return LeftOut(one.example.source, "between splits", _WHY, one.example.part)
