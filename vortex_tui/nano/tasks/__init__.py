"""What nano's experts are asked: one task a domain, in five splits that share no prompt. Needs no torch."""

from __future__ import annotations

import hashlib
import random

from vortex_tui.nano.tasks import (
    arithmetic,
    case,
    code,
    dates,
    docs,
    hours,
    iso,
    records,
    regex,
    roman,
    shell,
    sql,
    units,
    words,
)
from vortex_tui.nano.tasks.phrasing import Split, normal
from vortex_tui.nano.tasks.task import Example, Task

__all__ = ["BY_LOSS", "CHECKABLE", "DOMAINS", "TASKS", "Example", "Split", "Task", "normal",
           "sample", "samples"]  # fmt: skip

TASKS: dict[str, Task] = {
    module.TASK.domain: module.TASK
    for module in (
        arithmetic,
        hours,
        units,
        roman,
        words,
        iso,
        dates,
        records,
        sql,
        shell,
        regex,
        case,
        code,
        docs,
    )
}
DOMAINS = tuple(TASKS)
# Answers that are right or wrong, and answers that can only be more or less likely.
BY_LOSS = ("code", "docs")
CHECKABLE = tuple(domain for domain in DOMAINS if domain not in BY_LOSS)


def _belongs(prompt: str, split: Split) -> bool:
    """Whether a prompt is `split`'s: those that share wordings divide their prompts by a hash."""
    bucket = hashlib.sha256(normal(prompt).encode()).digest()[0]
    if split in ("train", "router"):
        return (bucket % 8 == 0) == (split == "router")
    return split == "test" or (bucket % 2 == 0) == (split == "gate")


def sample(domain: str, rng: random.Random, split: Split) -> Example:
    """Draw one example of `domain` for `split`. Raises KeyError for a domain that is not in DOMAINS."""
    while True:
        example = TASKS[domain].make(rng, split)
        if _belongs(example.prompt, split):
            return example


def samples(domain: str, count: int, seed: int, split: Split) -> list[Example]:
    """Draw `count` examples with no prompt twice, the same for the same seed."""
    rng = random.Random(f"{seed}:{domain}:{split}")
    found: dict[str, Example] = {}
    while len(found) < count:
        example = sample(domain, rng, split)
        found.setdefault(normal(example.prompt), example)
    return list(found.values())
