"""What a mode stands on: the bank's exemplars, the encoder, the index, and what was fitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vortex_tui.routing import index, material, store, vectors
from vortex_tui.routing.classes import Floats
from vortex_tui.routing.fitted import Fit
from vortex_tui.routing.index import Index
from vortex_tui.routing.source import Source, digest
from vortex_tui.routing.vectors import Encode

# Arrow's view of a prompt: a share for each expert.
Affinities = Callable[[str], Mapping[str, float]]


@dataclass(slots=True)
class Ground:
    """One bank under one encoder, for every mode that may be asked for.

    ``encode`` serves a prompt, ``encode_bank`` the exemplars and may know them already; both are None
    without an encoder. ``encoder`` names what the vectors depend on. ``cache`` is where indices are kept,
    None for nowhere. ``fit_is_own`` says that the fit was made under this encoder. ``affinities`` makes
    Arrow's view of prompts, or raises ProfileError where the backend has none.
    """

    sources: Sequence[Source]
    base: Source
    encode: Encode | None
    encode_bank: Encode | None
    encoder: str
    fit: Fit
    fit_is_own: bool
    affinities: Callable[[], Affinities]
    cache: Path | None = None
    _indices: dict[bool, Index] = field(default_factory=dict)

    def encoded(self, text: str) -> Floats:
        """The encoder's vector of a prompt, (d,). Only where there is an encoder."""
        if self.encode is None:
            raise ValueError("there is no encoder")
        vector: Floats = self.encode([text])[0]
        return vector

    def index(self, *, dense: bool) -> Index:
        """The index of the bank, with the dense view or without; read from the cache where it is there."""
        if dense not in self._indices:
            self._indices[dense] = self._indices.get(True) or self._load(dense=dense)
        return self._indices[dense]

    def _load(self, *, dense: bool) -> Index:
        encoder = self.encoder if dense else ""
        if self.cache is None:
            return index.build(self.material(dense=dense))
        folder = self.cache / store.name(self.sources, self.base, encoder)
        found = store.load(folder)
        if found is not None:
            return found[0]
        made = index.build(self.material(dense=dense, known=store.known(self.cache)))
        store.save(made, [source.digest for source in (*self.sources, self.base)], folder)
        found = store.load(folder)  # what lies in files need not stay in memory
        return found[0] if found is not None else made

    def material(self, *, dense: bool, known: material.Known | None = None) -> material.Material:
        """The exemplars' terms and vectors."""
        encode = self.encode_bank if dense else None
        return material.gather(self.sources, self.base, encode, known or {})

    @property
    def encoder_digest(self) -> str:
        """What fits know the encoder by; nothing without one."""
        return vectors.digest_of(self.encoder) if self.encoder else ""

    @property
    def digest(self) -> str:
        """Of all that decisions depend on."""
        return digest([self.encoder, self.bank, self.base.digest, self.fit.model_dump_json()])

    @property
    def bank(self) -> str:
        """The digest of the experts and their exemplars."""
        return store.digest_of(self.sources)
