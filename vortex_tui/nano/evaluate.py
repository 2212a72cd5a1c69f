"""What nano can do, measured: experts, control and base on the test split, the base on held-out text."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from vortex_tui.evaluation.case import Case
from vortex_tui.nano import evaluation_set, stdlib
from vortex_tui.nano.answering import CONTROL, Answerer, adapters
from vortex_tui.nano.conversation import BOS, END, opening
from vortex_tui.nano.tasks import BY_LOSS

_LOSS_CASES = 100
_WINDOWS = 40
_SHORT = 1024
_BOUNDS = (0, 256, 1024, 2048, 4096)

Figures = dict[str, dict[str, float]]
Measure = Callable[[Answerer, Sequence[Case]], float]


def right(answerer: Answerer, cases: Sequence[Case]) -> float:
    """Return the share of `cases` answered exactly."""
    answers = answerer.answer([case.prompt for case in cases])
    return sum(a == case.answer for a, case in zip(answers, cases, strict=True)) / len(cases)


def loss(answerer: Answerer, cases: Sequence[Case]) -> float:
    """Return the mean loss of the answers' tokens, in nats."""
    found = []
    for case in cases[:_LOSS_CASES]:
        asked = answerer.tokenizer(opening(case.prompt))["input_ids"]
        answer = answerer.tokenizer(case.answer + END)["input_ids"]
        found.append(answerer.losses(asked + answer)[-len(answer) :].numpy())
    return float(np.concatenate(found).mean())


def _under(answerer: Answerer, adapter: str, measure: Measure, cases: Sequence[Case]) -> float:
    """Return `measure` of `cases` under `adapter`."""
    with answerer.using(adapter):
        return round(measure(answerer, cases), 4)


def _domain(answerer: Answerer, domain: str, cases: Sequence[Case], count: int) -> dict[str, float]:
    """Measure one domain under its expert, under the control and under the base alone."""
    sealed, plain, seen = (
        [c for c in cases if c.kind == kind][:count] for kind in ("sealed", "plain", "open")
    )
    if domain in BY_LOSS:
        whom = (("expert", domain), ("control", CONTROL), ("base", ""))
        return {name: _under(answerer, adapter, loss, sealed) for name, adapter in whom}
    return {
        "sealed": _under(answerer, domain, right, sealed),
        "plain": _under(answerer, domain, right, plain),
        "open": _under(answerer, domain, right, seen),
        "control": _under(answerer, CONTROL, right, sealed),
        "base": _under(answerer, "", right, [*sealed, *plain]),
    }


def experts(answerer: Answerer, data: Path, count: int) -> Figures:
    """Measure every expert under `data` on at most `count` cases of each kind."""
    folder = data / evaluation_set.FOLDER
    cases = evaluation_set.read(folder, "test") + evaluation_set.read(folder, "router")
    found = {}
    for domain in (name for name in adapters(data) if name != CONTROL):
        own = [case for case in cases if case.domains == (domain,)]
        found[domain] = _domain(answerer, domain, own, count)
    return found


def natives(answerer: Answerer, data: Path, count: int) -> dict[str, float]:
    """Measure the base alone on the prompts it answers by itself."""
    cases = [c for c in evaluation_set.read(data / evaluation_set.FOLDER, "test") if c.kind == "native"]
    return {"native": _under(answerer, "", right, cases[: 2 * count]), "prompts": len(cases[: 2 * count])}


def text(answerer: Answerer, context: int, count: int) -> dict[str, float]:
    """Measure the base on at most `count` windows of packages no stage has read: loss, also by position.

    Position means little without a comparison: `nats_beyond_1024_in_short` is the loss of the very tokens
    of `nats_beyond_1024`, read in windows of 1,024.
    """
    source = "\n".join(stdlib.read_sources(stdlib.held_out_files()).values())
    ids = answerer.tokenizer(BOS + source)["input_ids"]
    rows = _rows(ids, context, min(count, _WINDOWS))
    with answerer.using(""):
        losses = np.stack([_losses(answerer, row, context) for row in rows])
        short = np.stack([_losses(answerer, row, _SHORT) for row in rows])
    per_token = float(losses.mean())
    bits_per_byte = per_token / np.log(2) / (len(source.encode()) / len(ids))
    found = {"nats_per_token": per_token, "bits_per_byte": bits_per_byte}
    for low, high in itertools.pairwise(_BOUNDS):
        if low < context:
            found[f"nats_at_{low}_{high}"] = losses[:, low:high].mean()
    if context > _SHORT:
        found |= {
            "nats_beyond_1024": losses[:, _SHORT:].mean(),
            "nats_beyond_1024_in_short": short[:, _SHORT:].mean(),
        }
    return {name: round(float(value), 4) for name, value in found.items()}


def _rows(ids: Sequence[int], length: int, count: int) -> list[Sequence[int]]:
    """Return at most `count` windows of `length` tokens, spread evenly and not overlapping."""
    stride = max(length, len(ids) // count)
    return [ids[at : at + length] for at in range(0, len(ids) - length, stride)][:count]


def _losses(
    answerer: Answerer, row: Sequence[int], length: int
) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Return the loss of every token of `row` but the first, read in windows of `length`."""
    parts = [answerer.losses(row[max(0, at - 1) : at + length]).numpy() for at in range(0, len(row), length)]
    return np.concatenate(parts)


def score(data: Path, count: int) -> Figures:
    """Return every figure of the nano in `data`: of each expert, and of the base."""
    answerer = Answerer(data)
    found = experts(answerer, data, count)
    context: int = answerer.model.config.max_position_embeddings
    return found | {"base": natives(answerer, data, count) | text(answerer, context, count)}
