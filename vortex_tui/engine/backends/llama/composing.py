"""Mixes that come again, as one adapter each: composed in the background, loaded between two answers.

The first answer under a mix waits for nothing: its adapters are worn side by side.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from vortex_tui.errors import VortexError
from vortex_tui.escape import one_line
from vortex_tui.experts.mix import Mix

log = logging.getLogger(__name__)

Parts = Sequence[tuple[Path, float]]
Compose = Callable[[str, Parts], Path]
_OFTEN = 2
_REMEMBERED = 1000


class Composing:
    """Which mixes have a file of their own. ``compose`` writes or finds one, in a thread of its own."""

    def __init__(self, compose: Compose) -> None:
        self._compose = compose
        self._uses: Counter[str] = Counter()
        self._futures: dict[str, Future[Path | None]] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="compose")

    def used(self, mix: Mix, parts: Parts) -> None:
        """Count a use; a mix of several that comes again is composed."""
        if len(parts) < 2:
            return
        if len(self._uses) > _REMEMBERED:
            self._uses.clear()
        self._uses[mix.hash] += 1
        if self._uses[mix.hash] >= _OFTEN and mix.hash not in self._futures:
            self._futures[mix.hash] = self._thread.submit(self._made, mix.hash, tuple(parts))

    def _made(self, key: str, parts: Parts) -> Path | None:
        try:
            return self._compose(key, parts)
        except VortexError as error:
            log.warning("a mix stays in parts: %s", error)
            return None

    def file(self, mix: Mix) -> Path | None:
        """The composed file if it is there. A mix that could not be composed stays in parts."""
        future = self._futures.get(mix.hash)
        return future.result() if future is not None and future.done() else None

    def refuse(self, mix: Mix, reason: str) -> None:
        """The file is no use: this mix stays in parts."""
        log.warning("a composed mix was refused: %s", one_line(reason))
        nothing: Future[Path | None] = Future()
        nothing.set_result(None)
        self._futures[mix.hash] = nothing

    def close(self) -> None:
        """End the thread; what has not begun is left."""
        self._thread.shutdown(wait=True, cancel_futures=True)
