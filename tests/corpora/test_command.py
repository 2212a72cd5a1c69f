"""The commands as a person types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.corpora.files import PROSE, jsonl, pairs
from tests.support.command import run


def test_ingest_list_and_show(tmp_path: Path) -> None:
    jsonl(tmp_path / "a.jsonl", *pairs(50), "{broken")
    done = run("ingest", "a.jsonl", "--domain", "code", "--license", "MIT", "--json", data=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["schema"], told["found"], sum(told["kept"].values())) == (1, 51, 50)
    assert told["left_out"][0]["named"][0]["part"] == "line 51"
    assert "gate holds 10 of the 250" in done.stderr
    listed = json.loads(run("corpora", "list", "--json", data=tmp_path).stdout)
    assert [one["domain"] for one in listed["corpora"]] == ["code"]
    shown = json.loads(run("corpora", "show", "code", "--json", data=tmp_path).stdout)
    assert shown["provenance"]["license"] == {"MIT": 50}
    assert shown["holds"] == told["holds"]
    assert len(shown["samples"]["train"]) == 2
    for arguments in (["corpora", "list"], ["corpora", "show", "code"], ["ingest", "a.jsonl", "-d", "code"]):
        plain = run(*arguments, data=tmp_path)
        assert plain.returncode == 0, plain.stderr
        assert "calibration" in plain.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["ingest", "https://example.org", "--domain", "d"], 2, "not fetched"),
        (["ingest", ".", "--domain", "../d"], 2, "no name for a domain"),
        (["ingest", "gone", "--domain", "d"], 2, "cannot be read"),
        (["ingest", "empty.txt", "--domain", "d"], 1, "nothing in it"),
        (["corpora", "show", "gone"], 1, "no corpus gone"),
    ],
)
def test_refusals_are_in_words(tmp_path: Path, arguments: list[str], code: int, words: str) -> None:
    (tmp_path / "empty.txt").write_text("", encoding="utf-8")
    done = run(*arguments, data=tmp_path)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_foreign_text_acts_on_no_terminal(tmp_path: Path) -> None:
    jsonl(
        tmp_path / "a.jsonl", {"prompt": "\x1b[2Jask", "response": "\x1b]0;x\x07say", "license": "\x1b[31m"}
    )
    run("ingest", "a.jsonl", "--domain", "d", data=tmp_path)
    shown = run("corpora", "show", "d", data=tmp_path)
    assert "\x1b" not in shown.stdout
    assert "\\x1b[2Jask" in shown.stdout


@pytest.mark.parametrize(
    ("package", "file"), [("datasketch", "a.txt"), ("trafilatura", "a.html"), ("pypdf", "a.pdf")]
)
def test_a_missing_library_names_the_line_that_installs_it(
    tmp_path: Path, package: str, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    from vortex_tui.corpora.ingest import ingest
    from vortex_tui.corpora.refusal import CorpusError

    (tmp_path / file).write_text(PROSE, encoding="utf-8")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(CorpusError, match=f"needs the package {package}") as caught:
        ingest([str(tmp_path / file)], "d", tmp_path / "data")
    assert caught.value.mend == 'pip install -e ".[train]"'
    assert not (tmp_path / "data").exists()
