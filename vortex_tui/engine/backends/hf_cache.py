"""A row's K/V taken out of transformers' cache, and a cache made of it again."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

# Of other layers (recurrent states, shared K/V) it is not known here what they carry from turn to turn.
_CARRIED = (DynamicLayer, DynamicSlidingWindowLayer)
# With these the angles of early tokens depend on how long the sequence grows: K/V computed for a short
# one, or for the first piece of a prompt, is not that of the whole.
_MOVING_ROPE = ("dynamic", "longrope")


@dataclass(frozen=True, slots=True, eq=False)
class Saved:
    """K/V of one row without padding: keys and values of each layer. They are never written to.

    ``homes`` says where each layer computes: with offloaded layers not all on one device.
    """

    layers: tuple[tuple[torch.Tensor, torch.Tensor], ...]
    homes: tuple[torch.device, ...]

    @property
    def nbytes(self) -> int:
        """What the tensors weigh."""
        return sum(keys.nbytes + values.nbytes for keys, values in self.layers)

    def at(self, place: torch.device) -> Saved:
        """A copy on one device that shares no memory with this."""
        return self._copied([place] * len(self.layers))

    def at_home(self) -> Saved:
        """A copy on the layers' own devices."""
        return self._copied(self.homes)

    def _copied(self, places: Sequence[torch.device]) -> Saved:
        pairs = zip(self.layers, places, strict=True)
        copies = tuple((k.to(place, copy=True), v.to(place, copy=True)) for (k, v), place in pairs)
        return Saved(copies, self.homes)


class CacheForm:
    """What the K/V of a model looks like, and how much of it may serve another prompt.

    Layers with a sliding window have forgotten what the window passed over, so K/V that is longer than
    the smallest window serves only prompts that go on from all of it.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        self._config = model.config
        layers = self.empty().layers
        plain = bool(layers) and all(type(layer) in _CARRIED for layer in layers)
        windows = [layer.sliding_window for layer in layers if layer.is_sliding] if plain else []
        self._shortest = min(windows, default=0)
        # Whether keys and values are all that the layers carry.
        self.plain = plain
        self.steady = not _rope_moves(model.config)
        self.carries = plain and self.steady

    def empty(self) -> DynamicCache:
        """A cache that holds nothing."""
        return DynamicCache(config=self._config)

    def usable(self, length: int, shared: int) -> int:
        """How many tokens of K/V of ``length`` tokens serve a prompt that shares ``shared`` with it."""
        forgets = self._shortest and length >= self._shortest
        return 0 if forgets and shared < length else shared

    def save(self, cache: DynamicCache) -> Saved:
        """The K/V of a cache of one row; it shares memory with the cache."""
        homes = tuple(layer.keys.device for layer in cache.layers)
        return Saved(tuple((layer.keys, layer.values) for layer in cache.layers), homes)

    def first(self, saved: Saved, length: int, shared: int) -> Saved:
        """The ``shared`` first tokens of K/V of ``length`` tokens; it shares memory with it."""
        if shared == length:
            return saved
        parts = tuple((k[..., :shared, :], v[..., :shared, :]) for k, v in saved.layers)
        return Saved(parts, saved.homes)

    def filled(self, saved: Saved, length: int) -> DynamicCache:
        """A cache that goes on from ``length`` tokens; it shares memory with ``saved``."""
        cache = self.empty()
        for layer, (keys, values) in zip(cache.layers, saved.layers, strict=True):
            layer.lazy_initialization(keys, values)
            layer.keys, layer.values = keys, values
            if layer.is_sliding:
                layer.cumulative_length = length
        return cache


def argument(model: PreTrainedModel) -> str:
    """What a model's pass calls its K/V: newer versions of transformers have another name for it."""
    return "cache" if "cache" in inspect.signature(model.forward).parameters else "past_key_values"


def tensors_of(cache: DynamicCache) -> Iterator[torch.Tensor]:
    """Keys and values of the layers that hold any."""
    for layer in cache.layers:
        pair = (getattr(layer, "keys", None), getattr(layer, "values", None))
        yield from (tensor for tensor in pair if isinstance(tensor, torch.Tensor))


def _rope_moves(config: Any) -> bool:
    """Whether a model's rotary angles depend on the length; they may differ between kinds of layers."""
    said = getattr(config.get_text_config(decoder=True), "rope_parameters", None) or {}
    kinds = [said, *(kind for kind in said.values() if isinstance(kind, dict))]
    return any(kind.get("rope_type") in _MOVING_ROPE for kind in kinds)
