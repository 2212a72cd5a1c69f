"""The evaluation set: prompts and right answers in splits that share none, written as JSON lines.

Training draws far more prompts than its split holds here; `tasks.sample` keeps all of them out of the others.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from vortex_tui import atomic
from vortex_tui.evaluation.case import Case, Kind, Split
from vortex_tui.nano import background
from vortex_tui.nano.native import Natives
from vortex_tui.nano.tasks import DOMAINS, TASKS, Example, mixed, normal, samples, unserved

VERSION = 1
FOLDER = "evaluation"
_COUNTS: dict[Split, tuple[int, int, int]] = {  # a domain, unserved of each kind, native
    "test": (320, 170, 640), "router": (160, 100, 80), "calibration": (120, 60, 60), "gate": (120, 60, 60),
    "train": (160, 100, 80),
}  # fmt: skip
_KINDS: dict[Split, Kind] = {
    "test": "sealed", "router": "open", "calibration": "held", "gate": "held", "train": "open",
}  # fmt: skip


def build(natives: Natives, seed: int) -> list[Case]:
    """Return every case of every split, no prompt twice."""
    seen = {normal(prompt) for prompt in background.PROMPTS}
    return [case for split in _COUNTS for case in _split(split, natives, seed, seen)]


def _split(split: Split, natives: Natives, seed: int, seen: set[str]) -> Iterator[Case]:
    """Draw one split."""
    served, unserved_each, native = _COUNTS[split]
    for domain in DOMAINS:
        yield from _served(domain, split, served, seed, seen)
    rng = random.Random(f"{seed}:{split}:unserved")
    for kind in ("near", "far"):
        yield from _unserved(kind, split, unserved_each, rng, seen)
    yield from _natives(split, native, natives, rng, seen)
    if split == "test":
        for one in mixed.PROMPTS:
            if _is_new(one.prompt, seen):
                yield Case(split=split, kind="mixed", domains=one.domains, prompt=one.prompt)


def _is_new(prompt: str, seen: set[str]) -> bool:
    """Whether `prompt` is in no case yet; from now on it is."""
    known = normal(prompt) in seen
    seen.add(normal(prompt))
    return not known


def _served(domain: str, split: Split, count: int, seed: int, seen: set[str]) -> Iterator[Case]:
    plain: Sequence[Example] = TASKS[domain].plain if split == "test" else ()
    drawn = samples(domain, count, seed, split)
    for kind, examples in (("plain", plain), (_KINDS[split], drawn)):
        for example in examples:
            if _is_new(example.prompt, seen):
                yield Case(split=split, kind=kind, domains=(domain,), **example._asdict())


def _unserved(kind: str, split: Split, count: int, rng: random.Random, seen: set[str]) -> Iterator[Case]:
    found = 0
    while found < count:
        one = unserved.draw(rng, split)
        if one.kind == kind and _is_new(one.prompt, seen):
            found += 1
            yield Case(split=split, kind=one.kind, domains=(), prompt=one.prompt)


def _natives(
    split: Split, count: int, natives: Natives, rng: random.Random, seen: set[str]
) -> Iterator[Case]:
    found = 0
    while found < count:
        one = natives.draw(rng, held=split != "train", own=True)
        if _is_new(one.prompt, seen):
            found += 1
            yield Case(split=split, kind="native", domains=(), prompt=one.prompt, answer=one.answer)


def write(cases: Iterable[Case], folder: Path) -> None:
    """Write `<split>.jsonl` for every split. Raises StorageError."""
    lines: dict[str, list[str]] = {}
    for case in cases:
        lines.setdefault(case.split, []).append(json.dumps(case.model_dump(), ensure_ascii=False))
    for split, found in lines.items():
        atomic.write_text(folder / f"{split}.jsonl", "\n".join(found) + "\n")


def read(folder: Path, split: Split) -> list[Case]:
    """Return the cases of one split. Raises OSError or pydantic.ValidationError."""
    text = (folder / f"{split}.jsonl").read_text(encoding="utf-8")
    return [Case.model_validate_json(line) for line in text.splitlines()]


def prompts(folder: Path) -> frozenset[str]:
    """Return the normal forms of all prompts that training must never see."""
    kept = [case for split in _COUNTS if split != "train" for case in read(folder, split)]
    return frozenset(normal(case.prompt) for case in kept)
