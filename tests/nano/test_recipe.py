"""The whole recipe, at a few steps a stage: what it writes is whole, loads and says what it is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from vortex_tui import paths
from vortex_tui.engine import fingerprint, model_folder
from vortex_tui.experts import bank
from vortex_tui.nano import files
from vortex_tui.nano.tasks import DOMAINS


def check_whole(folder: Path) -> None:
    index = json.loads((folder / "index.json").read_text("utf-8"))
    base = fingerprint.of_folder(model_folder.inspect(folder / "base"))
    entries = bank.scan(base, [folder / "experts"])
    assert index["base_fingerprint"] == base
    assert index["files"] == files.digests(folder)
    assert {entry.folder.parent.name for entry in entries} == set(DOMAINS)
    assert [bank.verify(entry) for entry in entries] == [""] * len(entries)


def test_the_shipped_nano_is_whole() -> None:
    check_whole(paths.nano())


@pytest.mark.slow
def test_the_recipe_runs_from_nothing(tmp_path: Path) -> None:
    out = tmp_path / "nano"
    command = [sys.executable, "-m", "vortex_tui.nano", "--quick", "--steps-scale", "0.003", "--count", "2"]
    made = subprocess.run(
        [*command, "--out", str(out)], check=False, capture_output=True, text=True, timeout=900
    )
    assert made.returncode == 0, made.stderr[-2000:]
    check_whole(out)
    assert [child.name for child in tmp_path.iterdir()] == ["nano"]
