"""A conversation keeps its mix unless a change is worth evaluating its past again, and says so."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vortex_tui import profile
from vortex_tui.engine import generation, loading, staying
from vortex_tui.engine.client import Engine
from vortex_tui.engine.loading import Loaded
from vortex_tui.engine.protocol import (
    BARE,
    ROUTED,
    ChatMessage,
    Choice,
    Conversation,
    Done,
    Generate,
    Load,
    RoutedMix,
    Sampling,
)
from vortex_tui.engine.scheduler import Job
from vortex_tui.engine.staying import Memory, Past
from vortex_tui.experts import bank
from vortex_tui.routing.decision import BASE, Decision, Scored

CTX = 1000
shares = st.floats(0.05, 1.0)
scores = st.floats(0.0, 1.0)
experts = st.sampled_from(["a", "b", "c"])
mixes = st.dictionaries(experts, shares, max_size=3)


def said(*texts: str) -> Conversation:
    """Turns in order, the user's first."""
    roles = ("user", "assistant")
    return tuple(ChatMessage(role=roles[at % 2], content=text) for at, text in enumerate(texts))


def decided(weights: dict[str, float], **scored: float) -> Decision:
    ranked = sorted((Scored(name, score) for name, score in scored.items()), key=lambda one: -one.score)
    return Decision("hybrid", weights, tuple(ranked), "as scored")


@given(st.integers(-10_000, 10_000), st.integers(-10_000, 10_000), st.integers(1, 10_000))
def test_a_price_grows_with_the_tokens_and_is_bounded(one: int, other: int, ctx: int) -> None:
    low, high = sorted((one, other))
    assert 0.0 <= staying.price(low, ctx) <= staying.price(high, ctx) <= 0.15
    assert staying.price(min(low, 0), ctx) == 0.0


@given(mixes, mixes, st.fixed_dictionaries({"a": scores, "b": scores, "c": scores, BASE: scores}), st.data())
def test_what_is_kept_is_the_past_or_the_decision(
    old: dict[str, float], new: dict[str, float], scored: dict[str, float], data: st.DataObject
) -> None:
    tokens = data.draw(st.integers(-100, 5000))
    decision = decided(new, **scored)
    found = staying.kept(decision, Past(old), tokens, CTX)
    if found is decision:
        return
    lead = max(new, key=lambda name: new[name], default=BASE)
    led = max(old, key=lambda name: old[name], default=BASE)
    assert found.weights == old != new
    assert tokens > 0
    assert scored[lead] - scored[led] < staying.price(tokens, CTX)
    assert found.candidates == decision.candidates
    assert found.reason.startswith("kept: ")
    assert str(tokens) in found.reason


@pytest.mark.parametrize(
    ("gain", "tokens", "stays"),
    [(0.05, 400, True), (0.14, 400, True), (0.16, 400, False), (0.05, 0, False), (0.05, 100, False)],
)
def test_a_change_must_be_worth_its_tokens(gain: float, tokens: int, stays: bool) -> None:
    decision = decided({"b": 1.0}, a=0.6, b=0.6 + gain, base=0.4)
    found = staying.kept(decision, Past({"a": 1.0}), tokens, CTX)
    assert found.weights == ({"a": 1.0} if stays else {"b": 1.0})


def test_a_past_expert_that_is_gone_is_not_kept() -> None:
    decision = decided({"b": 1.0}, b=0.6, base=0.4)
    assert staying.kept(decision, Past({"gone": 1.0}), 900, CTX) is decision


def test_the_base_is_kept_like_an_expert() -> None:
    decision = decided({"a": 1.0}, a=0.45, base=0.4)
    assert staying.kept(decision, Past({}), 900, CTX).weights == {}


def test_a_follow_up_finds_what_answered_before() -> None:
    memory = Memory()
    memory.remember(said("one"), {"a": 1.0})
    assert memory.past(said("one", "first", "two")) == Past({"a": 1.0})
    memory.remember(said("one", "first", "two"), {"b": 1.0})
    assert memory.past(said("one", "first", "two", "second", "three")) == Past({"b": 1.0})


def test_an_edited_or_repeated_last_turn_finds_the_past_before_it() -> None:
    memory = Memory()
    memory.remember(said("one"), {"a": 1.0})
    memory.remember(said("one", "first", "two"), {"b": 1.0})
    assert memory.past(said("one", "first", "two")) == Past({"a": 1.0})
    assert memory.past(said("one", "first", "two, but edited")) == Past({"a": 1.0})
    # Another answer to the first turn is another conversation from its second answer on.
    assert memory.past(said("one", "another first", "two")) == Past({"a": 1.0})
    assert memory.past(said("one", "another first", "two", "second", "three")) is None


def test_a_fresh_or_edited_beginning_has_no_past() -> None:
    memory = Memory()
    memory.remember(said("one"), {"a": 1.0})
    assert memory.past(said("one")) is None
    assert memory.past(said("other", "first", "two")) is None
    assert memory.past((ChatMessage(role="system", content="be brief"), *said("one", "first", "two"))) is None


texts = st.lists(st.text(max_size=3), min_size=1, max_size=5).filter(lambda turns: len(turns) % 2 == 1)


@given(texts, texts)
def test_two_conversations_never_share_a_past(one: list[str], other: list[str]) -> None:
    memory = Memory()
    memory.remember(said(*one), {"a": 1.0})
    expected = Past({"a": 1.0}) if one == other else None
    assert memory.past(said(*other, "an answer", "more")) == expected


def test_the_memory_is_bounded_and_forgets_the_oldest() -> None:
    memory = Memory()
    for number in range(255):
        memory.remember(said(str(number)), {"a": 1.0})
    memory.remember(said("0"), {"b": 1.0})  # asked again: young
    for number in range(300, 500):
        memory.remember(said(str(number)), {"a": 1.0})
    assert len(memory._pasts) == 256
    assert memory.past(said("0", "answer", "more")) == Past({"b": 1.0})
    assert memory.past(said("1", "answer", "more")) is None


class Scripted:
    """A router that decides what it is told to, in order."""

    mode = "hybrid"

    def __init__(self, *decisions: Decision) -> None:
        self._decisions = list(decisions)

    def decide(self, prompt: str) -> Decision:  # noqa: ARG002 - the interface names it
        return self._decisions.pop(0)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """Nano's GGUF with its bank, as a worker loads it."""
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    nano = profile.load("nano")
    core = nano.core.model_copy(update={"backend": "llama_cpp"})
    budget = nano.budget.model_copy(update={"ctx_tokens": 256})
    wanted = nano.model_copy(update={"core": core, "budget": budget}).model_dump(mode="json")
    request = Load(id=1, name="nano", profile=wanted)
    loaded, _ = loading.load(request, tmp_path_factory.mktemp("data"), lambda _event: None)
    yield loaded
    loaded.backend.close()


def two(loaded: Loaded) -> tuple[str, str]:
    first, second = list(bank.champions(loaded.entries).values())[:2]
    return first.id, second.id


def turn(
    loaded: Loaded, conversation: Sequence[ChatMessage], choice: Choice = ROUTED
) -> tuple[RoutedMix, Done]:
    """Answer a conversation in this process, by the code that a worker runs."""
    sampling = Sampling(temperature=0.0, max_new_tokens=24, min_new_tokens=24)
    request = Generate(id=2, conversations=(tuple(conversation),), sampling=sampling, choice=choice)
    job = Job(2, lambda _job: iter(()), alone=False)
    events = [e for e in generation.generate(loaded, request, job, time.monotonic_ns()) if e is not None]
    routed, done = events[0], events[-1]
    assert isinstance(routed, RoutedMix)
    assert isinstance(done, Done)
    return routed, done


FIRST = "Tell me of the numbers that one meets in a kitchen: " + "cups and spoons and grams, " * 8


def second_turn(loaded: Loaded, gain: float) -> tuple[RoutedMix, Done]:
    """The second answer of a conversation whose router then prefers another expert by ``gain``."""
    one, other = two(loaded)
    first = Decision("hybrid", {one: 1.0}, (Scored(one, 0.7), Scored(other, 0.5)), "one leads")
    then = (Scored(other, 0.6 + gain), Scored(one, 0.6), Scored(BASE, 0.4))
    loaded.routers.own = Scripted(first, Decision("hybrid", {other: 1.0}, then, "the other leads"))
    asked = said(FIRST)
    _, done = turn(loaded, asked)
    return turn(loaded, (*asked, ChatMessage(role="assistant", content=done.text or "?"), *said("and then?")))


def test_a_marginal_change_is_not_made_and_the_past_is_reused(loaded: Loaded) -> None:
    one, other = two(loaded)
    routed, done = second_turn(loaded, 0.01)
    assert [share.expert for share in routed.mix] == [one]
    assert routed.reason.startswith(f"kept: {other} leads {one} by 0.01")
    assert "tokens again" in routed.reason
    assert routed.candidates[0].expert == other
    assert done.mix == routed.mix
    assert done.kv_reused_tokens > 20


def test_a_clear_change_is_made(loaded: Loaded) -> None:
    _, other = two(loaded)
    routed, done = second_turn(loaded, 0.3)
    assert [share.expert for share in routed.mix] == [other]
    assert routed.reason == "the other leads"
    assert done.mix == routed.mix


def test_what_is_named_by_hand_is_not_weighed(loaded: Loaded) -> None:
    second_turn(loaded, 0.01)
    asked = said(FIRST, "?", "and then?")
    assert turn(loaded, asked, BARE)[0].mix == ()


@pytest.mark.slow
async def test_the_worker_keeps_a_mix_that_its_own_router_would_change_a_little(tmp_path: Path) -> None:
    """Two kinds of questions in one: the first answer's expert still leads, and would only share."""
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    nano = profile.load("nano")
    wanted = nano.model_copy(update={"core": nano.core.model_copy(update={"backend": "llama_cpp"})})
    others = ("Count all users", "12 cm in mm", "52 in words")
    asked = said("What is 37 + 58?")
    async with Engine(tmp_path, face="test") as engine:
        await engine.load(wanted)
        first = await events(engine, asked)
        joined = [said(f"{sums} {other}") for sums in ("What is 37 + 58?", "97 plus 73") for other in others]
        fresh = await engine.route(joined)
        marginal = [
            conversation
            for conversation, routed in zip(joined, fresh, strict=True)
            if routed.mix != first[0].mix
            and routed.mix[:1]
            and routed.mix[0].expert == first[0].mix[0].expert
        ]
        assert marginal, "the router shares none of these: choose others"
        follow_up = (*asked, ChatMessage(role="assistant", content=first[1].text), *marginal[0])
        routed, done = await events(engine, follow_up)
    assert routed.mix == first[0].mix
    assert routed.reason.startswith("kept: ")
    assert done.kv_reused_tokens > 0


async def events(engine: Engine, conversation: Conversation) -> tuple[RoutedMix, Done]:
    """What was routed and how it ended."""
    sampling = Sampling(temperature=0.0, max_new_tokens=16)
    found = [event async for event in engine.generate([conversation], sampling)]
    routed, done = found[0], found[-1]
    assert isinstance(routed, RoutedMix)
    assert isinstance(done, Done)
    return routed, done
