"""A task: what one expert is asked and what it must answer."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

from vortex_tui.nano.tasks.phrasing import Split


class Example(NamedTuple):
    """A request as somebody types it, and the only right answer."""

    prompt: str
    answer: str


class Task(NamedTuple):
    """The requests of one domain: `make` draws them, `plain` holds some written by hand.

    The plain ones avoid the domain's usual words, so that neither an expert nor a router can lean on
    them. They are sealed: in the test split and nowhere else.
    """

    domain: str
    title: str
    description: str
    make: Callable[[random.Random, Split], Example]
    plain: tuple[Example, ...]
