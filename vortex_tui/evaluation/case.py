"""One prompt that something is judged by: who may serve it, and what is right."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict

# What the prompts are for; no prompt is in two splits, and the wordings of "test" are in no other.
Split = Literal["train", "router", "calibration", "gate", "test"]
# "sealed": wordings that nothing else uses; "plain": by hand, without the domain's usual words;
# "open", "held": wordings of the other splits; "mixed": two domains could serve; "native": the base's own
# tasks; "near", "far": no expert serves; "own": a user's, from corpora/ of the data folder.
Kind = Literal["sealed", "plain", "open", "held", "mixed", "native", "near", "far", "own"]

_LONGEST_CHECKED = 64


class Case(BaseModel):
    """One prompt, which experts may serve it, and its right answer; no answer where any would do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    split: Split
    kind: Kind
    domains: tuple[str, ...]  # none: the base, or nobody
    prompt: str
    answer: str = ""

    @cached_property
    def id(self) -> str:
        """16 hex digits of what makes the case: its kind, domains and prompt."""
        named = json.dumps([self.kind, self.domains, self.prompt])
        return hashlib.sha256(named.encode()).hexdigest()[:16]

    @property
    def group(self) -> str:
        """The domain that should serve it; where none or several should, its kind in parentheses."""
        return self.domains[0] if len(self.domains) == 1 else f"({self.kind})"


def by_loss(cases: Iterable[Case]) -> frozenset[str]:
    """The groups whose answers are not simply right or wrong, so that their loss is measured.

    A group is checked by exact match when every answer in it is a single line of at most 64 characters.
    """
    return frozenset(case.group for case in cases if case.answer and not _checkable(case.answer))


def _checkable(answer: str) -> bool:
    return len(answer) <= _LONGEST_CHECKED and len(answer.splitlines()) == 1
