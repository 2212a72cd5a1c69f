"""Marks on the disk: the last of an answer counts, and half a line costs nobody else."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest

from tests.learning.conftest import marked
from tests.support.lessons import lessons
from vortex_tui.engine.protocol import ChatMessage, MixShare
from vortex_tui.errors import UsageError
from vortex_tui.learning import feedback
from vortex_tui.learning.feedback import Feedback, Mark, domain_of
from vortex_tui.learning.lessons import example
from vortex_tui.learning.refusal import LearningError

ASKED = (ChatMessage(role="user", content="2 + 2?"),)


def share(expert: str, weight: float) -> MixShare:
    return MixShare(expert=expert, content_hash="0" * 64, weight=weight)


def said(mark: Mark, answer: str = "a", **more: str) -> Feedback:
    return feedback.made(ASKED, "five", mark, answer=answer, **more)  # type: ignore[arg-type]


def test_a_line_says_all_that_a_mark_is(tmp_path: Path) -> None:
    made = feedback.made(
        ASKED, "five", "corrected", answer="a", mix=[share("sums/r1", 0.7)], correction="four"
    )
    file = feedback.keep(made, "sums", tmp_path)
    assert file == tmp_path / "corpora" / "sums" / "feedback" / "chat.jsonl"
    line = json.loads(file.read_text("utf-8"))
    assert {key: line[key] for key in ("prompt", "response", "mark", "correction", "source")} == {
        "prompt": "2 + 2?", "response": "five", "mark": "corrected", "correction": "four", "source": "chat",
    }  # fmt: skip
    assert line["mix"] == [{"expert": "sums/r1", "content_hash": "0" * 64, "weight": 0.7}]
    assert line["time"]


def test_the_last_mark_of_an_answer_counts(tmp_path: Path) -> None:
    for mark in ("good", "bad", "good", "withdrawn"):
        feedback.keep(said(mark), "sums", tmp_path)  # type: ignore[arg-type]
    feedback.keep(said("bad", "b"), "sums", tmp_path)
    found = feedback.read(tmp_path, "sums")
    assert [(one.answer, one.mark, one.lesson) for one in found] == [("a", "withdrawn", ""), ("b", "bad", "")]


def test_half_a_line_is_passed_over_and_the_next_one_is_whole(tmp_path: Path) -> None:
    file = feedback.keep(said("good"), "sums", tmp_path)
    with file.open("ab") as torn:
        torn.write(b'{"schema": 1, "answer": "c", "pro')
    feedback.keep(said("good", "d"), "sums", tmp_path)
    assert [one.answer for one in feedback.read(tmp_path, "sums")] == ["a", "d"]


def _many(data: str, name: str) -> None:
    marked(Path(data), "sums", lessons("reversal", 25, seed=ord(name)))


def test_two_processes_lose_nothing_of_each_other(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=_many, args=(str(tmp_path), name)) for name in "xy"]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
    assert [one.exitcode for one in both] == [0, 0]
    assert len(feedback.read(tmp_path, "sums")) == 50


def test_the_domain_is_the_leading_experts_or_general() -> None:
    mix = [share("a/r1", 0.3), share("b/r1", 0.7)]
    assert domain_of(mix, {"a/r1": "a", "b/r1": "letters"}) == "letters"
    assert domain_of(mix, {}) == "b"
    assert domain_of([], {"a/r1": "a"}) == "general"


def test_a_follow_up_is_an_example_with_its_past() -> None:
    asked = (*ASKED, ChatMessage(role="assistant", content="4"), ChatMessage(role="user", content="and 3?"))
    made = example(feedback.made(asked, "7", "good", answer="a"))
    assert made.prompt == "User: 2 + 2?\n\nAssistant: 4\n\nUser: and 3?"
    assert [turn.content for turn in made.messages] == ["2 + 2?", "4", "and 3?"]
    assert (made.response, made.kind) == ("7", "feedback")


def test_what_no_file_can_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LearningError, match="cannot be kept"):
        feedback.keep(said("corrected", correction="\ud800"), "sums", tmp_path)
    with pytest.raises(UsageError):
        feedback.keep(said("good"), "../sums", tmp_path)
    assert not (tmp_path / "corpora").exists()
