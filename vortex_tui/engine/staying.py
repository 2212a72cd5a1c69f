"""Whether a conversation keeps its mix: a change evaluates its past again, and must be worth that."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace

from vortex_tui.engine.protocol import Conversation
from vortex_tui.routing.decision import BASE, Decision

_REMEMBERED = 256
# Of the router's score: what it costs to evaluate a whole context again, and the most a change may cost.
_WHOLE_CONTEXT, _MOST = 0.4, 0.15


@dataclass(frozen=True, slots=True)
class Past:
    """The weights of a conversation's last answer."""

    weights: dict[str, float]


class Memory:
    """Which mix answered which conversation, by a hash of its turns."""

    def __init__(self) -> None:
        self._pasts: OrderedDict[str, Past] = OrderedDict()

    def remember(self, conversation: Conversation, weights: dict[str, float]) -> None:
        """Note the weights that answer this conversation."""
        key = _key(conversation)
        self._pasts[key] = Past(weights)
        # A turn that is answered again is as young as a new one.
        self._pasts.move_to_end(key)
        if len(self._pasts) > _REMEMBERED:
            self._pasts.popitem(last=False)

    def past(self, conversation: Conversation) -> Past | None:
        """What answered the turn before the last one, if that is known."""
        earlier = [place for place, said in enumerate(conversation[:-1]) if said.role == "user"]
        return self._pasts.get(_key(conversation[: earlier[-1] + 1])) if earlier else None


def _key(conversation: Conversation) -> str:
    digest = hashlib.sha256()
    for said in conversation:
        digest.update(f"{said.role}\0{len(said.content)}\0{said.content}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def price(tokens: int, ctx_tokens: int) -> float:
    """How much more an expert must score to be worth evaluating ``tokens`` again."""
    return min(_MOST, _WHOLE_CONTEXT * max(0, tokens) / ctx_tokens)


def kept(decision: Decision, past: Past, tokens: int, ctx_tokens: int) -> Decision:
    """The decision, or the past mix where the change gains less than evaluating ``tokens`` again costs."""
    scores = {each.expert: each.score for each in decision.candidates}
    old, new = _leader(past.weights), _leader(decision.weights)
    if past.weights == decision.weights or tokens <= 0 or not {old, new} <= scores.keys():
        return decision
    gain = scores[new] - scores[old]
    if gain >= price(tokens, ctx_tokens):
        return decision
    reason = f"kept: {new} leads {old} by {gain:.2f}, and a change evaluates {tokens} tokens again"
    return replace(decision, weights=past.weights, reason=reason)


def _leader(weights: dict[str, float]) -> str:
    return max(weights, key=lambda name: weights[name], default=BASE)
