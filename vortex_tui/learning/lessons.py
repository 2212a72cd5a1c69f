"""From marks to examples, without those that experts are judged by."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from vortex_tui.corpora import conversation
from vortex_tui.corpora.example import Example, Turn
from vortex_tui.evaluation import splits
from vortex_tui.learning.feedback import FOLDER, Feedback
from vortex_tui.profile import Profile
from vortex_tui.promotion import leak, policy
from vortex_tui.promotion.leak import Index
from vortex_tui.promotion.training_data import Example as Trained


def example(said: Feedback) -> Example:
    """The example a mark makes; its ``part`` is the mark's id."""
    turns = tuple(Turn(each.role, each.content) for each in said.messages)
    return Example(
        prompt=conversation.prompt(turns) if turns else said.prompt,
        response=said.lesson,
        source=f"{FOLDER}/{said.source}.jsonl",
        source_sha256=hashlib.sha256(said.model_dump_json(by_alias=True).encode("utf-8")).hexdigest(),
        license="",
        kind="feedback",
        part=said.id,
        messages=turns,
    )


def sealed(profile: Profile, data_dir: Path) -> Index:
    """What no expert may learn: prompts that it is judged, calibrated or tested by.

    One of them in a corpus, where lines are never taken back, would refuse every later expert of its domain.
    Raises SplitError or StorageError.
    """
    gate = [*splits.find(profile, data_dir, "gate"), *splits.unserved()]
    return Index(leak.judged_by(profile, data_dir, gate), policy.of(profile).near_duplicate)


def allowed(examples: Sequence[Example], index: Index) -> list[Example]:
    """The examples that nothing is judged by."""
    return [one for one in examples if not index.find(_asked(one))]


def _asked(one: Example) -> list[Trained]:
    turns = (turn.content for turn in one.messages if turn.role == "user")
    return [Trained(prompt, "") for prompt in (one.prompt, *turns)]
