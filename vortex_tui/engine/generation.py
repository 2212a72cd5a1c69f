"""Serve one ``generate`` request: route, prefill and decode, row by row and step by step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from vortex_tui.engine import choosing, context
from vortex_tui.engine.backends.base import NOTHING_SPARED, Spared
from vortex_tui.engine.context import Fitted
from vortex_tui.engine.loading import Loaded
from vortex_tui.engine.protocol import BARE, ChatMessage, Conversation, Done, Event, Generate, Progress, Token
from vortex_tui.engine.scheduler import Job
from vortex_tui.engine.sequence import Sequence as Row
from vortex_tui.experts.mix import Mix


@dataclass(slots=True)
class Pending:
    """A row that knows its prompt and its mix, and whose answer is in ``row``."""

    index: int
    fitted: Fitted
    mix: Mix
    row: Row
    adapter_load_ms: float = 0.0
    spared: Spared = NOTHING_SPARED


def with_system(loaded: Loaded, conversation: Conversation) -> Conversation:
    """The conversation with the profile's system prompt, unless it brings its own."""
    prompt = loaded.profile.core.system_prompt
    if not prompt or (conversation and conversation[0].role == "system"):
        return conversation
    return (ChatMessage(role="system", content=prompt), *conversation)


def fit(loaded: Loaded, conversation: Conversation, max_new_tokens: int) -> Fitted:
    """The prompt's ids within the context. Raises PromptError."""
    budget = loaded.profile.budget
    room = context.window(loaded.ctx_tokens, max_new_tokens, budget.ctx_overflow_policy)
    backend = loaded.backend

    def tail(text: str, tokens: int) -> str:
        return backend.decode(backend.encode(text)[-tokens:])

    return context.fit(with_system(loaded, conversation), room, backend.encode_chat, tail)


def generate(loaded: Loaded, request: Generate, job: Job, started: int) -> Iterator[Event | None]:
    """Events of a generation; rows that share a mix decode as one batch."""
    groups: dict[str, list[Pending]] = {}
    for index, conversation in enumerate(request.conversations):
        fitted = fit(loaded, conversation, request.sampling.max_new_tokens)
        # A batch that is cancelled while it is routed ends without the rest being routed.
        choice = BARE if job.cancelled else request.choice
        mix, told = choosing.decide(loaded, request.id, index, conversation, choice, fitted.ids)
        loaded.answered.remember(conversation, {part.expert: part.weight for part in mix.parts})
        yield told
        pending = Pending(index, fitted, mix, _row(loaded, request, fitted, started))
        groups.setdefault(mix.hash, []).append(pending)
    left = len(request.conversations)
    for rows in groups.values():
        for event in _answer(loaded, request, rows, job):
            left -= isinstance(event, Done)
            yield event.model_copy(update={"last": True}) if event and not left else event


def _row(loaded: Loaded, request: Generate, fitted: Fitted, started: int) -> Row:
    limit = min(request.sampling.max_new_tokens, loaded.ctx_tokens - len(fitted.ids))
    return Row(request.sampling, loaded.backend.detokenizer(), limit, started)


def _answer(loaded: Loaded, request: Generate, rows: list[Pending], job: Job) -> Iterator[Event | None]:
    mix, waiting = rows[0].mix, list(rows)
    while waiting and not job.cancelled:
        # Others may hold every place, or all of the context; they end.
        count = _startable(loaded, mix, waiting, request.sampling.max_new_tokens)
        if not count:
            yield None
            continue
        running, waiting = dict(enumerate(waiting[:count])), waiting[count:]
        yield from _decode(loaded, request, running, mix, job)
        waiting = [*running.values(), *waiting]  # only the cancelled are left over
    for pending in waiting:
        yield from _end(request.id, pending, pending.row.finish("cancelled"))


def _startable(loaded: Loaded, mix: Mix, waiting: list[Pending], limit: int) -> int:
    """How many of the rows may start now. A mix that never fits is refused when it is held."""
    if not (loaded.residents.has_room(mix) or loaded.residents.idle):
        return 0
    return loaded.backend.startable([len(pending.fitted.ids) for pending in waiting], limit)


def _decode(
    loaded: Loaded, request: Generate, running: dict[int, Pending], mix: Mix, job: Job
) -> Iterator[Event | None]:
    """Step until every row has ended and left ``running``, or the request is cancelled."""
    with loaded.residents.holding(mix, loaded.find) as adapter_load_ms:
        for pending in running.values():
            pending.adapter_load_ms = adapter_load_ms
            pending.row.begin()
        prompts = [pending.fitted.ids for pending in running.values()]
        with closing(loaded.backend.start(prompts, request.sampling, mix)) as decoding:
            while running and not job.cancelled:
                news = decoding.step()
                for number, tokens in news.items():
                    _account(loaded, running[number], decoding.spared(number))
                    yield from _push(loaded, request.id, running[number], tokens)
                    if running[number].row.finish_reason is not None:
                        decoding.drop(number)
                        del running[number]
                yield None if news else Progress(id=request.id, stage="prompt", fraction=decoding.evaluated())


def _account(loaded: Loaded, pending: Pending, spared: Spared) -> None:
    if not pending.row.tokens:
        loaded.kv_lookups += 1
        loaded.kv_hits += spared.tokens > 0
    pending.spared = spared


def _push(loaded: Loaded, request: int, pending: Pending, tokens: list[int]) -> Iterator[Event]:
    """What came at once is shown at once: tokens that arrive faster than anyone reads share a frame."""
    row, shown = pending.row, ""
    for token in tokens:
        shown += row.push(token, loaded.backend.stop_ids)
        if row.finish_reason is not None:
            yield from _end(request, pending, shown)
            return
    if shown:
        yield _token(request, pending, shown)


def _token(request: int, pending: Pending, shown: str) -> Token:
    return Token(
        id=request, index=pending.index, text=shown, tokens=pending.row.tokens, rate=pending.row.rate
    )


def _end(request: int, pending: Pending, shown: str) -> Iterator[Event]:
    if shown:
        yield _token(request, pending, shown)
    yield _done(request, pending)


def _per_second(count: int, nanoseconds: int) -> float:
    return count * 1e9 / nanoseconds if count > 0 and nanoseconds > 0 else 0.0


def _done(request: int, pending: Pending) -> Done:
    row, prompt = pending.row, len(pending.fitted.ids)
    return Done(
        id=request,
        index=pending.index,
        text=row.text,
        finish_reason=row.finish_reason or "cancelled",
        prompt_tokens=prompt,
        completion_tokens=row.tokens,
        ttft_ms=max(0, row.first_at - row.started) / 1e6,
        prefill_tokens_per_sec=_per_second(prompt - pending.spared.tokens, row.first_at - row.prefill_at),
        decode_tokens_per_sec=_per_second(row.tokens - 1, row.last_at - row.first_at),
        tokens_per_sec=_per_second(row.tokens, row.last_at - row.started),
        mix=choosing.shares(pending.mix),
        mix_hash=pending.mix.hash,
        adapter_load_ms=pending.adapter_load_ms,
        kv_reused_tokens=pending.spared.tokens,
        kv_restored_bytes=pending.spared.restored_bytes,
        kv_restored_ms=pending.spared.restored_ms,
        drafted_tokens=pending.spared.drafted,
        accepted_tokens=pending.spared.accepted,
        dropped_turns=pending.fitted.dropped_turns,
        dropped_tokens=pending.fitted.dropped_tokens,
    )
