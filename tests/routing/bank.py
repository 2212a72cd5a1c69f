"""Small banks for routers: exemplars of nano's own tasks, an encoder that needs no model."""

from __future__ import annotations

import random
import zlib
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from vortex_tui import settings
from vortex_tui.errors import ProfileError
from vortex_tui.nano.tasks import sample
from vortex_tui.routing import background, fitted, router, source
from vortex_tui.routing.ground import Affinities, Ground
from vortex_tui.routing.router import Router
from vortex_tui.routing.terms import words
from vortex_tui.routing.vectors import Encode, Matrix

WIDTH = 128
DOMAINS = ("arithmetic", "sql", "roman", "json")


def exemplars(domain: str, count: int = 40) -> list[str]:
    """Prompts of one of nano's tasks."""
    rng = random.Random(domain)
    return [sample(domain, rng, "train").prompt for _ in range(count)]


def fresh(domain: str, count: int, seed: int = 9) -> list[str]:
    """Other prompts of the same task and wordings."""
    rng = random.Random(seed)
    return [sample(domain, rng, "train").prompt for _ in range(count)]


def hashed(texts: Sequence[str]) -> Matrix:
    """An encoder that knows words and no more: each has a random direction of its own."""
    return np.stack([sum((_direction(word) for word in words(text)), np.zeros(WIDTH)) for text in texts])


@cache
def _direction(word: str) -> Matrix:
    return np.random.default_rng(zlib.crc32(word.encode())).normal(size=WIDTH).astype(np.float32)


@cache
def real() -> Encode:
    """The encoder of nano's base."""
    from vortex_tui import paths
    from vortex_tui.engine import model_folder
    from vortex_tui.engine.backends.hf import HfBackend

    backend = HfBackend(model_folder.inspect(paths.nano() / "base"), "nf4", lambda *_: None)
    return backend.embed


def ground(bank: Mapping[str, Sequence[str]], encode: Encode | None = hashed, *, own: bool = True) -> Ground:
    """What a mode stands on, with the fit in the box."""
    sources = [source.of(name, texts) for name, texts in bank.items() if texts]
    return Ground(
        sources=sources,
        base=background.base(),
        encode=encode,
        encode_bank=encode,
        encoder="hashed" if encode else "",
        fit=fitted.shipped(),
        fit_is_own=own,
        affinities=_no_arrow,
    )


def _no_arrow() -> Affinities:
    raise ProfileError("arrow needs the hf backend")


def built(
    bank: Mapping[str, Sequence[str]], encode: Encode | None = hashed, *, own: bool = True, **wanted: object
) -> Router:
    """A router of these settings on such a bank."""
    return router.build(settings.Router.model_validate(wanted), ground(bank, encode, own=own))
