"""What counts as having been trained on, and how it is proven from files alone."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.promotion import small_bank
from vortex_tui import profile
from vortex_tui.evaluation import splits
from vortex_tui.evaluation.case import Case
from vortex_tui.experts.manifest import ExpertManifest
from vortex_tui.promotion import leak, training_data
from vortex_tui.promotion.leak import Index
from vortex_tui.promotion.report import Gate
from vortex_tui.promotion.training_data import Example

ALIKE = 0.7
LONG = (
    "Explain in a few sentences why the committee of the village refused the plan for the new bridge in 1954"
)
JUDGED = ("Increase 1 by 96", "Which form is for leave without pay?", LONG, "naïve 名前 42?", "37 + 58")


def case(prompt: str) -> Case:
    return Case(split="gate", kind="own", domains=("a",), prompt=prompt, answer="yes")


INDEX = Index(map(case, JUDGED), ALIKE)


def manifest(**training: Any) -> ExpertManifest:
    return ExpertManifest(
        domain="a", run_id="1", content_hash="a" * 64, base_fingerprint="b" * 64, rank=4, alpha=8.0,
        target_modules=("q_proj",), exemplars=("Something else",), training=training,
    )  # fmt: skip


@pytest.mark.parametrize(
    "prompt",
    [
        "Increase 1 by 96",
        "  increase 1 BY 96!!",
        "Please increase 1 by 96",
        "which form is for leave, without pay",
        "Which form is it for leave without pay?",
        LONG + ", please",
        LONG.replace("few", "couple"),
        "NAÏVE 名前 42",
        "37+58 = ?",
    ],
)
def test_the_same_in_other_clothes_is_found(prompt: str) -> None:
    assert INDEX.find([Example(prompt, "")])


@pytest.mark.parametrize(
    "prompt",
    [
        "Increase 1 by 97",
        "Increase 96 by 1",
        "Increase 19 by 6",
        "37 - 58",
        "What is 37 * 58?",
        "3 + 758",
        "Which form is for leave with full pay?",
        "Which form is for a stay without pay?",
        LONG.replace("1954", "1955"),
        "Explain in a few sentences why the council of the town accepted the plan for a tunnel in 1954",
        "",
        "?",
    ],
)
def test_another_prompt_is_not(prompt: str) -> None:
    assert not INDEX.find([Example(prompt, "")])


def test_a_page_that_holds_a_judged_prompt_is_found() -> None:
    assert INDEX.find([Example("", f"Questions for class. {LONG}? And so on, for another page.")])
    assert not INDEX.find([Example("", "Questions for class, and none of them about a bridge.")])


@given(st.sampled_from(JUDGED), st.text(' .,!?"\n\t', max_size=8), st.booleans())
def test_case_space_and_punctuation_hide_nothing(prompt: str, around: str, loud: bool) -> None:
    changed = around + (prompt.upper() if loud else prompt).replace(" ", f" {around} ") + around
    assert INDEX.find([Example(changed, "")])


@given(st.text(max_size=200))
def test_any_text_can_be_looked_for(text: str) -> None:
    Index([case(text or "x")], ALIKE).find([Example(text, text), Example("", text)])


def test_nanos_own_splits_hold_next_to_nothing_of_each_other(tmp_path: Path) -> None:
    nano = profile.load("nano")
    judged = leak.judged_by(nano, tmp_path, splits.find(nano, tmp_path, "gate"))
    trained = [Example(one.prompt, one.answer) for one in splits.find(nano, tmp_path, "train")]
    found = Index(judged, ALIKE).find(trained)
    # Truly the same requests, in another order or with a word less: two of 2,520.
    assert found == ["Of all cars, what is the least year?", "Give me the average age of the employees"]


def check(data: Path, described: ExpertManifest, *elsewhere: Path) -> Gate:
    return leak.check(described, data, [case(prompt) for prompt in JUDGED], ALIKE, elsewhere)


def corpus(folder: Path, *lines: object) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "train.jsonl"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_data_is_known_by_its_hash_and_by_nothing_else(tmp_path: Path) -> None:
    own = tmp_path / "corpora" / "a"
    digest = corpus(own, {"prompt": "A thing", "response": "yes"})
    assert check(tmp_path, manifest(data={"sha256": {"train.jsonl": digest}})).verdict == "pass"
    assert check(tmp_path, manifest(data_hashes=[digest])).verdict == "pass"
    (own / "train.jsonl").write_text('{"prompt": "Another", "response": "no"}\n', encoding="utf-8")
    gate = check(tmp_path, manifest(data={"sha256": {"train.jsonl": digest}}))
    assert gate.verdict == "inconclusive"
    assert digest[:12] in gate.reason
    assert check(tmp_path / "none", manifest(data={"train.jsonl": digest})).verdict == "inconclusive"
    assert check(tmp_path, manifest()).verdict == "inconclusive"


def test_what_was_ingested_after_the_training_does_not_hide_what_was_trained_on(tmp_path: Path) -> None:
    own = tmp_path / "corpora" / "a"
    lines = [{"prompt": f"A thing {n}", "response": "yes"} for n in range(4)]
    said = manifest(data={"sha256": {"train.jsonl": corpus(own, *lines[:2])}})
    corpus(own, *lines)
    assert check(tmp_path, said).verdict == "pass"
    unended = manifest(data=hashlib.sha256((own / "train.jsonl").read_bytes().rstrip()).hexdigest())
    assert check(tmp_path, unended).verdict == "pass"
    corpus(own, *lines[:2], {"prompt": JUDGED[0], "response": "97"})
    assert check(tmp_path, said).verdict == "fail"
    corpus(own, *lines[1:])
    assert check(tmp_path, said).verdict == "inconclusive"
    corpus(own, *lines)
    nothing = manifest(data=hashlib.sha256().hexdigest())
    assert check(tmp_path, nothing).verdict == "inconclusive", "every file begins with nothing"


def test_data_may_lie_elsewhere(tmp_path: Path) -> None:
    digest = corpus(tmp_path / "far" / "a", {"prompt": "A thing", "response": "yes"})
    said = manifest(data={"train.jsonl": digest})
    assert check(tmp_path, said).verdict == "inconclusive"
    assert check(tmp_path, said, tmp_path / "far").verdict == "pass"


def test_a_prompt_in_any_of_its_files_fails(tmp_path: Path) -> None:
    first = corpus(tmp_path / "corpora" / "a", {"prompt": "A thing", "response": "yes"})
    second = corpus(
        tmp_path / "corpora" / "b",
        {"messages": [{"role": "user", "content": JUDGED[1]}], "prompt": "And then?", "response": "yes"},
    )
    gate = check(tmp_path, manifest(data={"train": first, "replay": second}))
    assert gate.verdict == "fail"
    assert JUDGED[1] in gate.reason
    # Where it is known to have leaked, it does not matter what else is missing.
    assert check(tmp_path, manifest(data={"train": "0" * 64, "replay": second})).verdict == "fail"


def test_what_was_looked_at_to_stop_is_not_what_was_learned(tmp_path: Path) -> None:
    digest = corpus(tmp_path / "corpora" / "a", {"prompt": "A thing", "response": "yes"})
    said = manifest(data={"sha256": {"train.jsonl": digest, "calibration.jsonl": "f" * 64}})
    assert training_data.hashes(said) == [digest]
    assert check(tmp_path, said).verdict == "pass"


def test_an_exemplar_that_is_judged_by_is_a_leak(tmp_path: Path) -> None:
    digest = corpus(tmp_path / "corpora" / "a", {"prompt": "A thing", "response": "yes"})
    said = manifest(data={"train.jsonl": digest}).model_copy(update={"exemplars": (JUDGED[0],)})
    assert check(tmp_path, said).verdict == "fail"


@pytest.mark.parametrize("line", ["[1, 2]", "{", "nonsense", '"text"'])
def test_data_that_cannot_be_read_proves_nothing(tmp_path: Path, line: str) -> None:
    own = tmp_path / "corpora" / "a"
    own.mkdir(parents=True)
    (own / "train.jsonl").write_text(f"{line}\n", encoding="utf-8")
    digest = hashlib.sha256((own / "train.jsonl").read_bytes()).hexdigest()
    assert check(tmp_path, manifest(data={"train.jsonl": digest})).verdict == "inconclusive"


def test_the_parts_of_a_planted_bank_do_not_leak(tmp_path: Path) -> None:
    bank = small_bank.made(tmp_path, [], ["roman"])
    folder = bank.candidate("roman")
    said = ExpertManifest.model_validate_json((folder / "manifest.json").read_bytes())
    cases = [case(line["prompt"]) for line in small_bank.prompts("gate", "roman")]
    assert leak.check(said, tmp_path, cases, ALIKE, ()).verdict == "pass"
