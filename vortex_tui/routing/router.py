"""Routers: from a prompt to the experts that should answer it.

``Router`` is the interface every mode implements; ``build`` makes the one that a profile names. A package
adds a mode of its own by an entry point of the group ``vortex_tui.routers``: a name, and a callable from
``Wanted`` and ``Ground`` to a router.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from vortex_tui.errors import ProfileError
from vortex_tui.escape import one_line
from vortex_tui.routing.arrow import Arrow
from vortex_tui.routing.decision import BASE, Decision, Scored
from vortex_tui.routing.ground import Ground
from vortex_tui.routing.learned import Learned
from vortex_tui.routing.similarity import Similar
from vortex_tui.routing.weighing import Policy
from vortex_tui.settings import Router as Wanted
from vortex_tui.settings import foreign_modes


class Router(Protocol):
    """Decides for one prompt at a time; holds no state of a conversation."""

    mode: str

    def decide(self, prompt: str) -> Decision:
        """Which experts answer ``prompt``; no weights mean the base."""


Maker = Callable[[Wanted, Ground], Router]


class Off:
    """No expert ever, or only those that are named by hand."""

    def __init__(self, mode: str, reason: str) -> None:
        self.mode = mode
        self._reason = reason

    def decide(self, prompt: str) -> Decision:  # noqa: ARG002 - the interface names it
        """The base."""
        return Decision(self.mode, {}, (Scored(BASE, 1.0),), self._reason)


def build(wanted: Wanted, ground: Ground) -> Router:
    """The router that a profile names. Raises ProfileError for a mode that cannot be here."""
    if wanted.mode == "off":
        return Off("off", "the profile switches routing off")
    if wanted.mode == "manual":
        return Off("manual", "the profile leaves the choice to you")
    if not ground.sources:
        return Off(wanted.mode, "no expert has exemplars: the base answers")
    return _maker(wanted.mode)(wanted, ground)


def _maker(mode: str) -> Maker:
    if mode in _MAKERS:
        return _MAKERS[mode]
    point = foreign_modes()[mode]
    try:
        made: Maker = point.load()
    except (ImportError, AttributeError) as error:
        raise ProfileError(
            f"the router's mode {one_line(mode)} could not be loaded",
            found=one_line(str(error)),
            expected=f"a callable at {one_line(point.value)}",
            mend="mend or remove the package that adds it, or set another experts.router.mode",
        ) from error
    return made


def _policy(wanted: Wanted, ground: Ground) -> Policy:
    return Policy(1 if wanted.mix_mode == "single" else wanted.top_k, ground.fit.temperature)


def _hybrid(wanted: Wanted, ground: Ground) -> Router:
    if ground.encode is None:
        return _lexical(wanted, ground)
    return Learned(ground, "hybrid", _policy(wanted, ground), wanted.max_harm)


def _lexical(wanted: Wanted, ground: Ground) -> Router:
    return Learned(ground, "lexical", _policy(wanted, ground), wanted.max_harm)


def _dense(wanted: Wanted, ground: Ground) -> Router:
    _needs_encoder(wanted, ground)
    return Learned(ground, "dense", _policy(wanted, ground), wanted.max_harm)


def _similar(wanted: Wanted, ground: Ground) -> Router:
    _needs_encoder(wanted, ground)
    return Similar(ground, wanted.mode, _policy(wanted, ground))


def _arrow(wanted: Wanted, ground: Ground) -> Router:
    return Arrow(ground.affinities(), _policy(wanted, ground))


def _needs_encoder(wanted: Wanted, ground: Ground) -> None:
    if ground.encode is None:
        raise ProfileError(
            f"the router's mode {one_line(wanted.mode)} needs an encoder",
            found="experts.router.encoder = lexical",
            expected="base, or the folder of a sentence-transformers model",
            mend="set experts.router.encoder, or experts.router.mode to lexical",
        )


_MAKERS: Mapping[str, Maker] = {
    "hybrid": _hybrid,
    "lexical": _lexical,
    "dense": _dense,
    "centroid": _similar,
    "knn": _similar,
    "logistic": _similar,
    "arrow": _arrow,
}
