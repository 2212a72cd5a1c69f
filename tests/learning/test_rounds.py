"""Rounds of self-training: what begins one, what it learns from, and how it goes on after a kill."""

from __future__ import annotations

import ast
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.learning.conftest import marked, profile
from tests.support import wsl as stand_in
from tests.support.lessons import Lesson, lessons
from vortex_tui.corpora import store
from vortex_tui.engine.client import Engine
from vortex_tui.errors import WslError
from vortex_tui.experts import aliases
from vortex_tui.learning import feedback, journal, material, room, running
from vortex_tui.learning.journal import Event, Round
from vortex_tui.learning.refusal import LearningError
from vortex_tui.learning.service import Look, look
from vortex_tui.learning.site import LearningSite
from vortex_tui.promotion.ledger import Ledger
from vortex_tui.settings import Server

NEW = lessons("reversal", 12, seed=5)


def states(seen: Look) -> list[tuple[str, str]]:
    return [(one.round.domain, one.round.last.event) for one in seen.done]


def candidates(site: LearningSite) -> list[Path]:
    return sorted((site.data_dir / "experts_hf" / "quarantine").glob("*/*/manifest.json"))


def rows(site: LearningSite, split: str = "train") -> list[dict[str, Any]]:
    return store.rows(site.data_dir / "corpora" / "reversal" / f"{split}.jsonl")


async def test_nothing_is_learned_without_consent(site: LearningSite) -> None:
    marked(site.data_dir, "reversal", NEW)
    before = rows(site)
    with pytest.raises(LearningError, match="nobody consented") as refused:
        await look(replace(site, profile=profile(enabled=False)))
    assert "learning.enabled=true" in refused.value.mend
    assert rows(site) == before
    assert not journal.file_of(site.data_dir).exists()


async def test_too_few_wait_and_bad_ones_teach_nothing(site: LearningSite) -> None:
    marked(site.data_dir, "reversal", NEW[:5])
    marked(site.data_dir, "reversal", NEW[5:], "bad")
    seen = await look(site)
    assert not seen.done
    assert [(one.domain, one.new, one.wanted) for one in seen.waiting] == [("reversal", 5, 8)]


@pytest.mark.slow
async def test_a_round_leaves_a_judged_candidate_in_quarantine_and_promotes_nothing(
    site: LearningSite,
) -> None:
    old = len(rows(site))
    marked(site.data_dir, "reversal", NEW[:6])
    marked(site.data_dir, "reversal", NEW[6:], "corrected")
    held = rows(site, "gate")[0]
    marked(site.data_dir, "reversal", [Lesson(held["prompt"], held["response"])])
    seen = await look(site)
    assert states(seen) == [("reversal", "judged")], seen.done[0].error
    (file,) = candidates(site)
    told = seen.done[0].round.document()
    assert told["trained"]["candidate"] == f"reversal/{file.parent.name}"
    assert told["trained"]["old"] == old
    assert told["trained"]["engine"] == "no engine of this process was loaded"
    # What it is judged by it may not learn, whoever called it good.
    assert told["merged"]["left_out"]["judged by"] >= 1
    assert held["prompt"] not in {row["prompt"] for row in rows(site)}
    kept = [row for row in rows(site) if row.get("kind") == "feedback"]
    assert len(kept) == told["trained"]["new"] == told["merged"]["kept"]["train"]
    assert {row["response"] for row in kept} <= {lesson.response for lesson in NEW}
    # Ten gate prompts are too few: the gates say so, and nobody is asked twice.
    assert told["judged"]["verdict"] == "INCONCLUSIVE" or "samples" in told["judged"]["open"]
    (line,) = Ledger(site.data_dir).examine()[1].lines
    assert (line.event, line.report) == ("judged", told["judged"]["report"])
    assert aliases.read(site.data_dir) == aliases.Aliases()
    again = await look(site)
    assert not again.done
    assert [(one.new, one.wanted) for one in again.waiting] == [(0, 8)]


@pytest.mark.slow
async def test_a_training_that_finished_before_its_line_is_not_made_twice(
    site: LearningSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked(site.data_dir, "reversal", NEW)
    real = journal.add

    def killed(data_dir: Path, to: Round, event: Event, **told: Any) -> None:
        if event == "trained":
            raise KeyboardInterrupt
        real(data_dir, to, event, **told)

    monkeypatch.setattr(running.journal, "add", killed)
    with pytest.raises(KeyboardInterrupt):
        await look(site)
    (file,) = candidates(site)
    monkeypatch.setattr(running.journal, "add", real)
    with journal.file_of(site.data_dir).open("ab") as torn:
        torn.write(b'{"schema": 1, "time": "2026')
    seen = await look(site)
    assert states(seen) == [("reversal", "judged")]
    assert candidates(site) == [file]
    assert seen.done[0].round.document()["trained"]["engine"] == "found finished"
    assert len(journal.rounds(site.data_dir)) == 1


@pytest.mark.slow
async def test_without_wsl_a_round_stops_in_words_and_goes_on_when_it_is_there(
    site: LearningSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked(site.data_dir, "reversal", NEW)
    server = Server(
        train_strategy="wsl_subprocess_unload", wsl_distribution="Ubuntu", wsl_python=sys.executable
    )
    there = replace(site, profile=site.profile.model_copy(update={"server": server}).named("mine"))
    with monkeypatch.context() as without:
        without.setenv("PATH", str(tmp_path / "nowhere"))
        seen = await look(there)
    assert states(seen) == [("reversal", "stopped")]
    assert isinstance(seen.done[0].error, WslError)
    assert seen.done[0].error.mend
    assert not candidates(site)
    calls = stand_in.install(tmp_path / "bin", monkeypatch)
    seen = await look(there)
    assert states(seen) == [("reversal", "judged")], seen.done[0].error
    assert len(candidates(site)) == 1
    assert seen.done[0].round.document()["trained"]["where"] == "wsl_subprocess_unload"
    ran = ast.literal_eval(calls.read_text("utf-8").splitlines()[-1])
    assert ran == ["-d", "Ubuntu", "--", sys.executable, "-P", "-m", "vortex_tui.training.job"]


async def test_what_cannot_be_trained_on_fails_and_is_left_until_there_is_more(site: LearningSite) -> None:
    made = lessons("acronyms", 16, seed=3)
    marked(site.data_dir, "acronyms", made[:8])
    seen = await look(site, again=False)
    assert states(seen) == [("acronyms", "failed")]
    assert seen.done[0].error is not None
    assert "too little to learn from" in seen.done[0].error.message
    seen = await look(site, again=False)
    assert not seen.done
    assert [(one.domain, one.new) for one in seen.waiting] == [("acronyms", 8)]


async def test_one_at_a_time(site: LearningSite) -> None:
    with journal.alone(site.data_dir), pytest.raises(LearningError, match="under way"):
        await look(site)


@pytest.mark.parametrize(("share", "older"), [(0.0, 0), (0.25, 10), (1.0, 40)])
def test_older_data_is_replayed_by_its_share(site: LearningSite, share: float, older: int) -> None:
    of = journal.begin(site.data_dir, "reversal", marks=["m1"])
    line = {"prompt": "a b", "response": "b a", "kind": "feedback", "part": "m1"}
    file = site.data_dir / "corpora" / "reversal" / "train.jsonl"
    file.write_text(file.read_text("utf-8") + json.dumps(line) + "\n", encoding="utf-8")
    made = material.gathered(site.data_dir, of, share)
    assert (made.new, made.old) == (1, older)
    content = made.train.read_bytes()
    file.write_bytes(b"")
    assert material.gathered(site.data_dir, of, share) == made
    assert made.train.read_bytes() == content


def test_the_engine_goes_only_where_there_is_no_room() -> None:
    assert room.decide(100 * 2**20, 200 * 2**20, on_gpu=False).unload is False
    tight = room.decide(300 * 2**20, 200 * 2**20, on_gpu=True)
    assert tight.unload
    assert "takes 300 MiB, the card has 200 MiB free" in tight.words
    assert room.decide(1, -5, on_gpu=True).unload


@pytest.mark.slow
async def test_an_engine_that_must_go_is_there_again_afterwards(
    site: LearningSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked(site.data_dir, "reversal", NEW)
    phases = []
    async with Engine(site.data_dir, face="test") as engine:
        await engine.load(site.profile)
        beside = await room.look(site.profile, engine, site.change)
        assert beside.words.startswith("not needed" if not beside.unload else "unloaded")
        first = engine.pid
        monkeypatch.setattr(room, "needed", lambda *_, **__: 2**60)
        engine.subscribe(lambda state: phases.append(state.phase))
        seen = await look(replace(site, engine=engine))
        assert states(seen) == [("reversal", "judged")], seen.done[0].error
        assert engine.state.phase == "ready"
        assert engine.pid != first
    assert "stopped" in phases
    assert seen.done[0].round.document()["trained"]["engine"].startswith("unloaded: the training takes")


def test_half_a_record_is_passed_over(site: LearningSite) -> None:
    of = journal.begin(site.data_dir, "reversal", marks=["a"])
    with journal.file_of(site.data_dir).open("ab") as torn:
        torn.write(b'{"half')
    journal.add(site.data_dir, of, "merged", kept={"train": 1})
    (found,) = journal.rounds(site.data_dir)
    assert [line.event for line in found.lines] == ["begun", "merged"]
    assert found.marks == {"a"}
    assert not feedback.domains(site.data_dir)
