"""The engine as a face meets it: a real worker, the real nano."""

from __future__ import annotations

import asyncio

import pytest

from vortex_tui.engine.client import Engine
from vortex_tui.engine.protocol import (
    BARE,
    ChatMessage,
    Conversation,
    Done,
    Named,
    RoutedMix,
    Sampling,
    ScoreItem,
    Token,
)
from vortex_tui.errors import BudgetError, ExpertError, PromptError

pytestmark = pytest.mark.asyncio(loop_scope="module")

GREEDY = Sampling(temperature=0.0, max_new_tokens=48)
LONG = Sampling(temperature=1.5, seed=3, max_new_tokens=300, min_new_tokens=200)


def ask(text: str) -> Conversation:
    return (ChatMessage(role="user", content=text),)


async def answers(engine: Engine, *texts: str, sampling: Sampling = GREEDY, choice=None) -> list[str]:  # type: ignore[no-untyped-def]
    found: dict[int, str] = {}
    options = {} if choice is None else {"choice": choice}
    async for event in engine.generate([ask(text) for text in texts], sampling, **options):
        if isinstance(event, Done):
            found[event.index] = event.text
    return [found[index] for index in range(len(texts))]


async def test_a_sum_is_routed_to_its_expert_and_right(nano: Engine) -> None:
    events = [event async for event in nano.generate([ask("What is 37 + 58?")], GREEDY)]
    routed, done = events[0], events[-1]
    assert isinstance(routed, RoutedMix)
    assert isinstance(done, Done)
    assert routed.mix[0].expert.startswith("arithmetic/")
    assert routed.candidates[0].expert.startswith("arithmetic/")
    assert any(each.expert == "base" for each in routed.candidates)
    assert done.text == "95"
    assert done.mix == routed.mix
    assert done.mix_hash == routed.mix_hash
    assert "".join(event.text for event in events if isinstance(event, Token)) == "95"


async def test_the_base_alone_does_not_know_it(nano: Engine) -> None:
    assert await answers(nano, "What is 37 + 58?", choice=BARE) != ["95"]


async def test_done_measures_itself(nano: Engine) -> None:
    done = [event async for event in nano.generate([ask("What is 37 + 58?")], GREEDY)][-1]
    assert isinstance(done, Done)
    assert done.completion_tokens == 3  # two digits and the stop token
    assert done.prompt_tokens == await nano.count(ask("What is 37 + 58?"))
    assert done.ttft_ms > 0
    assert done.decode_tokens_per_sec > 0
    assert done.tokens_per_sec < done.decode_tokens_per_sec + done.prefill_tokens_per_sec


async def test_a_batch_answers_as_each_prompt_alone(nano: Engine) -> None:
    texts = ["What is 37 + 58?", "hello", "What is 2 + 3?", "Write 27 in Roman numerals", "12 + 12"]
    alone = [(await answers(nano, text))[0] for text in texts]
    assert await answers(nano, *texts) == alone


@pytest.mark.slow
async def test_one_seed_is_one_answer(nano: Engine) -> None:
    first = await answers(nano, "tell me about lists", sampling=LONG)
    assert await answers(nano, "tell me about lists", sampling=LONG) == first
    other = LONG.model_copy(update={"seed": 4})
    assert await answers(nano, "tell me about lists", sampling=other) != first


@pytest.mark.slow
async def test_no_seed_is_a_fresh_answer(nano: Engine) -> None:
    free = LONG.model_copy(update={"seed": None})
    assert await answers(nano, "go on", sampling=free) != await answers(nano, "go on", sampling=free)


@pytest.mark.parametrize(
    "sharp", [{"top_k": 1}, {"top_p": 1e-6}, {"min_p": 1.0}], ids=["top-k", "top-p", "min-p"]
)
async def test_narrow_sampling_is_greedy(nano: Engine, sharp: dict[str, float]) -> None:
    narrow = GREEDY.model_copy(update={"temperature": 1.0, **sharp})
    assert await answers(nano, "hello", sampling=narrow) == await answers(nano, "hello")


async def test_a_stop_string_ends_the_answer_before_itself(nano: Engine) -> None:
    stopped = GREEDY.model_copy(update={"stop": ("5",)})
    async for event in nano.generate([ask("What is 37 + 58?")], stopped):
        done = event
    assert isinstance(done, Done)
    assert (done.text, done.finish_reason) == ("9", "stop_string")


async def test_experts_can_be_named(nano: Engine) -> None:
    assert await answers(nano, "What is 37 + 58?", choice=Named(weights={"arithmetic": 1.0})) == ["95"]
    with pytest.raises(ExpertError, match="no expert 'aritmetic'"):
        await answers(nano, "What is 37 + 58?", choice=Named(weights={"aritmetic": 1.0}))


async def test_cancel_stops_within_one_step(nano: Engine) -> None:
    answer = nano.generate([ask("go on")], LONG, BARE)
    seen = 0
    async for event in answer:
        if isinstance(event, Token):
            seen += 1
            if seen == 3:
                await answer.cancel()
    assert isinstance(event, Done)
    assert event.finish_reason == "cancelled"
    assert event.text
    # Cancel travels while steps go on; the rows it outran are few, not hundreds.
    assert event.completion_tokens < LONG.max_new_tokens // 2


async def test_leaving_an_answer_cancels_it(nano: Engine) -> None:
    answer = nano.generate([ask("go on")], LONG, BARE)
    async for event in answer:
        if isinstance(event, Token):
            break
    await answer.aclose()
    async with asyncio.timeout(10):
        await answers(nano, "What is 37 + 58?")
    assert (await nano.stats()).queued == 0
    assert nano.state.phase == "ready"


async def test_a_short_request_does_not_wait_for_a_long_one(nano: Engine) -> None:
    began, order = asyncio.Event(), []

    async def run(name: str, sampling: Sampling) -> None:
        async for event in nano.generate([ask("go on")], sampling, BARE):
            if isinstance(event, Token):
                began.set()
        order.append(name)

    long = asyncio.create_task(run("long", LONG.model_copy(update={"min_new_tokens": 300})))
    await began.wait()
    await run("short", GREEDY.model_copy(update={"max_new_tokens": 2}))
    assert (await nano.stats()).state == "busy"
    await long
    assert order == ["short", "long"]


async def test_interleaved_answers_are_those_of_each_alone(nano: Engine) -> None:
    texts = ["What is 11 + 22?", "Write 14 in Roman numerals", "hello there"]
    alone = [(await answers(nano, text))[0] for text in texts]
    together = await asyncio.gather(*(answers(nano, text) for text in texts))
    assert [each[0] for each in together] == alone


@pytest.mark.slow
async def test_a_reader_that_sleeps_stops_the_writer_and_loses_nothing(nano: Engine) -> None:
    expected = (await answers(nano, "go on", sampling=LONG, choice=BARE))[0]
    parts: list[str] = []
    async for event in nano.generate([ask("go on")], LONG, BARE):
        if isinstance(event, Token):
            if not parts:
                await asyncio.sleep(0.5)
            parts.append(event.text)
    assert "".join(parts) == expected


async def test_the_right_answer_costs_less_with_its_expert(nano: Engine) -> None:
    items = [ScoreItem(conversation=ask("What is 37 + 58?"), answer="95")]
    (bare,) = await nano.score(items)
    (expert,) = await nano.score(items, Named(weights={"arithmetic": 1.0}))
    assert expert < bare / 2


async def test_losses_come_in_order_whatever_the_batches(nano: Engine) -> None:
    sums = [(a, b) for a in (3, 14, 60) for b in range(1, 9)]
    items = [ScoreItem(conversation=ask(f"What is {a} + {b}?"), answer=str(a + b)) for a, b in sums]
    named = Named(weights={"arithmetic": 1.0})
    batched = await nano.score(items, named)
    alone = [(await nano.score([item], named))[0] for item in items[:5]]
    assert batched[:5] == pytest.approx(alone, abs=1e-3)
    with pytest.raises(PromptError, match="answer to score is empty"):
        await nano.score([ScoreItem(conversation=ask("hi"), answer="")])


async def test_experts_attach_detach_and_are_told(nano: Engine) -> None:
    await nano.attach("sql")
    assert await nano.attach("sql") == 0.0
    assert {each.domain for each in await nano.experts() if each.resident} >= {"sql"}
    await nano.detach("sql")
    assert "sql" not in {each.domain for each in await nano.experts() if each.resident}
    with pytest.raises(ExpertError, match="not resident"):
        await nano.detach("sql")


async def test_more_experts_than_may_be_resident_are_refused(nano: Engine) -> None:
    await answers(nano, "hi", choice=Named(weights={"sql": 0.5, "roman": 0.5}))
    entries = await nano.experts()
    weights = {each.id: 0.1 for each in entries}
    if len(weights) > 6:
        with pytest.raises(BudgetError, match="max_loaded"):
            await answers(nano, "hi", choice=Named(weights=weights))
    else:
        await answers(nano, "hi", choice=Named(weights=weights))


async def test_embeddings_have_unit_length(nano: Engine) -> None:
    vectors = await nano.embed(["a sum", "a list of names"])
    assert [round(sum(x * x for x in vector), 3) for vector in vectors] == [1.0, 1.0]
    assert vectors[0] != vectors[1]


async def test_an_empty_prompt_is_refused(nano: Engine) -> None:
    for text in ("", "   \n"):
        with pytest.raises(PromptError, match="the prompt is empty"):
            await answers(nano, text)


async def test_any_text_can_be_asked(nano: Engine) -> None:
    odd = ["\ud800 lone", "\x00\x1b[31m", "🦜" * 40, "<|end|>", "[bold]x[/bold]", "ا" * 30]
    assert len(await answers(nano, *odd, sampling=GREEDY.model_copy(update={"max_new_tokens": 4}))) == len(
        odd
    )


async def test_no_answer_is_shorter_than_asked(nano: Engine) -> None:
    longer = GREEDY.model_copy(update={"min_new_tokens": 20, "max_new_tokens": 20})
    events = [event async for event in nano.generate([ask("What is 37 + 58?")], longer)]
    done = events[-1]
    assert isinstance(done, Done)
    assert (done.completion_tokens, done.finish_reason) == (20, "length")
