"""What ingest makes of a corpus of short tasks, the gate for leaks lets pass."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.lessons import lessons
from vortex_tui.corpora.example import Example
from vortex_tui.corpora.ingest import merge
from vortex_tui.corpora.report import Ingested
from vortex_tui.evaluation.case import Case
from vortex_tui.promotion.leak import Index
from vortex_tui.promotion.training_data import examples


def example(prompt: str, response: str) -> Example:
    return Example(prompt, response, "a.jsonl", "0" * 64, "", "pair")


def leaked(found: Ingested) -> list[str]:
    """The judged prompts that the gate would find in what is learned from."""
    lines = [
        json.loads(line)
        for split in ("gate", "calibration")
        for line in (found.folder / f"{split}.jsonl").read_text("utf-8").splitlines()
    ]
    judged = [Case(split="gate", kind="own", domains=("d",), prompt=line["prompt"]) for line in lines]
    index = Index(judged, 0.7)
    return [
        hit for split in ("train", "router") for hit in index.find(examples(found.folder / f"{split}.jsonl"))
    ]


def test_nothing_judged_is_learned_at_once_or_in_parts(tmp_path: Path) -> None:
    made = [example(*lesson) for lesson in lessons("reversal", 600)]
    whole = merge(made, "whole", tmp_path)
    assert leaked(whole) == []
    assert sum(one.reason == "between splits" for one in whole.left_out) in range(1, 60)
    for start in range(0, 600, 200):
        parts = merge(made[start : start + 200], "parts", tmp_path)
        assert leaked(parts) == []
    again = merge(made, "whole", tmp_path)
    assert sum(again.kept.values()) == 0
