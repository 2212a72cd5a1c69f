"""Who can answer: the bank's experts, the control beside it, and the mixes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vortex_tui.engine.protocol import BARE, Choice, ExpertInfo, Named
from vortex_tui.errors import ExpertError
from vortex_tui.experts import mix
from vortex_tui.experts.card import ExpertCard
from vortex_tui.experts.manifest import ExpertManifest
from vortex_tui.experts.mix import Mix, MixPart

BASE = Mix()


@dataclass(frozen=True, slots=True)
class Roster:
    """Content hashes by expert id, and the expert that serves each domain."""

    hashes: Mapping[str, str]
    serving: Mapping[str, str]
    control: Mix | None = None

    @property
    def experts(self) -> Sequence[str]:
        """Ids of the experts that serve a domain, in order."""
        return sorted(self.serving.values())

    def mix(self, weights: Iterable[tuple[str, float]]) -> Mix:
        """The mix of these experts. Raises ExpertError for one that is not in the bank."""
        return mix.make(MixPart(expert, self._hash(expert), weight) for expert, weight in weights)

    def alone(self, expert: str) -> Mix:
        """One expert at full weight."""
        return self.mix([(expert, 1.0)])

    def _hash(self, expert: str) -> str:
        if expert not in self.hashes:
            raise ExpertError(f"the router names {expert!r}, which is not in the bank")
        return self.hashes[expert]


def roster(infos: Iterable[ExpertInfo], control: ExpertCard | None = None) -> Roster:
    """The experts that can be used. Raises ExpertError when there is none."""
    usable = [info for info in infos if not info.problem]
    if not usable:
        raise nobody("an empty bank")
    return Roster(
        {info.id: info.content_hash for info in usable},
        {info.domain: info.id for info in usable if info.champion},
        alone(control) if control else None,
    )


def nobody(found: str) -> ExpertError:
    """What a person is told of a bank that cannot be evaluated."""
    return ExpertError(
        "there is no expert to evaluate",
        found=found,
        expected="one expert or more that is made for this base",
        mend="vortex-tui experts list says why one is not used; vortex-tui eval --mock evaluates nano's",
    )


def alone(expert: ExpertCard | ExpertManifest) -> Mix:
    """One expert at full weight, by its manifest."""
    return Mix((MixPart(expert.id, expert.content_hash, 1.0),))


def choice(chosen: Mix) -> Choice:
    """A mix as it is asked for."""
    return Named(weights={part.expert: part.weight for part in chosen.parts}) if chosen.parts else BARE


def lead(chosen: Mix) -> str:
    """The domain of the expert with the largest weight; empty for the base."""
    if not chosen.parts:
        return ""
    best = min(chosen.parts, key=lambda part: (-part.weight, part.expert))
    return best.expert.partition("/")[0]


def told(chosen: Mix) -> str:
    """A mix in words: ``base``, ``units``, ``roman=0.70,words=0.30``; the control by its domain."""
    ranked = sorted(chosen.parts, key=lambda part: (-part.weight, part.expert))
    names = [(part.expert.partition("/")[0], part.weight) for part in ranked]
    if len(names) == 1 and names[0][1] == 1.0:
        return names[0][0]
    return ",".join(f"{name}={weight:.2f}" for name, weight in names) or "base"
