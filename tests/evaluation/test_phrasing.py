"""Clusters of prompts against the true wordings of nano's sealed prompts."""

from __future__ import annotations

import importlib
import re
from collections.abc import Hashable, Sequence
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vortex_tui import profile
from vortex_tui.evaluation import phrasing, splits
from vortex_tui.evaluation.case import Case
from vortex_tui.nano.tasks import DOMAINS, TASKS
from vortex_tui.nano.tasks.phrasing import Wordings
from vortex_tui.routing import wordings

# What a wording with many slots leaves to be recognised by: its clusters are parts of the true ones.
SPLIT_UP = {"json": 0.65, "sql": 0.5, "case": 0.65}


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return splits.read(profile.load("nano"), Path("/nowhere"), "test")


def wording(domain: str, prompt: str) -> str:
    """The sealed template a prompt was made from; the one with the most words where several fit."""
    known = importlib.import_module(TASKS[domain].make.__module__).WORDINGS
    kinds = [known] if isinstance(known, Wordings) else known.values()
    texts = sorted(
        {text for kind in kinds for text in kind.sealed}, key=lambda t: -len(re.sub(r"{\w+}", "", t))
    )
    found = (t for t in texts if re.fullmatch(re.sub(r"\\\{\w+\\\}", "(?s:.+?)", re.escape(t)), prompt))
    return next(found)


def together(labels: Sequence[Hashable]) -> set[tuple[int, int]]:
    return {(i, j) for i, j in combinations(range(len(labels)), 2) if labels[i] == labels[j]}


@pytest.mark.parametrize("domain", DOMAINS)
def test_clusters_are_wordings_or_parts_of_them(domain: str, cases: list[Case]) -> None:
    mine = [case for case in cases if case.kind == "sealed" and case.domains == (domain,)]
    true, found = together([wording(domain, c.prompt) for c in mine]), together(phrasing.clusters(mine))
    assert len(true & found) / len(found) > (0.7 if domain == "shell" else 0.9)
    assert len(true & found) / len(true) > SPLIT_UP.get(domain, 0.75)


def test_arguments_are_not_words() -> None:
    one = wordings.words("How much is 37 + 58, in `cell_a`?")
    assert one == wordings.words('How much is 4,120 + 7, in "cell b"?') == {"how", "much", "is", "#", "in"}


def test_code_is_not_a_wording() -> None:
    assert wordings.words("Explain this:\ndef visit(self):\n    return node\n") == {"explain", "this"}


def test_two_kinds_and_two_domains_are_never_one_cluster() -> None:
    def case(kind: str, domain: str) -> Case:
        return Case(split="test", kind=kind, domains=(domain,), prompt="Add 1 and 2", answer="3")

    labels = phrasing.clusters([case("sealed", "a"), case("plain", "a"), case("sealed", "b")])
    assert len(set(labels)) == 3


@given(st.lists(st.text("ab c1", min_size=1), unique=True, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_cases_changes_nothing(prompts: list[str], rng: object) -> None:
    cases = [Case(split="gate", kind="own", domains=("d",), prompt=p, answer="x") for p in prompts]
    shuffled = list(cases)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    one = dict(zip((c.id for c in cases), phrasing.clusters(cases), strict=True))
    assert one == dict(zip((c.id for c in shuffled), phrasing.clusters(shuffled), strict=True))
