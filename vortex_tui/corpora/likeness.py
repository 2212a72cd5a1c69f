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
# An index that names more than this share of all is left aside for so many examples: a corpus of one mould.
_CROWDED = 2 / 3
_ALL_FOR = 100

Numbers = npt.NDArray[np.int64]
Estimates = npt.NDArray[np.float64]


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
        self._all_for = 0
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
        self._prompts.insert(
            number, self._sketcher.minhash(profile.prompt_signature), check_duplication=False
        )
        if profile.is_long:
            self._responses.insert(
                number, self._sketcher.minhash(profile.response_signature), check_duplication=False
            )
        return number

    def alike(self, profile: Profile, roots: Numbers) -> Alike:
        """What an example is like; ``roots`` says of each number which cluster it is in."""
        near = self._candidates(profile)
        if not len(near):
            return Alike(None, ())
        prompts = _shared(self._prompt_rows[near], profile.prompt_signature)
        responses = _shared(self._response_rows[near], profile.response_signature)
        either = np.maximum(prompts, responses) if profile.is_long else prompts
        same = None
        if not profile.is_short_pair:
            same = self._same(profile, _best(near, np.minimum(prompts, responses), SAME))
        return Alike(same, self._related(profile, _best(near, either, RELATED), roots))

    def _same(self, profile: Profile, likely: Numbers) -> int | None:
        return next((int(number) for number in likely if self._is_same(profile, number)), None)

    def _related(self, profile: Profile, likely: Numbers, roots: Numbers) -> tuple[int, ...]:
        """One of each related cluster: a large family costs one comparison, not one for each member."""
        found = []
        while len(likely):
            number = int(likely[0])
            if self._is_related(profile, number):
                found.append(number)
                likely = likely[roots[likely] != roots[number]]
            else:
                likely = likely[1:]
        return tuple(found)

    def _candidates(self, profile: Profile) -> Numbers:
        """Who may be alike; where the index names most of them anyway, all, which is sooner had."""
        if self._all_for:
            self._all_for -= 1
            return np.arange(len(self._profiles))
        found = set(self._prompts.query(self._sketcher.minhash(profile.prompt_signature)))
        if profile.is_long:
            found.update(self._responses.query(self._sketcher.minhash(profile.response_signature)))
        if len(found) > _CROWDED * len(self._profiles):
            self._all_for = _ALL_FOR
        return np.sort(np.fromiter(found, dtype=np.int64, count=len(found)))

    def _is_same(self, profile: Profile, number: int) -> bool:
        other = self._profiles[number]
        return (
            jaccard(profile.prompt, other.prompt) >= SAME
            and jaccard(profile.response, other.response) >= SAME
        )

    def _is_related(self, profile: Profile, number: int) -> bool:
        other = self._profiles[number]
        if jaccard(profile.prompt, other.prompt) >= RELATED:
            return True
        long = profile.is_long and other.is_long
        return long and jaccard(profile.response, other.response) >= RELATED


def _shared(rows: npt.NDArray[np.uint32], signature: Signature) -> Estimates:
    """The share of a signature that each row has in common with it."""
    shares: Estimates = np.count_nonzero(rows == signature, axis=1) / PERMUTATIONS
    return shares


def _best(numbers: Numbers, estimates: Estimates, wanted: float) -> Numbers:
    """The numbers whose estimate may mean ``wanted``, the likeliest first."""
    likely = estimates >= wanted - _SLACK
    return numbers[likely][np.argsort(-estimates[likely], kind="stable")]
