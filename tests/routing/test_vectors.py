"""Vectors on the disk: encoded once, and never trusted when they are damaged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from vortex_tui.routing import vectors
from vortex_tui.routing.vectors import Matrix


class Encoder:
    """Letter counts; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> Matrix:
        self.asked += texts
        return np.array([[text.count(letter) for letter in "abc"] for text in texts], np.float32)


def test_each_text_is_encoded_once_and_rows_keep_their_order(tmp_path: Path) -> None:
    encoder, file = Encoder(), vectors.file_of(tmp_path, "base", "hf")
    first = vectors.kept(file, encoder)(["aab", "c", "aab"])
    again = vectors.kept(file, encoder)(["c", "new b", "aab"])
    assert encoder.asked == ["aab", "c", "new b"]
    assert first.tolist() == [[2, 1, 0], [0, 0, 1], [2, 1, 0]]
    assert again.tolist() == [[0, 0, 1], [0, 1, 0], [2, 1, 0]]


def test_what_an_expert_leaves_behind_goes_with_it(tmp_path: Path) -> None:
    encoder, file = Encoder(), vectors.file_of(tmp_path, "base")
    vectors.kept(file, encoder)(["a", "b"])
    vectors.kept(file, encoder)(["a"])
    vectors.kept(file, encoder)(["b"])
    assert encoder.asked == ["a", "b", "b"]


def test_another_encoder_has_another_file(tmp_path: Path) -> None:
    assert vectors.file_of(tmp_path, "base", "nf4") != vectors.file_of(tmp_path, "base", "int8")
    assert vectors.file_of(tmp_path, "ab", "c") != vectors.file_of(tmp_path, "a", "bc")


@pytest.mark.parametrize("damage", ["cut", "text", "not finite", "other shape"])
def test_a_damaged_file_is_made_again(tmp_path: Path, damage: str) -> None:
    encoder, file = Encoder(), vectors.file_of(tmp_path, "base")
    vectors.kept(file, encoder)(["a", "b"])
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:50])
    elif damage == "text":
        file.write_text("not a table", encoding="utf-8")
    else:
        rows = np.full((2, 3), np.nan) if damage == "not finite" else np.zeros(2)
        with file.open("wb") as stream:
            np.savez(stream, keys=np.array([b"x", b"y"]), rows=rows)
    assert vectors.kept(file, encoder)(["a", "b"]).tolist() == [[1, 0, 0], [0, 1, 0]]


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way", encoding="utf-8")
    encoder = Encoder()
    keep = vectors.kept(vectors.file_of(tmp_path, "base"), encoder)
    assert keep(["a"]).tolist() == keep(["a"]).tolist()
    assert encoder.asked == ["a", "a"]
