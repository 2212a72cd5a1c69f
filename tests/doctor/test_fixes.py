"""What the doctor mends by itself, and that it offers nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from vortex_tui import profile
from vortex_tui.doctor import fixes
from vortex_tui.doctor.context import Context
from vortex_tui.doctor.run import SHALLOW
from vortex_tui.errors import StorageError
from vortex_tui.experts import bank_index


def test_a_missing_data_folder_is_made(tmp_path: Path) -> None:
    context = Context(profile.load("nano"), tmp_path / "not" / "made")
    fix = fixes.safe("data_folder", context)
    assert fix is not None
    assert str(context.data_dir) in fix.question
    fix.run()
    assert context.data_dir.is_dir()
    assert fixes.safe("data_folder", context) is None


def test_a_folder_that_cannot_be_made_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    fix = fixes.safe("data_folder", Context(profile.load("nano"), tmp_path / "file" / "below"))
    assert fix is not None
    with pytest.raises(StorageError, match="cannot be used"):
        fix.run()


def test_a_damaged_index_is_made_anew(tmp_path: Path) -> None:
    context = Context(profile.load("nano"), tmp_path)
    assert fixes.safe("experts", context) is None
    folder = bank_index.folder_of(tmp_path)
    folder.mkdir(parents=True)
    fix = fixes.safe("experts", context)
    assert fix is not None
    fix.run()
    index = max(folder.iterdir(), key=lambda file: file.stat().st_size)
    whole = index.read_bytes()
    index.write_bytes(b"damaged")
    fix.run()
    assert index.read_bytes() == whole


def test_nothing_else_is_offered(tmp_path: Path) -> None:
    context = Context(profile.load("nano"), tmp_path)
    assert not [row.id for row in SHALLOW if fixes.safe(row.id, context)]
