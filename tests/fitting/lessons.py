"""Lessons for fits that need no engine: exemplars of nano's tasks, outcomes as their domains say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tests.routing.bank import DOMAINS, exemplars, fresh, hashed
from vortex_tui.fitting.heads import Labelled, Lesson
from vortex_tui.routing import background, material, source

FOREIGN = ("tell me a joke", "who wrote this", "good night", "sing along", "what a day", "is it late?")


def labelled(asked: Mapping[str, Sequence[str]], names: Sequence[str], *, dense: bool = True) -> Labelled:
    """Prompts by who answers them; the base answers those of no expert."""
    every = [*names, "base"]
    prompts = [prompt for some in asked.values() for prompt in some]
    owners = [every.index(name) for name, some in asked.items() for _ in some]
    targets = np.eye(len(every), dtype=np.float32)[np.array(owners, np.int64)]
    vectors = np.array(hashed(prompts) if prompts else [], np.float32) if dense else None
    return Labelled(prompts, vectors, targets)


def lesson(bank: Mapping[str, Sequence[str]] | None = None, *, dense: bool = True, asked: int = 12) -> Lesson:
    """A lesson of this bank, with ``asked`` prompts a domain and split."""
    bank = bank or {domain: exemplars(domain, 24) for domain in DOMAINS}
    base = source.of("base", background.everyday())
    sources = [source.of(name, texts) for name, texts in bank.items()]
    made = material.gather(sources, base, hashed if dense else None, {})
    texts = [*(text for some in bank.values() for text in some), *background.everyday()]

    def drawn(seed: int) -> dict[str, Sequence[str]]:
        own = {name: fresh(name, asked, seed) for name in bank}
        return {**own, "base": FOREIGN[:3] if asked else ()}

    return Lesson(
        made,
        texts,
        labelled(drawn(1), list(bank), dense=dense),
        labelled(drawn(2), list(bank), dense=dense),
        {
            "base": labelled({"base": FOREIGN[3:5]}, list(bank), dense=dense),
            "nobody": labelled({"base": FOREIGN[5:]}, list(bank), dense=dense),
        },
        np.isin(texts, background.everyday()),
    )
