"""What a corpus may hold, and what is refused with the line's number."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.support.lessons import Lesson, lessons, write
from vortex_tui.corpora.refusal import CorpusError
from vortex_tui.training import corpus

PAIRS = [Lesson(f"what is {n}?", f"it is {n}") for n in range(40)]


def written(folder: Path, *lines: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    good = [json.dumps(pair._asdict()) for pair in PAIRS]
    (folder / "train.jsonl").write_text("\n".join([*good, *lines]) + "\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("{", "Expecting property name"),
        ("[1, 2]", "valid dictionary"),
        ('{"prompt": "a"}', "response: Field required"),
        ('{"prompt": "  ", "response": "b"}', "prompt:"),
        ('{"prompt": "a", "response": 7}', "response:"),
        ('{"prompt": "a", "response": "\\ud800"}', "surrogates not allowed"),
        (
            '{"prompt": "a", "response": "b", "messages": [{"role": "tool", "content": "x"}]}',
            "messages.0.role",
        ),
    ],
)
def test_a_line_that_is_no_example_is_refused_with_its_number(tmp_path: Path, line: str, found: str) -> None:
    with pytest.raises(CorpusError) as refused:
        corpus.read(written(tmp_path / "facts", line))
    assert f"line {len(PAIRS) + 1} of" in refused.value.message
    assert found in refused.value.found


def test_blank_lines_other_keys_and_repetitions_are_passed_over(tmp_path: Path) -> None:
    again = json.dumps(PAIRS[3]._asdict() | {"source": "a book"})
    read = corpus.read(written(tmp_path / "facts", "", again, ""))
    assert read.repeated == 1
    assert len(read.train) + len(read.calibration) == len(PAIRS)


def test_turns_of_a_conversation_come_before_the_answer(tmp_path: Path) -> None:
    turns = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
    ]
    asked = {"role": "user", "content": "And now?"}
    whole = json.dumps({"prompt": "Hi … And now?", "response": "Bye", "messages": [*turns, asked]})
    earlier = json.dumps({"prompt": "And then?", "response": "Bye", "messages": turns})
    read = corpus.read(written(tmp_path / "facts", whole, earlier))
    said = [each.conversation for each in (*read.train, *read.calibration) if len(each.conversation) > 1]
    assert sorted(each[-1].content for each in said) == ["And now?", "And then?"]
    assert all([turn.role for turn in each] == ["system", "user", "assistant", "user"] for each in said)


def test_without_a_calibration_split_some_prompts_are_held_back_whatever_the_order(tmp_path: Path) -> None:
    read = corpus.read(written(tmp_path / "facts"))
    assert read.is_held_back
    assert not {each.prompt for each in read.train} & {each.prompt for each in read.calibration}
    write(tmp_path / "turned" / "train.jsonl", PAIRS[::-1])
    turned = corpus.read(tmp_path / "turned")
    assert {each.prompt for each in turned.calibration} == {each.prompt for each in read.calibration}


def test_digests_are_those_of_the_files(tmp_path: Path) -> None:
    folder = written(tmp_path / "facts")
    write(folder / "calibration.jsonl", PAIRS[:5])
    read = corpus.read(folder)
    assert not read.is_held_back
    expected = hashlib.sha256((folder / "train.jsonl").read_bytes()).hexdigest()
    assert read.digests["train.jsonl"] == expected
    assert set(read.digests) == {"train.jsonl", "calibration.jsonl"}


def test_a_missing_and_a_tiny_corpus_are_refused_with_the_way_to_make_one(tmp_path: Path) -> None:
    write(tmp_path / "few" / "train.jsonl", PAIRS[:3])
    for name in ("none", "few"):
        with pytest.raises(CorpusError) as refused:
            corpus.read(tmp_path / name)
        assert f"vortex-tui ingest PATH --domain {name}" in refused.value.mend


def test_a_data_folder_and_a_folder_of_corpora_are_both_understood(tmp_path: Path) -> None:
    write(tmp_path / "corpora" / "facts" / "train.jsonl", PAIRS)
    assert corpus.folder_of(tmp_path, "facts") == corpus.folder_of(tmp_path / "corpora", "facts")


def test_lessons_of_new_domains_are_all_different_and_repeatable() -> None:
    for domain in ("reversal", "acronyms", "roman"):
        made = lessons(domain, 200)
        assert len({each.prompt for each in made}) == 200
        assert made == lessons(domain, 200)
