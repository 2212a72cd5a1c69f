"""``vortex-tui profiles``: tables for people, JSON for programs, the same words."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from vortex_tui import paths, profile
from vortex_tui.cli import cli


def ask(monkeypatch, tmp_path: Path, *arguments: str) -> Result:
    monkeypatch.setattr(paths, "user_config", lambda: tmp_path / "config")
    return CliRunner().invoke(cli, ["profiles", *arguments, "--data-dir", str(tmp_path / "data")])


def test_list_has_every_profile_in_both_forms(monkeypatch, tmp_path: Path) -> None:
    told = json.loads(ask(monkeypatch, tmp_path, "list", "--json").stdout)
    assert told["schema"] == 1
    assert [row["name"] for row in told["profiles"]] == sorted(profile.known())
    shown = ask(monkeypatch, tmp_path, "list").stdout
    assert all(name in shown.replace("\n", "") for name in ("nano_gguf", "cpu_gguf", "gpu_24gb"))


def test_show_marks_what_is_not_the_default_and_explains_every_key(monkeypatch, tmp_path: Path) -> None:
    told = json.loads(ask(monkeypatch, tmp_path, "show", "nano", "--json").stdout)
    keys = {row["key"]: row for row in told["keys"]}
    assert keys["budget.max_vram_mb"]["is_default"] is False
    assert keys["core.backend"]["is_default"] is True
    assert all(row["help"] for row in keys.values())
    assert "*" in ask(monkeypatch, tmp_path, "show", "nano").stdout


def test_new_edit_and_diff_agree(monkeypatch, tmp_path: Path) -> None:
    made = ask(monkeypatch, tmp_path, "new", "mine", "--from", "nano", "--set", "budget.ctx_tokens=2048")
    assert made.exit_code == 0, made.output
    assert ask(monkeypatch, tmp_path, "edit", "mine", "--set", "decode.temperature=0.5").exit_code == 0
    told = json.loads(ask(monkeypatch, tmp_path, "diff", "nano", "mine", "--json").stdout)
    assert {row["key"]: (row["first"], row["second"]) for row in told["keys"]} == {
        "budget.ctx_tokens": (4096, 2048),
        "decode.temperature": (0.0, 0.5),
    }
    assert "no key differs" in ask(monkeypatch, tmp_path, "diff", "mine", "mine").stdout


def test_a_bad_value_names_the_key_and_changes_nothing(monkeypatch, tmp_path: Path) -> None:
    ask(monkeypatch, tmp_path, "new", "mine")
    file = tmp_path / "config/profiles/mine.toml"
    before = file.read_bytes()
    refused = ask(monkeypatch, tmp_path, "edit", "mine", "--set", "budget.max_vram=1")
    assert "'budget.max_vram_mb'" in str(refused.exception)
    assert file.read_bytes() == before
