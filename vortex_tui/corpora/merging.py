"""New examples among those a domain has: duplicates left out, clusters found, each cluster in one split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from vortex_tui.corpora.example import Example
from vortex_tui.corpora.left_out import LeftOut, Reason
from vortex_tui.corpora.likeness import Likeness, Profile
from vortex_tui.corpora.splitting import Cluster, place
from vortex_tui.evaluation.case import Split


@dataclass(frozen=True, slots=True)
class Old:
    """An example that a domain has already; ``cluster`` is its own digest where none was written."""

    prompt: str
    response: str
    split: Split
    cluster: str
    digest: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A new example with its place."""

    example: Example
    split: Split
    cluster: str


@dataclass(slots=True)
class Merged:
    """What became of the new examples: each is kept or left out."""

    kept: list[Kept] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


def merge(old: Sequence[Old], new: Iterable[Example]) -> Merged:
    """Place ``new`` among ``old``; neither the order of ``new`` nor who comes first changes the outcome."""
    ordered = sorted(((one.digest, one) for one in new), key=lambda pair: (pair[0], *_origin(pair[1])))
    known = {one.digest for one in old}
    if all(digest in known for digest, _ in ordered):
        return Merged(left_out=[_left(one, "duplicate", "the corpus has it") for _, one in ordered])
    return _Merge(old, len(ordered)).run(ordered)


def _origin(example: Example) -> tuple[str, ...]:
    """What decides between two that say the same: all that may differ, so that no order of files does."""
    where = (example.source, example.part, example.source_sha256, example.kind, example.license)
    turns = (text for turn in example.messages for text in (turn.role, turn.content))
    return (*where, example.group, example.prompt, example.response, *turns)


class _Merge:
    """One merge: clusters as numbers of their first member, relabelled when two become one."""

    def __init__(self, old: Sequence[Old], room: int) -> None:
        size = len(old) + room
        self._likeness = Likeness(size)
        self._roots = np.arange(size)
        self._split: dict[int, Split] = {}
        self._name: dict[int, str] = {}
        self._digests: dict[str, int] = {}
        self._groups: dict[str, int] = {}
        self._kept: list[tuple[int, Example]] = []
        self._left: list[LeftOut] = []
        self._there = Counter(one.split for one in old)
        self._take(old)

    def _take(self, old: Sequence[Old]) -> None:
        firsts: dict[tuple[Split, str], int] = {}
        for one in old:
            number = self._likeness.add(self._likeness.profile(one.prompt, one.response))
            # A cluster that a hand has put into two splits is two: nothing is moved.
            root = firsts.setdefault((one.split, one.cluster), number)
            self._roots[number] = root
            self._split[root], self._name[root] = one.split, one.cluster
            self._digests.setdefault(one.digest, number)

    def run(self, ordered: Sequence[tuple[str, Example]]) -> Merged:
        for digest, example in ordered:
            self._one(digest, example)
        splits = place(self._new_clusters(), self._there)
        kept = []
        for number, example in self._kept:
            root = int(self._roots[number])
            name = self._name[root]
            kept.append(Kept(example, self._split.get(root) or splits[name], name))
        return Merged(kept, self._left)

    def _one(self, digest: str, example: Example) -> None:
        profile = self._likeness.profile(example.prompt, example.response)
        if (same := self._digests.get(digest)) is not None:
            self._left.append(_left(example, "duplicate", "said word for word by another"))
            self._bind(example, profile, same)
            return
        alike = self._likeness.alike(profile, self._roots)
        if alike.same is not None:
            self._left.append(_left(example, "near-duplicate", "nearly the same as another"))
            self._bind(example, profile, alike.same)
            return
        roots = {int(self._roots[number]) for number in self._with_group(example, alike.related)}
        if self._of_two_splits(roots):
            why = "alike to examples of two splits; whichever it joined, the other would know it"
            self._left.append(_left(example, "between splits", why))
            return
        number = self._likeness.add(profile)
        self._kept.append((number, example))
        self._digests[digest] = number
        self._join(number, digest, roots)
        if example.group:
            self._groups.setdefault(example.group, number)

    def _with_group(self, example: Example, related: tuple[int, ...]) -> list[int]:
        mine = self._groups.get(example.group) if example.group else None
        return [*related] if mine is None else [*related, mine]

    def _bind(self, example: Example, profile: Profile, same: int) -> None:
        """A group goes where its duplicate is; but a greeting that many share binds nobody."""
        if not example.group or profile.is_short_pair:
            return
        mine = self._groups.setdefault(example.group, same)
        roots = {int(self._roots[mine]), int(self._roots[same])}
        if len(roots) > 1 and not self._of_two_splits(roots):
            self._unite(roots, same)

    def _of_two_splits(self, roots: set[int]) -> bool:
        return len({self._split[root] for root in roots if root in self._split}) > 1

    def _join(self, number: int, digest: str, roots: set[int]) -> None:
        """Give a new example its cluster: its own, or the one that ``roots`` become."""
        self._name[number] = digest
        if roots:
            self._unite(roots | {number}, number)

    def _unite(self, roots: set[int], root: int) -> None:
        """Make one cluster of ``roots``, called ``root``; a name that was written before stays."""
        placed = [one for one in roots if one in self._split]
        name = min(self._name[one] for one in placed or roots)
        split = self._split[placed[0]] if placed else None
        self._roots[np.isin(self._roots, list(roots))] = root
        for one in roots:
            self._split.pop(one, None)
            del self._name[one]
        self._name[root] = name
        if split:
            self._split[root] = split

    def _new_clusters(self) -> list[Cluster]:
        sizes = Counter(int(self._roots[number]) for number, _ in self._kept)
        return [Cluster(self._name[root], size) for root, size in sizes.items() if root not in self._split]


def _left(example: Example, reason: Reason, why: str) -> LeftOut:
    return LeftOut(example.source, reason, why, example.part)
