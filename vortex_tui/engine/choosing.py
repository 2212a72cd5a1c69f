"""From a request's choice to a mix: by the router, by name, or the base alone."""

from __future__ import annotations

from collections.abc import Sequence

from vortex_tui.engine import staying
from vortex_tui.engine.loading import Loaded
from vortex_tui.engine.protocol import Bare, Candidate, Choice, Conversation, MixShare, Named, RoutedMix
from vortex_tui.errors import ExpertError
from vortex_tui.experts import bank, mix
from vortex_tui.experts.mix import Mix, MixPart
from vortex_tui.routing.decision import Decision, Scored
from vortex_tui.routing.router import Router


def _mix(loaded: Loaded, weights: dict[str, float]) -> Mix:
    parts = []
    for name, weight in weights.items():
        manifest = bank.usable(loaded.find(name))
        parts.append(MixPart(manifest.id, manifest.content_hash, weight))
    return mix.make(parts)


def shares(chosen: Mix) -> tuple[MixShare, ...]:
    """A mix as the protocol tells it, the largest weight first."""
    ranked = sorted(chosen.parts, key=lambda part: (-abs(part.weight), part.expert))
    return tuple(MixShare(expert=p.expert, content_hash=p.content_hash, weight=p.weight) for p in ranked)


def _candidate(scored: Scored) -> Candidate:
    return Candidate(
        expert=scored.expert,
        score=scored.score,
        lexical=scored.lexical,
        dense=scored.dense,
        nearest=scored.nearest,
        features=dict(scored.features),
    )


def _told(request: int, row: int, decision: Decision, chosen: Mix) -> RoutedMix:
    return RoutedMix(
        id=request,
        index=row,
        mode=decision.mode,
        mix=shares(chosen),
        mix_hash=chosen.hash,
        candidates=tuple(map(_candidate, decision.candidates)),
        reason=decision.reason,
        threshold=decision.threshold,
        called_for=decision.called_for,
        router_ms=decision.total_ms,
        encoder_ms=decision.encoder_ms,
    )


def decide(
    loaded: Loaded,
    request: int,
    row: int,
    conversation: Conversation,
    choice: Choice,
    ids: Sequence[int] = (),
    router: Router | None = None,
) -> tuple[Mix, RoutedMix]:
    """The mix for one conversation and the event that tells it. Raises ExpertError for an unknown name.

    With the prompt's ``ids`` the mix of a conversation is kept unless a change is worth its evaluation.
    """
    if isinstance(choice, Bare):
        decision = Decision("off", {}, (), "the base alone was asked for")
    elif isinstance(choice, Named):
        decision = Decision("manual", dict(choice.weights), (), "named by hand")
    else:
        decided = (router or loaded.routers.own).decide(conversation[-1].content)
        decision = _steady(loaded, decided, conversation, ids)
    chosen = _mix(loaded, decision.weights)
    return chosen, _told(request, row, decision, chosen)


def _steady(loaded: Loaded, decision: Decision, conversation: Conversation, ids: Sequence[int]) -> Decision:
    """The decision in view of what a change of the mix would cost."""
    past = loaded.answered.past(conversation) if ids else None
    if past is None or past.weights == decision.weights:
        return decision
    known = loaded.backend.known
    try:
        tokens = known(ids, _mix(loaded, past.weights)) - known(ids, _mix(loaded, decision.weights))
    except ExpertError:  # what answered before is no longer in the bank
        return decision
    return staying.kept(decision, past, tokens, loaded.ctx_tokens)
