"""Which examples of a corpus are alike: candidates by MinHash LSH, each then compared exactly.

Two are *related*, and kept in one split, when their prompts or their long responses have RELATED of
their shingles in common. They are *the same*, and one is left out, when both have SAME in common.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vortex_tui.corpora.refusal import missing
from vortex_tui.corpora.sketch import PERMUTATIONS, Shingles, Signature, Sketcher, jaccard

RELATED = 0.8
SAME = 0.9
# In shingles. A short answer ("yes") binds nobody; in a short task one word is the task.
LONG = 20
# 32 bands of 4 rows: a pair at RELATED escapes with a probability of (1 - 0.8^4)^32 = 4e-8.
_BANDS = (32, 4)
# An estimate from 128 permutations errs by 0.035; this far below RELATED is four times that.
_SLACK = 0.15


@dataclass(frozen=True, slots=True)
class Profile:
    """The shingles and signatures of a prompt and of its response."""

    prompt: Shingles
    response: Shingles
    prompt_signature: Signature
    response_signature: Signature

    @property
    def is_long(self) -> bool:
        """True for a response long enough to bind those that share it."""
        return len(self.response) >= LONG

    @property
    def is_short_pair(self) -> bool:
        """True for a pair that is a small task, where one word makes another task."""
        return len(self.prompt) + len(self.response) < LONG


@dataclass(frozen=True, slots=True)
class Alike:
    """What an example is like: one that says the same, or None; and a member of each related cluster."""

    same: int | None
    related: tuple[int, ...]


class Likeness:
    """Examples by number, in the order they were added; ``room`` is how many there may be."""

    def __init__(self, room: int) -> None:
        try:
            from datasketch import MinHashLSH
        except ImportError as error:
            raise missing("datasketch", "finding near-duplicates") from error
        self._sketcher = Sketcher()
        self._prompts = MinHashLSH(num_perm=PERMUTATIONS, params=_BANDS)
        self._responses = MinHashLSH(num_perm=PERMUTATIONS, params=_BANDS)
        self._profiles: list[Profile] = []
        self._prompt_rows = np.empty((room, PERMUTATIONS), dtype=np.uint32)
        self._response_rows = np.empty((room, PERMUTATIONS), dtype=np.uint32)

    def profile(self, prompt: str, response: str) -> Profile:
        """What likeness is judged by."""
        asked, answered = self._sketcher.shingles(prompt), self._sketcher.shingles(response)
        return Profile(
            asked,
            answered,
            self._sketcher.signature(asked),
            self._sketcher.signature(answered),
        )

    def add(self, profile: Profile) -> int:
        """Add an example; its number."""
        number = len(self._profiles)
        self._profiles.append(profile)
        self._prompt_rows[number] = profile.prompt_signature
        self._response_rows[number] = profile.response_signature
        self._prompts.insert(number, self._sketcher.minhash(profile.prompt_signature), check_duplication=False)
        if profile.is_long:
            self._responses.insert(
                number, self._sketcher.minhash(profile.response_signature), check_duplication=False
            )
        return number

    def alike(self, profile: Profile, roots: npt.NDArray[np.int64]) -> Alike:
        """What an example is like; ``roots`` says of each number which cluster it is in."""
        near = self._candidates(profile)
        if not len(near):
            return Alike(None, ())
        prompts = (self._prompt_rows[near] == profile.prompt_signature).mean(axis=1)
        responses = (self._response_rows[near] == profile.response_signature).mean(axis=1)
        same = None
        if not profile.is_short_pair:
            both = np.minimum(prompts, responses)
            same = next((n for n in _best(near, both, SAME) if self._is_same(profile, n)), None)
        found: list[int] = []
        shown = np.maximum(prompts, responses if profile.is_long else 0.0)
        of_near = roots[near]
        # One of a cluster is enough: a large family costs one comparison and not one for each member.
        for root in np.unique(of_near):
            mine = of_near == root
            likely = _best(near[mine], shown[mine], RELATED)
            found += self._first(profile, _best(near[mine], shown[mine], RELATED))
        return Alike(same, tuple(found))

    def _first(self, profile: Profile, likely: list[int]) -> list[int]:
        found = next((n for n in likely if self._is_related(profile, n)), None)
        return [] if found is None else [found]

    def _candidates(self, profile: Profile) -> npt.NDArray[np.int64]:
        found = set(self._prompts.query(self._sketcher.minhash(profile.prompt_signature)))
        if profile.is_long:
            found.update(self._responses.query(self._sketcher.minhash(profile.response_signature)))
        return np.array(sorted(found), dtype=np.int64)

    def _is_same(self, profile: Profile, number: int) -> bool:
        other = self._profiles[number]
        return (
            jaccard(profile.prompt, other.prompt) >= SAME and jaccard(profile.response, other.response) >= SAME
        )

    def _is_related(self, profile: Profile, number: int) -> bool:
        other = self._profiles[number]
        if jaccard(profile.prompt, other.prompt) >= RELATED:
            return True
        long = profile.is_long and other.is_long
        return long and jaccard(profile.response, other.response) >= RELATED


def _best(
    numbers: npt.NDArray[np.int64], estimates: npt.NDArray[np.float64], wanted: float
) -> list[int]:
    """The numbers whose estimate may mean ``wanted``, the likeliest first."""
    order = np.argsort(-estimates, kind="stable")
    return [int(numbers[at]) for at in order if estimates[at] >= wanted - _SLACK]
