"""`router fit`: outcomes on a bank's own splits, then heads, calibration and thresholds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from vortex_tui.engine.api import EngineAPI
from vortex_tui.engine.protocol import Ready
from vortex_tui.evaluation import answers, roster, run
from vortex_tui.evaluation.answers import Answers, Say, conversation
from vortex_tui.evaluation.case import Case, by_loss
from vortex_tui.evaluation.roster import Roster
from vortex_tui.evaluation.store import Store
from vortex_tui.fitting import heads, mixing
from vortex_tui.fitting.heads import Labelled, Lesson
from vortex_tui.fitting.outcomes import Outcome, Trials
from vortex_tui.fitting.task import Task
from vortex_tui.routing import background, material, source, store
from vortex_tui.routing.classes import Floats
from vortex_tui.routing.fitted import Fit, Fitted
from vortex_tui.routing.head import Part
from vortex_tui.routing.weighing import AMBIGUOUS
from vortex_tui.settings import Router

_BATCH = 64


class Fitting:
    """One fit, step by step, on an engine that has the profile loaded."""

    def __init__(self, engine: EngineAPI, ready: Ready, task: Task, say: Say) -> None:
        self._engine = engine
        self._ready = ready
        self._task = task
        self._say = say

    async def fit(self) -> Fit:
        """Measure what is not known yet, and fit. Raises VortexError."""
        task = self._task
        cases = [*task.router, *task.calibration]
        found = roster.roster(await self._engine.experts())
        measured = await self._answers(cases)
        trials = Trials(measured, found, by_loss(cases), self._say)
        outcomes = await trials.outcomes(cases, await self._ranked(cases), task.budget)
        lesson = await self._lesson(outcomes)
        self._say("fitting the heads", 0.0)
        parts = heads.parts(lesson)
        unsure = _unsure(parts, lesson, outcomes)
        top_k = task.profile.experts.router.top_k
        temperature, losses = await mixing.temperature(measured, found, unsure, top_k, self._say)
        return Fit(
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            encoder=self._ready.encoder,
            bank=store.digest_of(task.sources),
            cases=source.digest(case.id for case in cases),
            parts=parts,
            temperature=temperature,
            base_prompts=task.base_prompts,
            success=_success(outcomes, found),
            measured=_figures(outcomes, trials.spent, losses),
        )

    async def _answers(self, cases: Sequence[Case]) -> Answers:
        file = self._task.data_dir / run.FOLDER / f"{run.key(self._ready, self._task.profile)}.jsonl"
        return Answers(self._engine, Store(file), await answers.limits(self._engine, cases))

    async def _ranked(self, cases: Sequence[Case]) -> dict[str, list[str]]:
        """Experts by case, the likeliest first, as the router that is there sees them."""
        # By the profile's own settings no expert is ranked where routing is off or by hand.
        present = Router(mode="hybrid" if self._ready.encoder else "lexical")
        ranked: dict[str, list[str]] = {}
        for start in range(0, len(cases), _BATCH):
            self._say("the present router's order", start / len(cases))
            batch = cases[start : start + _BATCH]
            routed = await self._engine.route([conversation(case.prompt) for case in batch], present)
            for case, one in zip(batch, routed, strict=True):
                ranked[case.id] = [each.expert for each in one.candidates if each.expert != "base"]
        return ranked

    async def _lesson(self, outcomes: Sequence[Outcome]) -> Lesson:
        """The exemplars, and the prompts whose outcome is known, with their vectors."""
        task = self._task
        base = background.base(task.base_prompts)
        texts = [text for one in (*task.sources, base) for text in one.read()]
        vectors = dict(zip(texts, await self._embedded(texts), strict=True)) if self._ready.encoder else None

        encode = (lambda asked: np.stack([vectors[text] for text in asked])) if vectors else None
        made = material.gather(task.sources, base, encode, {})
        taught = set(texts)
        router = [
            o for o in outcomes if o.case.split == "router" and o.is_known and o.case.prompt not in taught
        ]
        held = [o for o in outcomes if o.case.split == "calibration"]
        nobody = [o for o in held if not o.case.answer and o.case.kind == "far"]
        names = made.classes.names
        return Lesson(
            made,
            texts,
            await self._labelled(router, names),
            await self._labelled([o for o in held if o.is_known and o.case.answer], names),
            {
                "base": await self._labelled([o for o in held if o.base_right], names),
                "nobody": await self._labelled(nobody, names),
            },
            np.isin(texts, background.everyday()),
        )

    async def _labelled(self, outcomes: Sequence[Outcome], names: Sequence[str]) -> Labelled:
        prompts = [outcome.case.prompt for outcome in outcomes]
        vectors = np.array(await self._embedded(prompts), np.float32) if self._ready.encoder else None
        return Labelled(prompts, vectors, _targets(outcomes, names))

    async def _embedded(self, texts: Sequence[str]) -> Sequence[Floats]:
        found: list[Floats] = []
        for start in range(0, len(texts), _BATCH):
            self._say("vectors", start / len(texts))
            batch = await self._engine.embed(texts[start : start + _BATCH])
            found += [np.array(vector, np.float32) for vector in batch]
        return found


def _success(outcomes: Iterable[Outcome], known: Roster) -> dict[str, float]:
    """By expert, the share of its domain's prompts that it answers, of those that the base does not."""
    tried: dict[str, list[bool]] = {}
    for outcome in outcomes:
        expert = known.serving.get(outcome.case.group)
        if expert and not outcome.base_right and (expert in outcome.winners or not outcome.winners):
            tried.setdefault(expert, []).append(expert in outcome.winners)
    return {expert: round(sum(found) / len(found), 4) for expert, found in sorted(tried.items())}


def _targets(outcomes: Sequence[Outcome], names: Sequence[str]) -> Floats:
    """Who should answer each prompt, (prompts, classes): its winners alike, or the base."""
    place = {name: number for number, name in enumerate(names)}
    targets = np.zeros((len(outcomes), len(names) + 1), np.float32)
    for row, outcome in enumerate(outcomes):
        winners = [place[name] for name in outcome.winners if name in place] or [len(names)]
        targets[row, winners] = 1 / len(winners)
    return targets


def _unsure(
    parts: Mapping[Part, Fitted], lesson: Lesson, outcomes: Iterable[Outcome]
) -> list[tuple[Case, dict[str, float]]]:
    """Calibration prompts with a winner whose second expert is about as likely as the first."""
    part: Part = "hybrid" if "hybrid" in parts else "lexical"
    asked = lesson.calibration
    shares = parts[part].head.probabilities(lesson.held[..., heads.columns(part)])[:, :-1]
    by_prompt = {outcome.case.prompt: outcome.case for outcome in outcomes if outcome.winners}
    second = np.sort(shares, axis=1)[:, -2:].min(axis=1) if shares.shape[1] > 1 else np.zeros(len(shares))
    names = lesson.material.classes.names
    return [
        (by_prompt[prompt], dict(zip(names, map(float, row), strict=True)))
        for prompt, row, other in zip(asked.prompts, shares, second, strict=True)
        if prompt in by_prompt and other >= AMBIGUOUS * row.max()
    ]


def _figures(outcomes: Sequence[Outcome], spent: int, losses: dict[str, float]) -> dict[str, Any]:
    answered = [outcome for outcome in outcomes if outcome.case.answer]
    return {
        "prompts": len(outcomes),
        "measured": spent,
        "base_right": sum(outcome.base_right for outcome in answered),
        "an_expert_better": sum(bool(outcome.winners) for outcome in answered),
        "nobody_right": sum(not outcome.is_known for outcome in answered),
        "loss_by_temperature": losses,
    }
