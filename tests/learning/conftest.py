"""Feedback on a domain with an older corpus, and a bank small enough to be judged in seconds."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.promotion import small_bank
from tests.support.lessons import Lesson, lessons
from vortex_tui import paths
from vortex_tui.engine.protocol import ChatMessage
from vortex_tui.learning import feedback
from vortex_tui.learning.feedback import Mark
from vortex_tui.learning.site import LearningSite
from vortex_tui.profile import Profile
from vortex_tui.settings import Learning
from vortex_tui.training.recipe import Change

# Seconds on one core, most of them for the libraries.
SHORT = Change(steps=6, length=64, rows=2, checkpoint_steps=2)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data folder, where the ledger's anchor is: the test's own."""
    folder = tmp_path / "user"
    monkeypatch.setattr(paths, "user_data", lambda: folder)
    return folder


def profile(**learning: object) -> Profile:
    """One that consents, and wants eight new examples."""
    wanted = Learning.model_validate({"enabled": True, "min_examples": 8, **learning})
    return small_bank.profile().model_copy(update={"learning": wanted}).named("mine")


def marked(data: Path, domain: str, made: Iterable[Lesson], mark: Mark = "good") -> None:
    """Answers with what a person said of them; a wrong one is corrected into the lesson's."""
    for at, lesson in enumerate(made):
        said = lesson.response if mark == "good" else "no idea"
        right = lesson.response if mark == "corrected" else ""
        asked = (ChatMessage(role="user", content=lesson.prompt),)
        name = f"{domain}-{at}-{lesson.prompt}"
        feedback.keep(feedback.made(asked, said, mark, answer=name, correction=right), domain, data)


@pytest.fixture
def site(tmp_path: Path) -> LearningSite:
    """A small bank without champions, and an older corpus of ``reversal``."""
    bank = small_bank.made(tmp_path / "data", [])
    old = [lesson._asdict() for lesson in lessons("reversal", 60, seed=2)]
    bank.corpus("reversal", "train", old[:40])
    bank.corpus("reversal", "calibration", old[40:50])
    bank.corpus("reversal", "gate", old[50:])
    return LearningSite(profile(), bank.data, change=SHORT)
