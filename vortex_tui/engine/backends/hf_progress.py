"""Follow transformers' own progress bar while it loads weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from transformers.utils.logging import set_tqdm_hook


class _Followed:
    """What transformers iterates over in place of a bar."""

    def __init__(self, items: Iterable[Any], total: int, on_fraction: Callable[[float], None]) -> None:
        self._items = items
        self._total = max(1, total)
        self._on_fraction = on_fraction

    def __iter__(self) -> Iterator[Any]:
        # A model has hundreds of tensors; a hundred steps are enough for any bar.
        every = max(1, self._total // 100)
        for done, item in enumerate(self._items):
            if done % every == 0:
                self._on_fraction(done / self._total)
            yield item


@contextmanager
def weights_progress(on_fraction: Callable[[float], None]) -> Iterator[None]:
    """Call ``on_fraction`` with 0..1 while weights are loaded inside the block."""

    def hook(factory: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        if not args or options.get("desc") != "Loading weights":
            return factory(*args, **options)
        return _Followed(args[0], len(args[0]), on_fraction)

    previous = set_tqdm_hook(hook)
    try:
        yield
    finally:
        set_tqdm_hook(previous)
