"""What was measured outlives a kill, and nothing else does."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vortex_tui.errors import StorageError
from vortex_tui.evaluation.store import Store

ROWS = st.dictionaries(
    st.text(max_size=9), st.one_of(st.text(max_size=20), st.floats(allow_nan=False)), max_size=6
)


@given(ROWS, ROWS, st.integers(0, 40))
def test_a_file_cut_anywhere_gives_back_whole_rows(
    first: dict[str, object], more: dict[str, object], cut: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "kept.jsonl"
        Store(file).add(first)
        before = file.read_bytes() if file.exists() else b""
        Store(file).add(more)
        raw = file.read_bytes() if file.exists() else b""
        file.write_bytes(raw[: max(len(before), len(raw) - cut)])
        again = Store(file)
        for key, value in first.items():
            assert again[key] in (value, more.get(key))
        again.add({"last": "row"})
        assert Store(file)["last"] == "row"
        assert len(Store(file)) == len(again)


def test_a_line_of_rubbish_is_measured_again(tmp_path: Path) -> None:
    file = tmp_path / "kept.jsonl"
    file.write_bytes(b'["a", 1]\n\x00\xff\n[1, 2]\n{}\n"text"\n["b", 2]\n["c"')
    store = Store(file)
    assert (len(store), store["a"], store["b"]) == (2, 1, 2)
    assert file.read_bytes().endswith(b'["b", 2]\n')


def test_fresh_forgets(tmp_path: Path) -> None:
    file = tmp_path / "kept.jsonl"
    Store(file).add({"a": 1})
    assert "a" in Store(file)
    assert "a" not in Store(file, fresh=True)
    assert "a" not in Store(file)


def test_a_folder_that_cannot_be_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot be used"):
        Store(tmp_path / "file" / "kept.jsonl")
