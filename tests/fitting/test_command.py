"""``router fit`` is refused in words before anything is measured, and says where its fit is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.command import run
from vortex_tui import paths
from vortex_tui.cli import cli
from vortex_tui.commands import router
from vortex_tui.routing import fitted

LINE = '{"prompt": "Which form?", "response": "B-17"}\n'


def own_base(data: Path) -> str:
    """A profile whose base has nano's weights and is not called nano, with one expert."""
    shutil.copytree(paths.nano() / "base", data / "base")
    expert = data / "experts_hf/registry/experts/arithmetic"
    shutil.copytree(paths.nano() / "experts/arithmetic", expert)
    file = data / "mine.toml"
    file.write_text(f'[core]\nhf_model = "{(data / "base").as_posix()}"\n', encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(("present", "missing"), [("", "router"), ("router", "calibration")])
def test_a_bank_without_a_split_is_told_which_file_to_write(
    tmp_path: Path, present: str, missing: str
) -> None:
    mine = own_base(tmp_path)
    if present:
        corpus = tmp_path / "corpora/law"
        corpus.mkdir(parents=True)
        (corpus / f"{present}.jsonl").write_text(LINE, encoding="utf-8")
    done = run("router", "fit", "--profile", mine, data=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"corpora/<domain>/{missing}.jsonl" in done.stderr
    assert not (tmp_path / "cache").exists()


def test_a_bad_line_is_refused_before_the_engine_starts(tmp_path: Path) -> None:
    corpus = tmp_path / "corpora/law"
    corpus.mkdir(parents=True)
    (corpus / "router.jsonl").write_text(LINE + '{"prompt": "\x1b"}\n', encoding="utf-8")
    done = run("router", "fit", data=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "line 2 of" in done.stderr
    assert "\x1b" not in done.stderr


def test_a_data_folder_that_cannot_keep_the_fit_is_found_first(tmp_path: Path) -> None:
    (tmp_path / "router").write_text("in the way", encoding="utf-8")
    done = run("router", "fit", data=tmp_path, timeout=30)
    assert (done.returncode, done.stdout) == (1, "")
    assert "could not write" in done.stderr
    assert "--out" in done.stderr


async def shipped(*_: object) -> fitted.Fit:
    return fitted.shipped()


@pytest.mark.parametrize("out", ["fit.json", "-", None])
def test_the_fit_is_written_where_it_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(router, "_fit", shipped)
    arguments = ["--data-dir", str(tmp_path), "router", "fit", *(["--out", out] if out else [])]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "router").exists() == (out is None)
    if out == "-":
        assert fitted.Fit.model_validate(json.loads(done.stdout)) == fitted.shipped()
        assert not Path("-").exists()
        assert "threshold" in done.stderr
        return
    file = Path(out) if out else fitted.file_of(tmp_path, fitted.shipped().encoder)
    assert fitted.read(file) == fitted.shipped()
    assert "temperature" in done.stdout
    assert file.name in done.stderr
