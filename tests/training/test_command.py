"""``train-experts`` as a user types it, and the demonstration: a new domain learned in a minute."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command import run
from tests.support.lessons import lessons, write
from tests.training.conftest import corpora
from vortex_tui import profile
from vortex_tui.engine.client import Engine
from vortex_tui.engine.protocol import BARE, ROUTED, ChatMessage, Choice, Named, Sampling, Token

SHORT = ("--steps", "4", "--length", "64", "--rows", "2", "--checkpoint-every", "2")


def test_a_missing_corpus_is_refused_before_anything_is_started(tmp_path: Path) -> None:
    done = run("train-experts", "--mock", "--domains", "poems", data=tmp_path)
    assert done.returncode == 1
    assert "no corpus of the domain poems" in done.stderr
    assert not (tmp_path / "experts_hf").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--domains", ","), "no domain is named"),
        (("--domains", "../x"), "cannot be a domain"),
        (("--domains", "a", "--fresh", "--resume"), "exclude each other"),
        (("--domains", "a", "--rank", "0"), "x>=1"),
        ((), "--domains"),
    ],
)
def test_wrong_usage_ends_with_2(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    done = run("train-experts", "--mock", *arguments, data=tmp_path / "data")
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr


@pytest.mark.slow
def test_the_earlier_programs_line_trains_into_the_folder_it_names(tmp_path: Path) -> None:
    corpora(tmp_path / "data", "reversal")
    where = ("--data", "data/corpora", "--output", "data/experts_hf", "--domains", "reversal")
    done = run("train-hf-experts", "--mock", *where, *SHORT, "--json", data=tmp_path, timeout=600)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    (expert,) = said["experts"]
    assert (said["schema"], said["ok"], expert["state"]) == (1, True, "finished")
    folder = Path(expert["folder"])
    assert folder.parents[1] == tmp_path / "data" / "experts_hf" / "quarantine"
    assert (folder / "manifest.json").is_file()
    assert "reversal: trains 4 steps on 60 examples" in done.stderr


@pytest.mark.slow
def test_what_fails_is_in_the_document_and_ends_with_1(tmp_path: Path) -> None:
    corpora(tmp_path, "reversal")
    # Every example is longer than sixteen tokens.
    done = run(
        "train-experts", "--domains", "reversal", "--length", "16", "--json", data=tmp_path, timeout=600
    )
    assert done.returncode == 1
    (failed,) = json.loads(done.stdout)["experts"]
    assert (failed["state"], failed["code"]) == ("failed", "corpus")
    assert "--length" in failed["mend"]


async def right(engine: Engine, asked: list[tuple[str, str]], choice: Choice) -> float:
    """The share of exact answers."""
    said = [""] * len(asked)
    conversations = [(ChatMessage(role="user", content=prompt),) for prompt, _ in asked]
    greedy = Sampling(max_new_tokens=48, temperature=0.0)
    async for event in engine.generate(conversations, greedy, choice):
        if isinstance(event, Token):
            said[event.index] += event.text
    return sum(text == answer for text, (_, answer) in zip(said, asked, strict=True)) / len(asked)


def learned(data: Path) -> list[tuple[str, str]]:
    """Train an expert that reverses lists and put it into the bank; returns held-out lessons."""
    made = lessons("reversal", 1500)
    folder = data / "corpora" / "reversal"
    for split, part in (("train", made[300:]), ("calibration", made[:60]), ("router", made[60:160])):
        write(folder / f"{split}.jsonl", part)
    done = run("train-experts", "--mock", "--domains", "reversal", "--json", data=data, timeout=900)
    assert done.returncode == 0, done.stderr
    (expert,) = json.loads(done.stdout)["experts"]
    bank = data / "experts_hf" / "registry" / "experts" / "reversal"
    bank.mkdir(parents=True)
    Path(expert["folder"]).rename(bank / expert["run_id"])
    checked = run("experts", "verify", expert["id"], data=data)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    return [(lesson.prompt, lesson.response) for lesson in made[160:300]]


@pytest.mark.slow
async def test_a_domain_nobody_serves_is_learned_and_found_by_the_router(tmp_path: Path) -> None:
    held = learned(tmp_path)
    async with Engine(tmp_path, face="test") as engine:
        await engine.load(profile.load("nano"))
        shares = {"base": await right(engine, held, BARE), "routed": await right(engine, held, ROUTED),
                  "expert": await right(engine, held, Named(weights={"reversal": 1.0}))}  # fmt: skip
    print(shares)
    assert shares["base"] < 0.05
    assert shares["expert"] > 0.9
    assert shares["routed"] > 0.9
