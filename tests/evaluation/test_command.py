"""The command as a person runs it: on nano for real, stopped and gone on with, and refused in words."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import PROGRAM, ROOT, environment, run

QUICK = ("eval", "--limit", "2", "--domains", "roman,words,code", "--modes", "lexical")
FOREIGN = '[core]\nhf_model = "{folder}"\n'


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str, Path]:
    """The report, its tables, and the data folder."""
    folder = tmp_path_factory.mktemp("eval")
    done = run(*QUICK, "--json-out", "out.json", data=folder, timeout=400, COLUMNS="80")
    assert done.returncode == 0, done.stderr
    assert "choosing the best single expert" in done.stderr
    return json.loads((folder / "out.json").read_text(encoding="utf-8")), done.stdout, folder


@pytest.mark.slow
def test_its_json_is_valid_and_has_every_prompt(evaluated: tuple[dict[str, Any], str, Path]) -> None:
    import jsonschema

    report = evaluated[0]
    schema = json.loads((ROOT / "docs/evaluation.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(report, schema, cls=jsonschema.Draft202012Validator)
    assert len(report["rows"]) == report["settings"]["cases"] == 3 * 2 * 2 + 2 + 3 * 2
    names = [one["name"] for one in report["strategies"]]
    assert names == [
        "base",
        "random",
        "multitask",
        "best_single",
        "hybrid",
        "lexical",
        "top1",
        "topk",
        "oracle",
    ]
    assert {(one["k"], one["method"]) for one in report["ablation"]} >= {(2, "exact"), (2, "ties")}


@pytest.mark.slow
def test_its_figures_are_those_of_nano(evaluated: tuple[dict[str, Any], str, Path]) -> None:
    exact = {one["name"]: one["exact"]["value"] for one in evaluated[0]["strategies"]}
    assert exact["base"] < 0.3 < exact["oracle"]
    loss = {one["name"]: one["loss"]["value"] for one in evaluated[0]["strategies"]}
    assert loss["oracle"] < loss["base"]
    alone = {one["method"]: one["exact"]["value"] for one in evaluated[0]["ablation"] if one["k"] == 1}
    assert alone["exact"] == alone["linear"] == alone["svd"] > 0.5


@pytest.mark.slow
def test_its_tables_fit_80_columns(evaluated: tuple[dict[str, Any], str, Path]) -> None:
    assert max(map(len, evaluated[1].splitlines())) <= 80
    for words in ("per-domain oracle", "roman/words", "Mixing k experts", "█"):
        assert words in evaluated[1]


@pytest.mark.slow
def test_a_second_run_measures_nothing_again(evaluated: tuple[dict[str, Any], str, Path]) -> None:
    report, _, folder = evaluated
    done = run(*QUICK, "--json-out", "-", data=folder, timeout=200)
    again = json.loads(done.stdout)
    assert again["measured"] == 0
    assert again["strategies"] == report["strategies"]
    assert "Strategies" in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl+C is a signal elsewhere")
def test_ctrl_c_ends_it_and_the_next_run_goes_on(
    evaluated: tuple[dict[str, Any], str, Path], tmp_path: Path
) -> None:
    command = [*PROGRAM, *QUICK, "--json-out", "out.json"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment(VORTEX_TUI_DATA=str(tmp_path)),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "routing" in line:
                process.send_signal(signal.SIGINT)
                break
        rest = process.stderr.read()
        assert process.wait(timeout=60) == 130, rest
    assert "goes on from there" in rest
    assert not (tmp_path / "out.json").exists()
    done = run(*QUICK, "--json-out", "out.json", data=tmp_path, timeout=300)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert report["measured"] < evaluated[0]["measured"]
    assert report["strategies"] == evaluated[0]["strategies"]


def test_it_has_no_model_in_its_own_process() -> None:
    script = """
import sys
import vortex_tui.evaluation.prepare, vortex_tui.evaluation.run
print(*{name.partition(".")[0] for name in sys.modules})
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
        check=True,
    )
    assert not set(done.stdout.split()) & {"torch", "transformers", "peft", "sklearn", "scipy", "textual"}


def foreign(folder: Path) -> str:
    """A profile of a base of the user's that has nano's weights but is not called nano."""
    from vortex_tui import paths

    shutil.copytree(paths.nano() / "base", folder / "base")
    file = folder / "mine.toml"
    file.write_text(FOREIGN.format(folder=folder / "base"), encoding="utf-8")
    return str(file)


def expert(folder: Path) -> None:
    """nano's arithmetic expert in the user's own registry."""
    from vortex_tui import paths

    target = folder / "experts_hf" / "registry" / "experts" / "arithmetic"
    shutil.copytree(paths.nano() / "experts" / "arithmetic", target)


def test_an_empty_bank_is_refused_in_words(tmp_path: Path) -> None:
    done = run("eval", "--profile", foreign(tmp_path), data=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no expert to evaluate" in done.stderr
    assert "an empty bank" in done.stderr


def test_a_bank_without_a_split_is_told_how_to_make_one(tmp_path: Path) -> None:
    expert(tmp_path)
    done = run("eval", "--profile", foreign(tmp_path), data=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "corpora/<domain>/gate.jsonl" in done.stderr


def test_a_bad_line_is_refused_before_the_engine_starts(tmp_path: Path) -> None:
    corpus = tmp_path / "corpora" / "law" / "gate.jsonl"
    corpus.parent.mkdir(parents=True)
    corpus.write_text('{"prompt": "a", "response": "b"}\n{"prompt": "\x1b[31m"}\n', encoding="utf-8")
    done = run("eval", data=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "line 2 of" in done.stderr
    assert "\x1b" not in done.stderr
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--json-out", "/proc/no/such.json"], 1, "could not write"),
        (["--json-out", "."], 1, "a folder"),
        (["--limit", "0"], 2, "--limit"),
        (["--domains", "roman,latin"], 2, "there is no domain 'latin'"),
        (["--modes", "manual"], 2, "there is no router mode 'manual'"),
        (["--split", "train"], 2, "--split"),
    ],
)  # fmt: skip
def test_it_is_refused_before_any_work(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    done = run("eval", *arguments, data=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
