"""``route``: the decision in words and as JSON, whatever the prompt."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from tests.support.command import PROGRAM, ROOT, environment, run
from vortex_tui.commands.route import SCHEMA, document
from vortex_tui.commands.routed import explained, percent, told
from vortex_tui.engine.protocol import Candidate, MixShare, RoutedMix
from vortex_tui.experts import names
from vortex_tui.settings import ROUTER_MODES

SUM = "What is 37 + 58?"
KEYS = {
    "schema", "mode", "mix", "mix_hash", "candidates", "reason", "threshold", "called_for",
    "router_ms", "encoder_ms",
}  # fmt: skip
CANDIDATE = {"expert", "score", "lexical", "dense", "nearest", "features"}
FEATURES = {f"{view}_{name}": 0.5 for view in ("words", "pairs") for name in ("centroid", "nearest", "odds")}
DENSE = {f"dense_{name}": 0.25 for name in ("discriminant", "centroid", "nearest")}


def candidate(expert: str, score: float, **changes: Any) -> Candidate:
    told = {"features": {**FEATURES, **DENSE}, "lexical": 0.5, "dense": 0.25, **changes}
    return Candidate(expert=expert, score=score, **told)


def decision(count: int = 9, **changes: Any) -> RoutedMix:
    """A decision of ``count`` experts, the first of which answers."""
    experts = [
        candidate(f"d{n}/r", 0.5 / 2**n, nearest=(f"like {n} \x1b[31m\u202e🦜" * 30,)) for n in range(count)
    ]
    mix = (MixShare(expert="d0/r", content_hash="0" * 64, weight=1.0),) if count else ()
    given = {"mode": "hybrid", "mix": mix, "candidates": (*experts, candidate("base", 0.001)), **changes}
    return RoutedMix(id=1, threshold=0.25, reason="d0/r leads with 0.500", router_ms=2.0, **given)


def shown(*parts: Any, width: int = 80) -> list[str]:
    console = Console(markup=False, highlight=False, emoji=False, width=width)
    with console.capture() as capture:
        for part in parts:
            console.print(part)
    return [line.rstrip() for line in capture.get().splitlines()]


NAMES = names.short({f"d{n}/r": f"d{n}" for n in range(9)})


@pytest.mark.parametrize("width", [60, 80, 160])
def test_five_experts_and_the_base_are_shown(width: int) -> None:
    lines = shown(told(decision(), NAMES, 5), width=width)
    rows = [line.split()[0] for line in lines if "%" in line]
    assert rows == ["d0", "d1", "d2", "d3", "d4", "base"]
    assert any("… and 4 more" in line for line in lines)
    assert any("d0 leads with 0.500" in line for line in lines)
    assert any("no encoder asked" in line for line in lines)
    assert max(map(cell_len, lines)) <= width


def test_whoever_is_in_the_mix_is_shown_however_unlikely() -> None:
    mix = (MixShare(expert="d8/r", content_hash="0" * 64, weight=0.4),)
    lines = shown(told(decision(mix=mix), NAMES, 2))
    assert [line.split()[:2] for line in lines if "%" in line and "0.40" in line] == [["d8", "0.40"]]


@pytest.mark.parametrize("width", [60, 80])
def test_exemplars_are_escaped_and_cut_to_the_width(width: int) -> None:
    lines = shown(explained(decision(), NAMES), width=width)
    like = [line for line in lines if line.startswith("  like")]
    assert len(like) == 3
    assert all("\\x1b[31m\\u202e" in line and line.endswith("…") for line in like)
    assert max(map(cell_len, lines)) <= width
    assert "\x1b" not in "".join(lines)


def test_features_stand_in_groups_with_the_base_last() -> None:
    lines = shown(explained(decision(), NAMES))
    heads = [line.split() for line in lines if line and not line.startswith(" ")]
    assert [head[0] for head in heads] == ["d0", "d1", "d2", "base"]
    dense = next(line.split() for line in lines if "discriminant" in line)
    assert dense == ["discriminant", "centroid", "nearest"]
    assert sum(line.split()[:1] == ["words"] for line in lines) == 4
    assert any("25.0 % had to be exceeded" in line for line in lines)


def test_a_mode_without_features_says_so() -> None:
    plain = tuple(one.model_copy(update={"features": {}, "nearest": ()}) for one in decision().candidates)
    routed = decision(mode="knn", candidates=plain)
    assert "score" in shown(told(routed, NAMES, 5))[1]
    assert "judges by the scores alone" in " ".join(shown(explained(routed, NAMES)))


def test_the_base_alone_and_no_candidates() -> None:
    assert any("base" in line and "1.00" in line for line in shown(told(decision(0), {}, 5)))
    assert shown(told(decision(0, candidates=()), {}, 5), explained(decision(0, candidates=()), {}))


def test_short_names_are_domains_where_they_say_enough() -> None:
    found = names.short({"sql/1": "sql", "law/1": "law", "law/2": "law"})
    assert found == {"sql/1": "sql", "law/1": "law/1", "law/2": "law/2"}
    assert names.shortened("sql/1 leads law/2, sql/12 is third", {**found, "sql/12": "twelve"}) == (
        "sql leads law/2, twelve is third"
    )


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0.0 %"), (0.0002, "< 0.1 %"), (0.25, "25.0 %"), (0.99968, "> 99.9 %"), (1.0, "100.0 %")],
)
def test_a_probability_is_not_rounded_to_certainty(share: float, text: str) -> None:
    assert percent(share) == text


def test_the_document_has_these_keys() -> None:
    assert SCHEMA == 2
    assert set(document(decision())) == KEYS
    assert {frozenset(one) for one in document(decision())["candidates"]} == {frozenset(CANDIDATE)}


# --- with the engine ----------------------------------------------------


def routed(
    data: Path, *arguments: str, stdin: bytes = b"", **changes: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*PROGRAM, "route", *arguments],
        input=stdin,
        capture_output=True,
        timeout=120,
        cwd=data,
        env=environment(VORTEX_TUI_DATA=str(data), **changes),
        check=False,
    )


@pytest.mark.slow
def test_json_is_one_document_and_puts_the_arithmetic_expert_first(tmp_path: Path) -> None:
    done = run("route", SUM, "--json", "--explain", data=tmp_path)
    said = json.loads(done.stdout)
    assert set(said) == KEYS
    assert said["schema"] == SCHEMA
    assert said["mix"][0]["expert"].startswith("arithmetic/")
    assert said["candidates"][0]["features"]
    assert said["candidates"][0]["nearest"]
    assert {"base"} < {one["expert"].partition("/")[0] for one in said["candidates"]}


@pytest.mark.slow
def test_explain_fits_80_columns(tmp_path: Path) -> None:
    done = run("route", SUM, "--explain", "--experts-shown", "3", data=tmp_path, COLUMNS="80")
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    for words in ("arithmetic leads", "… and 11 more", "centroid", "  like", "had to be exceeded", "\nbase"):
        assert words in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("mode", ROUTER_MODES)
def test_every_mode_can_be_asked_for(tmp_path: Path, mode: str) -> None:
    done = run("route", SUM, "--mode", mode, "--explain", data=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"mode       {mode}" in done.stdout
    assert "base" in done.stdout or mode == "arrow"


PLUGIN = """
from vortex_tui.routing.decision import Decision, Scored
class First:
    mode = "first"
    def __init__(self, names): self.names = names
    def decide(self, prompt):
        return Decision("first", {self.names[0]: 1.0}, (Scored(self.names[0], 1.0),), "the first answers")
def make(wanted, ground): return First([source.name for source in ground.sources])
"""


@pytest.mark.slow
def test_a_package_may_add_a_mode_and_a_broken_one_is_refused_in_words(tmp_path: Path) -> None:
    about = tmp_path / "plug" / "adds_modes-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: adds_modes\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[vortex_tui.routers]\nfirst = adds_modes:make\ngone = adds_modes:absent\n"
    )
    (about.parent / "adds_modes.py").write_text(PLUGIN)
    path = os.pathsep.join([str(ROOT), str(about.parent)])
    done = run("route", SUM, "--mode", "first", data=tmp_path, PYTHONPATH=path)
    assert "the first answers" in done.stdout
    assert "arithmetic     1.00" in done.stdout
    refused = run("route", SUM, "--mode", "gone", data=tmp_path, PYTHONPATH=path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "the router's mode gone could not be loaded" in refused.stderr
    assert "adds_modes:absent" in refused.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "prompt",
    [
        b"hi",
        b"word " * 3_000,
        bytes(range(256)) * 4,
        "🦜🇳🇿👩‍👩‍👧".encode() * 50,
        b"\xff\xfe",
    ],
    ids=["word", "3,000 words", "binary", "emoji", "no text"],
)
def test_odd_prompts_are_routed_and_shown(tmp_path: Path, prompt: bytes) -> None:
    done = routed(tmp_path, "-", "--explain", stdin=prompt, COLUMNS="80")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.decode("utf-8").splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert b"\x1b" not in done.stdout
    assert any("threshold" in line for line in lines)


@pytest.mark.slow
def test_a_prompt_that_could_not_be_answered_is_not_routed_either(tmp_path: Path) -> None:
    done = routed(tmp_path, "-", "--explain", stdin=b"x" * 100_000)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"tokens too long" in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX locales")
def test_a_terminal_without_unicode_gets_plain_bars(tmp_path: Path) -> None:
    done = routed(tmp_path, SUM, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert b"####" in done.stdout
    assert done.stdout.isascii()
