"""Was anything that a candidate is judged by in what it was trained on?

Exactly: the same letters and digits, whatever the case, spaces and punctuation. Nearly: the same numbers and
signs of sums in the same order, and at least the policy's share (Jaccard) in common of their runs of three
words, or in short prompts all but a few words. Prompts that differ in a number are different prompts: that is
how most of nano's differ.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vortex_tui.escape import one_line
from vortex_tui.evaluation import splits
from vortex_tui.evaluation.case import Case, Split
from vortex_tui.experts.manifest import ExpertManifest
from vortex_tui.profile import Profile
from vortex_tui.promotion import training_data
from vortex_tui.promotion.report import Gate, GateVerdict
from vortex_tui.promotion.training_data import Example
from vortex_tui.promotion.verdict import TITLES

_SPLITS: tuple[Split, ...] = ("calibration", "test")
# Of signs, those that make another sum: "37 + 58" and "37 - 58" are two prompts.
_TOKEN = re.compile(r"[^\W_]+|[+*/<>^×÷]|(?<=[\d\s])[-−](?=[\d\s])")
_RUN = 3
_SHORT = 10
_RAREST = 4
_SHOWN = 3

Runs = frozenset[tuple[str, ...]]


def judged_by(profile: Profile, data_dir: Path, gate: Sequence[Case]) -> list[Case]:
    """The cases of the ``gate``, and those that are calibrated or tested by: these are only compared.

    Raises SplitError or StorageError for a split that cannot be read.
    """
    return [*gate, *(case for split in _SPLITS for case in splits.find(profile, data_dir, split))]


def check(
    manifest: ExpertManifest, data_dir: Path, cases: Sequence[Case], alike: float, elsewhere: Sequence[Path]
) -> Gate:
    """The gate ``leak``: inconclusive where the training data is not here, whole and readable."""
    found = training_data.find(manifest, data_dir, elsewhere)
    index = Index(cases, alike)
    leaked = index.find(Example(prompt, "") for prompt in manifest.exemplars)
    count, unread = len(manifest.exemplars), ""
    for file in found.files:
        try:
            read = list(training_data.examples(file))
        except (OSError, ValueError, RecursionError) as error:
            unread = one_line(f"{file.name} cannot be read: {error}")[:200]
            continue
        count += len(read)
        leaked += index.find(read)
    return _gate(leaked, found.missing, unread, len(found.files), count, len(cases))


def _gate(
    leaked: Sequence[str], missing: Sequence[str], unread: str, files: int, count: int, cases: int
) -> Gate:
    verdict: GateVerdict = "pass"
    reason = f"none of {cases} judged items is among {count} exemplars and examples of {files} files"
    if leaked:
        verdict = "fail"
        shown = "; ".join(one_line(one)[:80] for one in leaked[:_SHOWN])
        reason = f"{len(leaked)} judged items are in its training data: {shown}"
    elif missing or unread or not files:
        verdict = "inconclusive"
        lack = unread or f"no file here has the hash {', '.join(one[:12] + '…' for one in missing[:_SHOWN])}"
        reason = f"it cannot be shown that nothing leaked: {lack}; keep the training data in corpora/"
    return Gate(
        id="leak", title=TITLES["leak"], verdict=verdict, value=len(leaked), threshold=0, samples=cases,
        reason=reason,
    )  # fmt: skip


class Index:
    """Cases, to be found again in other texts: exactly by their letters, nearly by their words."""

    def __init__(self, cases: Iterable[Case], alike: float) -> None:
        self._alike = alike
        self._exact: dict[str, Case] = {}
        self._cases = list(cases)
        self._views = [_View.of(case.prompt) for case in self._cases]
        self._by_run: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for place, (case, view) in enumerate(zip(self._cases, self._views, strict=True)):
            self._exact.setdefault(letters(case.prompt), case)
            for run in view.words | view.runs:
                self._by_run[run].append(place)

    def find(self, examples: Iterable[Example]) -> list[str]:
        """The prompts of the cases that are in ``examples``, each once."""
        found: dict[str, str] = {}
        for example in examples:
            for case in self._of(example):
                found.setdefault(case.id, case.prompt)
        return list(found.values())

    def _of(self, example: Example) -> Iterable[Case]:
        if not example.prompt:
            return self._within(example.answer)
        if (case := self._exact.get(letters(example.prompt))) is not None:
            return (case,)
        return self._near(example.prompt)

    def _near(self, prompt: str) -> list[Case]:
        asked = _View.of(prompt)
        shared = self._shared(asked.runs)
        found = {
            at for at, n in shared.items() if _jaccard(n, asked.runs, self._views[at].runs) >= self._alike
        }
        found |= {at for at in self._holding(asked.words) if self._padded(asked.words, self._views[at].words)}
        return [self._cases[at] for at in sorted(found) if self._views[at].numbers == asked.numbers]

    def _holding(self, words: Runs) -> set[int]:
        """Where one of the four rarest words stands: of ten, at most three may be missing elsewhere."""
        rarest = sorted(words, key=lambda word: (len(self._by_run.get(word, ())), word))[:_RAREST]
        return {place for word in rarest for place in self._by_run.get(word, ())}

    def _padded(self, one: Runs, other: Runs) -> bool:
        """Whether one is the other with a few words more; a word that was replaced makes another prompt."""
        shared = len(one & other)
        return shared == min(len(one), len(other)) and _jaccard(shared, one, other) >= self._alike

    def _within(self, text: str) -> list[Case]:
        """Cases whose every run of words stands in a text without a prompt, such as a page of a book."""
        shared = self._shared(_View.of(text).runs)
        return [self._cases[p] for p, count in shared.items() if count == len(self._views[p].runs) > _RUN]

    def _shared(self, runs: Runs) -> Counter[int]:
        return Counter(place for run in runs for place in self._by_run.get(run, ()))


@dataclass(frozen=True, slots=True)
class _View:
    """A text as it is compared: runs of three words, a short one's words, its numbers and sums."""

    runs: Runs
    words: Runs
    numbers: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> _View:
        tokens = _TOKEN.findall(text.casefold())
        words = [token for token in tokens if token[0].isalnum()]
        runs = frozenset(tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1))
        alone = frozenset((word,) for word in words) if len(words) <= _SHORT else frozenset()
        return cls(runs, alone, tuple(token for token in tokens if not token.isalpha()))


def _jaccard(shared: int, one: Runs, other: Runs) -> float:
    whole = len(one) + len(other) - shared
    return shared / whole if whole else 0.0


def letters(text: str) -> str:
    """A text's letters, digits and sums, without case; two numbers stay two."""
    joined = ""
    for token in _TOKEN.findall(text.casefold()):
        between = " " if joined[-1:].isdigit() and token[0].isdigit() else ""
        joined += between + token
    return joined
