"""The routers of a loaded bank: the profile's own, and others as they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from vortex_tui import paths, settings
from vortex_tui.engine.backends.base import Affinities, Backend
from vortex_tui.engine.encoding import Encoder
from vortex_tui.experts import adapter, bank
from vortex_tui.experts.adapter import Adapter
from vortex_tui.experts.bank import BankEntry
from vortex_tui.routing import background, fitted, router, source, store, vectors
from vortex_tui.routing.fitted import Fit
from vortex_tui.routing.ground import Ground
from vortex_tui.routing.router import Router


class Routers:
    """The routers of one bank under one encoder (None: by terms alone).

    ``candidates`` serve in place of their domains' champions; the index of such a bank is not kept.
    """

    def __init__(
        self,
        profile: settings.Profile,
        entries: Sequence[BankEntry],
        backend: Backend,
        encoder: Encoder | None,
        data_dir: Path,
        candidates: Sequence[BankEntry] = (),
    ) -> None:
        enabled = profile.experts.enabled
        serving = bank.with_candidates(entries, candidates).values() if enabled else ()
        self._serving = [entry for entry in serving if entry.manifest and entry.manifest.exemplar_count]
        self._backend = backend
        self._max_loaded = profile.experts.max_loaded
        self._passing = bool(candidates)
        self._built: dict[settings.Router, Router] = {}
        self.encoder = encoder
        self.ground = self._ground(data_dir, encoder)
        self.own = self.of(profile.experts.router)

    def of(self, wanted: settings.Router) -> Router:
        """The router of these settings. Raises ProfileError."""
        if wanted not in self._built:
            # A mix of more experts than may be resident could never answer.
            top_k = min(wanted.top_k, self._max_loaded)
            self._built[wanted] = router.build(wanted.model_copy(update={"top_k": top_k}), self.ground)
        return self._built[wanted]

    def close(self) -> None:
        """Let go of the encoder."""
        if self.encoder is not None:
            self.encoder.close()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the person should know of the fit."""
        if not self.ground.sources:
            return ()
        if not self.ground.fit_is_own:
            return ("the router was not fitted on this model: it asks for more certainty until router fit",)
        if self.ground.fit.bank != self.ground.bank:
            return ("the router was fitted on other experts than these: vortex-tui router fit",)
        return ()

    def _ground(self, data_dir: Path, encoder: Encoder | None) -> Ground:
        identity = encoder.identity if encoder else ""
        fit, own = _fit(data_dir, identity)
        sources = [source.of_card(bank.usable(entry)) for entry in self._serving]
        base = background.base(fit.base_prompts)
        return Ground(
            sources=sources,
            base=base,
            encode=encoder.encode if encoder else None,
            encode_bank=self._encode_bank(data_dir, encoder) if encoder else None,
            encoder=identity,
            fit=fit,
            fit_is_own=own or (encoder is None and fit.bank == store.digest_of(sources)),
            affinities=self._affinities,
            cache=None if self._passing else data_dir / "cache" / store.FOLDER,
        )

    def _encode_bank(self, data_dir: Path, encoder: Encoder) -> vectors.Encode:
        known = vectors.file_of(data_dir, encoder.identity)
        shipped = [paths.nano() / vectors.FOLDER, fitted.SHIPPED]
        if self._passing:  # the bank's own vectors are read, and stay as they are
            shipped.append(known.parent)
            known = known.parent / "trial" / known.name
        return vectors.kept(known, encoder.encode, shipped)

    def _affinities(self) -> Affinities:
        return self._backend.affinities(self._adapters(), background.unserved())

    def _adapters(self) -> Iterator[tuple[str, Adapter]]:
        for entry in self._serving:
            found = bank.usable(entry).reread()
            yield entry.id, adapter.read(found, entry.folder, patterns=self._backend.heeds_patterns)


def _fit(data_dir: Path, encoder: str) -> tuple[Fit, bool]:
    """The fit under an encoder: the user's, else the one in the box; and whether it was made under it."""
    name = vectors.digest_of(encoder) if encoder else ""
    found = fitted.read(fitted.file_of(data_dir, name)) or fitted.shipped()
    return found, found.encoder == name
