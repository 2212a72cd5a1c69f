"""The imports that contracts only read are held at run time: no torch in a face, no textual in a command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import environment
from tests.support.lessons import lessons, write

ENGINE = {"torch", "transformers", "peft", "bitsandbytes", "llama_cpp", "accelerate", "sentence_transformers"}
SLOW_TO_IMPORT = {"pydantic", "numpy", "rich", "psutil", "asyncio"}
SCRIPT = """
import sys
sys.modules["textual"] = None  # as if it were not installed
from vortex_tui.cli import main
try:
    main(sys.argv[1:])
except SystemExit as ended:
    print("code", ended.code, file=sys.stderr)
print("modules", *{name.partition(".")[0] for name in sys.modules if sys.modules[name]}, file=sys.stderr)
"""


def modules(data: Path, *arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        capture_output=True,
        text=True,
        cwd=data,
        env=environment(VORTEX_TUI_DATA=str(data)),
        timeout=300,
        check=True,
    )
    assert "code 0" in done.stderr, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("modules ")]
    return set(line.split()[1:])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["chat", "--help"],
        ["bench", "--help"],
        ["route", "--help"],
        ["router", "--help"],
        ["router", "fit", "--help"],
        ["eval", "--help"],
        ["promote", "--help"],
        ["rollback", "--help"],
        ["ledger", "--help"],
        ["candidates", "--help"],
        ["experts", "remove", "--help"],
        ["judge", "--help"],
        ["ingest", "--help"],
        ["corpora", "show", "--help"],
        ["train-experts", "--help"],
        ["self-train", "--help"],
    ],
)
def test_help_imports_nothing_heavy(tmp_path: Path, arguments: list[str]) -> None:
    assert not modules(tmp_path, *arguments) & (ENGINE | SLOW_TO_IMPORT | {"textual"})


@pytest.mark.parametrize(
    "arguments",
    [
        ["doctor"],
        ["prepare-model"],
        ["experts", "list"],
        ["experts", "verify", "--json"],
        ["experts", "convert", "--all"],
        ["candidates"],
        ["ledger", "--verify"],
        ["corpora", "list"],
    ],
)
def test_a_command_without_an_engine_loads_no_model_and_no_screen(
    tmp_path: Path, arguments: list[str]
) -> None:
    assert not modules(tmp_path, *arguments) & (ENGINE | {"textual"})


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["chat", "-m", "What is 37 + 58?", "--max-new-tokens", "2"],
        ["route", "What is 37 + 58?", "--explain"],
        ["eval", "--limit", "1", "--domains", "roman", "--modes", "lexical", "--no-ablation"],
        ["bench", "--runs", "1", "--max-new-tokens", "8"],
    ],
)
def test_a_command_with_an_engine_loads_the_model_elsewhere(tmp_path: Path, arguments: list[str]) -> None:
    assert not modules(tmp_path, *arguments) & (ENGINE | {"textual"})


@pytest.mark.slow
def test_training_loads_the_model_elsewhere(tmp_path: Path) -> None:
    made = lessons("reversal", 40)
    write(tmp_path / "corpora" / "reversal" / "train.jsonl", made)
    short = ("--steps", "2", "--length", "64", "--rows", "2", "--checkpoint-every", "1")
    found = modules(tmp_path, "train-experts", "--domains", "reversal", *short)
    assert not found & (ENGINE | {"textual"})


def test_without_textual_the_workstation_says_what_to_install(tmp_path: Path) -> None:
    script = SCRIPT.replace("main(sys.argv[1:])", "sys.stdout.isatty = lambda: True; main([])")
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(VORTEX_TUI_DATA=str(tmp_path)),
        check=True,
    )
    assert "code 2" in done.stderr
    assert 'pip install "textual' in done.stderr
