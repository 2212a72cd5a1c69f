"""The evaluation's report: one definition for its JSON, its schema in docs/ and its tables."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from vortex_tui.bench.report import Host, Model

Verdict = Literal["better", "worse", "no difference beyond noise", "not measured"]


class Part(BaseModel):
    """Base of the report's parts: immutable, closed."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Figure(Part):
    """A mean, or a ratio of sums, over ``n`` prompts, with its 95 % interval.

    Nulls say that there is nothing to tell: no prompts, a gap below delta, or a single cluster.
    """

    value: FiniteFloat | None
    low: FiniteFloat | None
    high: FiniteFloat | None
    n: int


class Harm(Part):
    """Native prompts that the base answers right and the strategy wrong."""

    failures: int
    n: int
    rate: FiniteFloat | None
    upper: FiniteFloat | None = Field(description="one-sided 95 % bound after Clopper and Pearson")


class Strategy(Part):
    """A way to choose a mix, over the prompts that an expert serves and that every router decided."""

    name: str
    title: str
    exact: Figure = Field(description="share answered exactly, over the domains where that can be checked")
    loss: Figure = Field(description="nats a token of the right answer, over the domains measured by loss")
    loss_sample: Figure = Field(description="the same over a sample of the other domains")
    gap: Figure = Field(description="(strategy - base) / (oracle - base), exact match; null below delta")
    gap_loss: Figure = Field(description="the same of the loss")
    regret: Figure = Field(description="oracle - strategy, exact match")
    regret_loss: Figure = Field(description="strategy - oracle, nats")
    harm: Harm


class Domain(Part):
    """One domain: ``exact`` and ``loss`` (nats) by strategy."""

    domain: str
    measured: Literal["exact", "loss"]
    expert: str = Field(description="the expert that serves it; empty when there is none")
    oracle: Literal["expert", "base"]
    exact: dict[str, Figure]
    loss: dict[str, Figure]
    gap: dict[str, Figure]
    regret: dict[str, Figure]


class Bin(Part):
    """A row of the reliability table."""

    n: int
    probability: FiniteFloat
    observed: FiniteFloat


class Calibration(Part):
    """How well the probability of a router's best expert says whether it beats the base."""

    n: int
    ece: FiniteFloat | None
    brier: FiniteFloat | None
    bins: tuple[Bin, ...]


class Milliseconds(Part):
    """Of one decision."""

    p50: FiniteFloat
    p95: FiniteFloat


class Mode(Part):
    """A router on its own, whatever is answered."""

    name: str
    right_first: dict[str, Figure] = Field(description="by kind: the right expert has the largest weight")
    abstained: dict[str, Figure] = Field(description="by kind of served prompts: no expert was chosen")
    pairs: dict[str, Figure] = Field(description="right first, sealed prompts of two domains asked alike")
    recall: tuple[Figure, ...] = Field(description="a right expert is among the best k, for k = 1..5")
    activation: dict[str, Figure] = Field(description="by kind nobody serves: an expert was chosen")
    calibration: Calibration
    router: Milliseconds = Field(description="the whole decision, the encoder's part included")
    encoder: Milliseconds


class Comparison(Part):
    """The profile's router less another, on the same prompts."""

    against: str
    figure: str
    higher_is_better: bool
    difference: Figure
    verdict: Verdict


class Ablation(Part):
    """k experts by one method: exact match, and less the exact mix's on the same prompts."""

    k: int
    method: str
    exact: Figure
    less_exact_mix: Figure


class Answer(Part):
    """One strategy on one prompt; null is what was not measured."""

    mix: str
    right: bool | None = None
    loss: FiniteFloat | None = None


class Row(Part):
    """One prompt with everything that was found."""

    id: str
    split: str
    kind: str
    domains: tuple[str, ...]
    cluster: str
    prompt: str
    answers: dict[str, Answer]
    probability: dict[str, FiniteFloat] = Field(description="of each router's best expert")
    best: dict[str, str] = Field(description="that expert")


class Settings(Part):
    """How it was measured. ``delta`` is the smallest gap of which a share is told."""

    split: str
    cases: int
    limit: int | None
    domains: tuple[str, ...]
    split_hash: str
    delta_exact: float
    delta_nats: float
    seed: int
    draws: int
    reference: str = Field(description="the router that the comparisons and the reliability table are of")
    max_new_tokens: dict[str, int]


class EvaluationReport(Part):
    """Everything an evaluation found."""

    schema_version: Literal[1] = Field(1, alias="schema")
    created: str
    profile: str
    mock: bool
    settings: Settings
    model: Model
    backend: str
    bank: dict[str, str] = Field(description="content hash by expert")
    strategies: tuple[Strategy, ...]
    not_available: dict[str, str] = Field(description="strategies that could not be, and why")
    domains: tuple[Domain, ...]
    modes: tuple[Mode, ...]
    comparisons: tuple[Comparison, ...]
    ablation: tuple[Ablation, ...]
    rows: tuple[Row, ...]
    host: Host
    versions: dict[str, str]
    measured: int = Field(description="answers and losses that this run measured itself; the rest was kept")
    seconds: dict[str, FiniteFloat] = Field(description="by stage")

    def to_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return self.model_dump(mode="json", by_alias=True)


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of ``to_json``; docs/evaluation.schema.json is this."""
    made = EvaluationReport.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}
