"""Whose prompts are read, what is checked by exact match, and what a bad line is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vortex_tui import profile
from vortex_tui.evaluation import splits
from vortex_tui.evaluation.case import Case, by_loss
from vortex_tui.evaluation.splits import SplitError
from vortex_tui.nano.tasks import BY_LOSS
from vortex_tui.profile import Profile

NANO = profile.load("nano")


@pytest.fixture
def foreign() -> Profile:
    """A profile whose base is not nano."""
    return profile.load("rtx4080_16gb_120b_like")


def write(data: Path, domain: str, split: str, *lines: str | bytes) -> Path:
    file = data / "corpora" / domain / f"{split}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"\n".join(line.encode() if isinstance(line, str) else line for line in lines))
    return file


def line(prompt: str, response: str, **more: object) -> str:
    return json.dumps({"prompt": prompt, "response": response, **more})


def own(domain: str, answer: str) -> Case:
    return Case(split="gate", kind="own", domains=(domain,), prompt="p", answer=answer)


def test_nanos_own_set_is_there_and_its_rule_is_the_recipes(tmp_path: Path) -> None:
    cases = splits.read(NANO, tmp_path)
    assert {case.split for case in cases} == {"test"}
    assert by_loss(cases) == set(BY_LOSS)


def test_a_users_corpora_are_read_and_their_other_keys_ignored(tmp_path: Path, foreign: Profile) -> None:
    write(tmp_path, "law", "gate", line("a", "b", source="mail"), "", line("c", "d"), line("a", "again"))
    write(tmp_path, "law", "test", line("e", "f"))
    cases = splits.read(foreign, tmp_path)
    assert sorted((c.prompt, c.answer) for c in cases) == [("a", "b"), ("c", "d")]
    assert {(c.split, c.kind, c.domains) for c in cases} == {("gate", "own", ("law",))}


def test_a_user_of_nano_has_both(tmp_path: Path) -> None:
    write(tmp_path, "law", "gate", line("a", "b"))
    assert {case.split for case in splits.read(NANO, tmp_path)} == {"test", "gate"}


@pytest.mark.parametrize(
    ("answer", "checked"),
    [("x" * 64, True), ("x" * 65, False), ("a\nb", False), ("a\u2028b", False), ("é", True)],
)
def test_a_domain_is_checked_when_every_answer_is_one_short_line(answer: str, checked: bool) -> None:
    cases = [own("law", "short"), own("law", answer), own("tax", "short")]
    assert by_loss(cases) == (set() if checked else {"law"})


@pytest.mark.parametrize(
    "bad",
    [
        "{",
        "[]",
        '"text"',
        "null",
        '{"prompt": "a"}',
        '{"prompt": "", "response": "b"}',
        '{"prompt": 1, "response": "b"}',
        b'{"prompt": "\xff", "response": "b"}',
        '{"prompt": "\\ud800", "response": "b"}',
    ],
)
def test_a_bad_line_is_named_with_its_file_and_number(
    tmp_path: Path, foreign: Profile, bad: str | bytes
) -> None:
    file = write(tmp_path, "law", "gate", line("a", "b"), bad)
    with pytest.raises(SplitError) as caught:
        splits.read(foreign, tmp_path)
    assert f"line 2 of {file}" in caught.value.message
    assert caught.value.found
    assert "prompt and response" in caught.value.expected
    assert caught.value.mend


def test_without_any_split_it_says_how_to_make_one(tmp_path: Path, foreign: Profile) -> None:
    with pytest.raises(SplitError) as caught:
        splits.read(foreign, tmp_path)
    assert "gate.jsonl" in caught.value.found
    assert '"response"' in caught.value.expected
    assert splits.find(foreign, tmp_path) == []
