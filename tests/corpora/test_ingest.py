"""Files of every kind become examples; what cannot says why, and costs nothing else."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.corpora.files import PROSE, SENTENCES, jsonl, pairs, pdf
from vortex_tui.corpora import passages, walk
from vortex_tui.corpora import pdf as pdf_text
from vortex_tui.corpora.example import Example
from vortex_tui.corpora.ingest import ingest, merge
from vortex_tui.corpora.report import Ingested
from vortex_tui.corpora.splitting import SPLITS
from vortex_tui.errors import UsageError
from vortex_tui.evaluation import splits
from vortex_tui.profile import load

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX links, pipes and names")


def rows(found: Ingested) -> list[dict[str, Any]]:
    files = [found.folder / f"{split}.jsonl" for split in SPLITS]
    return [json.loads(line) for file in files if file.exists() for line in file.read_bytes().splitlines()]


def run(data: Path, *paths: Path, **more: str) -> Ingested:
    found = ingest([str(path) for path in paths], "d", data, **more)
    pieces = sum(not one.whole for one in found.left_out)
    assert sum(found.kept.values()) + pieces == found.found
    return found


def reasons(found: Ingested) -> dict[str, str]:
    return {one.source: one.reason for one in found.left_out if one.whole}


def test_a_folder_of_everything(tmp_path: Path) -> None:
    given = tmp_path / "given"
    (given / "deep").mkdir(parents=True)
    (given / "a.txt").write_text(PROSE, encoding="utf-8")
    (given / "b.md").write_text(
        f"# Guide\n\n## Use\n\n```sh\n# no heading\nrun it now\n```\n\n{SENTENCES[0]}\n", encoding="utf-8"
    )
    (given / "deep" / "c.py").write_text(
        '# SPDX-License-Identifier: MIT\nclass A:\n    def add(self, a, b):\n        """Sum."""\n'
        "        total = a + b\n        self.last = total\n        return total\n",
        encoding="utf-8",
    )
    (given / "d.pdf").write_bytes(pdf(PROSE.replace("lighthouse", "tower")))
    article = "".join(f"<p>{sentence} {number}</p>" for number, sentence in enumerate(SENTENCES))
    (given / "e.html").write_text(
        f"<html><head><title>Page</title></head><body><nav>Home</nav><article><h1>Sea</h1>{article}"
        "</article></body></html>",
        encoding="utf-8",
    )
    jsonl(given / "f.jsonl", {"instruction": "Add.", "input": "1 2", "output": "3", "license": "CC0-1.0"})
    (given / "LICENSE").write_text("Apache License\n Version 2.0, January 2004", encoding="utf-8")
    found = run(tmp_path / "data", given)
    by_kind = {row["kind"]: row for row in rows(found)}
    assert set(by_kind) == {"text", "markdown", "code", "pdf", "html", "instruction"}
    assert by_kind["code"]["response"].startswith("        total = a + b")
    assert "class A:" in by_kind["code"]["prompt"]
    assert (by_kind["code"]["license"], by_kind["instruction"]["license"]) == ("MIT", "CC0-1.0")
    assert by_kind["text"]["license"] == "Apache-2.0"
    assert by_kind["markdown"]["prompt"] == "Write the section “Use” of “Guide”."
    assert "# no heading" in by_kind["markdown"]["response"]
    assert by_kind["instruction"]["prompt"] == "Add.\n\n1 2"
    assert by_kind["html"]["prompt"].startswith("Write the section “Sea”")
    assert "Home" not in by_kind["html"]["response"]
    assert by_kind["code"]["source"] == "given/deep/c.py"
    assert str(tmp_path) not in json.dumps(rows(found))


def test_text_and_its_continuation_share_nothing_and_lose_nothing(tmp_path: Path) -> None:
    text = "\n\n".join(f"{PROSE} Chapter {n} was about {n * 17} gulls." for n in range(12))
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    found = rows(run(tmp_path / "data", tmp_path / "a.txt", licence="mine"))
    said = sorted(
        ((row["prompt"].partition("\n\n")[2] + " " + row["response"]).split() for row in found), key=str
    )
    assert sorted(word for words in said for word in words) == sorted(text.split())
    assert {row["license"] for row in found} == {"mine"}
    assert all(len(row["prompt"]) < 450 and len(row["response"]) <= 2_000 for row in found)


def test_a_conversation_keeps_its_earlier_turns_and_the_evaluation_reads_it(tmp_path: Path) -> None:
    turns = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Capital of France?"},
        {"role": "assistant", "content": "Paris."},
        {"role": "user", "content": "And of Spain?"},
        {"role": "assistant", "content": "Madrid."},
    ]
    file = jsonl(tmp_path / "chat.jsonl", {"messages": turns}, *pairs(40))
    found = run(tmp_path / "data", file)
    first, second = sorted((row for row in rows(found) if row["kind"] == "chat"), key=lambda row: row["part"])
    assert first["prompt"] == "Be brief.\n\nCapital of France?"
    assert second["messages"] == turns[:4]
    assert second["prompt"].endswith("User: Capital of France?\n\nAssistant: Paris.\n\nUser: And of Spain?")
    assert first["cluster"] == second["cluster"]
    for split in SPLITS:
        own = [c for c in splits.find(load("nano"), tmp_path / "data", split) if c.kind == "own"]
        assert len(own) == found.holds[split] > 0


def test_bad_lines_are_told_by_number_and_cost_themselves_alone(tmp_path: Path) -> None:
    file = tmp_path / "p.jsonl"
    good = json.dumps({"prompt": "a", "response": "b"}).encode()
    bad = [b"{broken", b"[1]", b'{"prompt": "x"}', b'{"prompt": "x", "response": " "}', b"\xff\xfe{",
           b'{"prompt": "\\ud800", "response": "y"}', b'{"messages": [{"role": "tool", "content": "x"}]}',
           b'{"messages": 3}', b"[" * 100_000]  # fmt: skip
    file.write_bytes(b"\n".join([good, *bad]))
    found = run(tmp_path / "data", file)
    assert (found.found, sum(found.kept.values())) == (10, 1)
    assert {one.part for one in found.left_out} == {f"line {n}" for n in range(2, 11)}


def test_files_that_cannot_be_read_are_told_and_the_others_are_read(tmp_path: Path) -> None:
    given = tmp_path / "g"
    (given / ".hidden").mkdir(parents=True)
    damaged = pdf(PROSE)[:60]
    contents = {
        "empty.txt": b"",
        "binary.txt": b"GIF89a\0\0\0",
        "latin.txt": "Straße und Möwe".encode("latin-1"),
        "locked.pdf": pdf(PROSE, password="secret"),
        "damaged.pdf": damaged,
        "scan.pdf": pdf(""),
        "menu.html": b"<html><body><script>1</script></body></html>",
        "table.csv": b"a,b",
        "good.txt": PROSE.encode(),
        "good16.txt": PROSE.replace("lamp", "bell").replace("ships", "gulls").upper().encode("utf-16"),
        "coded.py": "# -*- coding: latin-1 -*-\ndef f(x):\n    y = 'Möwe, Straße und ein Boot.'\n    return y"
        .encode("latin-1"),
    }  # fmt: skip
    for name, content in contents.items():
        (given / name).write_bytes(content)
    found = run(tmp_path / "data", given)
    assert reasons(found) == {
        "g/.hidden": "hidden",
        "g/binary.txt": "binary",
        "g/damaged.pdf": "damaged",
        "g/empty.txt": "nothing in it",
        "g/latin.txt": "not UTF-8",
        "g/locked.pdf": "encrypted",
        "g/menu.html": "nothing in it",
        "g/scan.pdf": "nothing in it",
        "g/table.csv": "unknown kind",
    }
    assert found.files == 12
    assert found.files_read == 3
    assert any("Möwe" in row["response"] for row in rows(found))


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text(PROSE, encoding="utf-8")
    monkeypatch.setattr(walk, "MAX_BYTES", 10)
    assert reasons(run(tmp_path / "data", tmp_path / "a.txt")) == {"a.txt": "too large"}


@POSIX
def test_links_and_pipes_are_left_out(tmp_path: Path) -> None:
    outside, given = tmp_path / "outside.txt", tmp_path / "g"
    given.mkdir()
    outside.write_text(PROSE, encoding="utf-8")
    (given / "a.txt").write_text(PROSE, encoding="utf-8")
    (given / "leaves.txt").symlink_to(outside)
    (given / "up").symlink_to(tmp_path)
    (given / "stays.txt").symlink_to(given / "a.txt")
    (given / "nowhere.txt").symlink_to(given / "gone")
    os.mkfifo(given / "pipe.txt")
    found = run(tmp_path / "data", given)
    told = {one.source: one.why for one in found.left_out if one.reason == "link"}
    assert "leaves the folder" in told["g/leaves.txt"]
    assert "leaves the folder" in told["g/up"]
    assert "where it lies" in told["g/stays.txt"]
    assert "nowhere" in told["g/nowhere.txt"]
    assert reasons(found)["g/pipe.txt"] == "not a file"
    assert found.files_read == 1


@POSIX
def test_a_name_that_is_no_text_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "g").mkdir()
    try:
        (tmp_path / "g" / os.fsdecode(b"a\xff\x1b[2J.txt")).write_text(PROSE, encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes no such names")
    (row,) = rows(run(tmp_path / "data", tmp_path / "g"))
    assert row["source"] == "g/a\\udcff\\x1b[2J.txt"


def test_the_order_of_what_is_given_does_not_matter(tmp_path: Path) -> None:
    one, other = jsonl(tmp_path / "1.jsonl", *pairs(60)), jsonl(tmp_path / "2.jsonl", *pairs(90))
    kept = []
    for number, given in enumerate([(one, other), (other, one)]):
        found = run(tmp_path / f"data{number}", *given)
        kept.append([{key: row[key] for key in row if key != "time"} for row in rows(found)])
    assert kept[0] == kept[1]


def test_a_second_ingest_of_more_moves_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    found = run(data, jsonl(tmp_path / "a.jsonl", *pairs(30)))
    before = {split: (found.folder / f"{split}.jsonl").read_bytes() for split in SPLITS}
    again = run(data, tmp_path / "a.jsonl")
    assert {split: (found.folder / f"{split}.jsonl").read_bytes() for split in SPLITS} == before
    assert not any(again.kept.values())
    run(data, jsonl(tmp_path / "a.jsonl", *pairs(500)))
    for split in SPLITS:
        assert (found.folder / f"{split}.jsonl").read_bytes().startswith(before[split])


def test_lines_that_a_hand_wrote_and_feedback_stay(tmp_path: Path) -> None:
    folder = tmp_path / "corpora" / "d"
    (folder / "feedback").mkdir(parents=True)
    (folder / "feedback" / "good.jsonl").write_text("whatever", encoding="utf-8")
    by_hand = b'{"prompt": "thing number 3?", "response": "by hand", "mine": 1}'
    (folder / "gate.jsonl").write_bytes(by_hand)
    found = run(tmp_path, jsonl(tmp_path / "a.jsonl", *pairs(30)))
    assert (folder / "gate.jsonl").read_bytes().startswith(by_hand + b"\n")
    assert (folder / "feedback" / "good.jsonl").read_text(encoding="utf-8") == "whatever"
    # The same question with another answer is not trained on while the gate asks it.
    (same,) = [row for row in rows(found) if row["prompt"] == "thing number 3?" and "source" in row]
    assert same["response"] in (folder / "gate.jsonl").read_text(encoding="utf-8")


def test_examples_can_be_merged_without_files(tmp_path: Path) -> None:
    new = [Example(f"ask {n}", f"say {n}", "chat", "0" * 64, "", "feedback") for n in range(30)]
    found = merge(new, "d", tmp_path)
    assert sum(found.kept.values()) == 30
    assert not any(merge(new, "d", tmp_path).kept.values())
    assert {row["kind"] for row in rows(found)} == {"feedback"}
    flawed = [Example(text, "x", "chat", "0" * 64, "", "feedback") for text in (" ", "\ud800")]
    assert [one.reason for one in merge(flawed, "d", tmp_path).left_out] == ["not a pair"] * 2


def test_a_paragraph_of_megabytes_is_cut_and_broken_words_are_whole() -> None:
    words = " ".join(str(number) for number in range(300_000))
    assert "".join("".join(passages.passages(words)).split()) == words.replace(" ", "")
    joined = pdf_text.joined(["ends here.\n\nhyphen-\nated " + words[:50], "next"])
    assert joined.startswith("ends here.\n\nhyphenated 0 1 2")


@pytest.mark.parametrize("name", ["", "../d", "a/b", ".d", "a b", "x" * 65, "nul", "com1.x", "d."])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no name for a domain"):
        ingest([str(tmp_path)], name, tmp_path / "data")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("given", ["https://example.org/a.html", "file:///etc/hosts", "not/there", "a\0b"])
def test_what_is_no_path_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(UsageError):
        ingest([given], "d", tmp_path)
    assert not (tmp_path / "corpora").exists()
