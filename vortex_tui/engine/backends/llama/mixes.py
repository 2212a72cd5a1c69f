"""Mixes on a loaded model: the experts' own adapters, or one adapter composed of them.

A form of a mix has a key of its own: K/V computed under separate adapters is that of the composed one
only up to rounding, and an answer must not depend on what was asked before.
"""

from __future__ import annotations

import os
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vortex_tui.engine.backends.llama.composing import Composing
from vortex_tui.engine.backends.llama.library import complaint, native
from vortex_tui.engine.backends.llama.weights import Weights
from vortex_tui.errors import ExpertError
from vortex_tui.experts.adapter import Adapter
from vortex_tui.experts.mix import Mix
from vortex_tui.gguf import fitting
from vortex_tui.gguf.header import Header

Convert = Callable[[Adapter], Path]


@dataclass(frozen=True, slots=True)
class Form:
    """What is put on for a mix: adapters with their weights, and the key of its K/V."""

    key: str
    adapters: tuple[tuple[Any, float], ...]


@dataclass(frozen=True, slots=True)
class _Composed:
    pointer: Any
    bytes: int


class Mixes:
    """Adapters by content hash and composed mixes by theirs, for the model whose header is ``base``.

    ``take_off`` frees contexts of all adapters; composed ones weigh ``composed_bytes`` at most.
    """

    def __init__(
        self,
        weights: Weights,
        base: Header,
        convert: Convert,
        composing: Composing,
        take_off: Callable[[], None],
        composed_bytes: int,
    ) -> None:
        self._composed_bytes = composed_bytes
        self._native = native()
        self._weights = weights
        self._base = base
        self._convert = convert
        self._composing = composing
        self._take_off = take_off
        self._files: dict[str, Path] = {}
        self._pointers: dict[str, Any] = {}
        self._composed: OrderedDict[str, _Composed] = OrderedDict()
        self._in_use: Counter[str] = Counter()

    def attach(self, adapter: Adapter) -> None:
        """Load an adapter. Raises ExpertError when it does not fit the model."""
        file = self._convert(adapter)
        pointer, found = self._read(file)
        if not pointer:
            raise ExpertError(
                f"the expert {adapter.manifest.id} does not fit this GGUF",
                found=found,
                expected="an adapter of the model the GGUF was made from",
                mend=f"vortex-tui experts verify {adapter.manifest.id}",
            )
        self._pointers[adapter.content_hash], self._files[adapter.content_hash] = pointer, file

    def _read(self, file: Path) -> tuple[Any, str]:
        """An adapter's pointer, or none and why. Raises ExpertError for what llama.cpp must not be given."""
        fitting.check(file, self._base)
        complaint()
        pointer = self._native.llama_adapter_lora_init(self._weights.pointer, os.fsencode(file))
        return pointer, complaint() or "llama.cpp gave no reason"

    def detach(self, content_hash: str) -> None:
        """Free an adapter that no answer uses."""
        self._take_off()
        self._native.llama_adapter_lora_free(self._pointers.pop(content_hash))
        del self._files[content_hash]

    def form(self, mix: Mix) -> Form:
        """How a mix is worn now; it counts as a use."""
        self._composing.used(mix, [(self._files[part.content_hash], part.weight) for part in mix.parts])
        composed = self._composed.get(mix.hash) or self._load(mix)
        if composed is not None:
            self._composed.move_to_end(mix.hash)
            return Form(f"{mix.hash} composed", ((composed.pointer, 1.0),))
        return Form(mix.hash, tuple((self._pointers[p.content_hash], p.weight) for p in mix.parts))

    def peek(self, mix: Mix) -> str:
        """The key that ``form`` would give."""
        there = mix.hash in self._composed or self._composing.file(mix) is not None
        return f"{mix.hash} composed" if there else mix.hash

    def _load(self, mix: Mix) -> _Composed | None:
        file = self._composing.file(mix)
        if file is None:
            return None
        try:
            pointer, found = self._read(file)
        except ExpertError as error:
            pointer, found = None, f"{error.message}: {error.found}"
        if not pointer:
            self._composing.refuse(mix, found)
            return None
        self._composed[mix.hash] = _Composed(pointer, file.stat().st_size)
        self._shrink()
        return self._composed[mix.hash]

    def _shrink(self) -> None:
        """Free the least recently used that no answer wears; the newest one stays."""
        for key in list(self._composed)[:-1]:
            if sum(each.bytes for each in self._composed.values()) <= self._composed_bytes:
                return
            if not self._in_use[key]:
                self._take_off()
                self._native.llama_adapter_lora_free(self._composed.pop(key).pointer)

    def hold(self, mix: Mix) -> Form:
        """A form that stays until ``let_go``."""
        form = self.form(mix)
        self._in_use[mix.hash] += 1
        return form

    def let_go(self, mix: Mix) -> None:
        """One answer less wears this mix."""
        self._in_use[mix.hash] -= 1

    def close(self) -> None:
        """End the composing thread. llama.cpp frees the adapters with the model."""
        self._composing.close()
