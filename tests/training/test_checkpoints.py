"""A checkpoint that changed after it was sealed is not read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vortex_tui.errors import StorageError
from vortex_tui.training.job import checkpoints


def checkpoint(folder: Path, step: int, *, sealed: bool = True) -> Path:
    made = folder / f"checkpoint-{step}"
    made.mkdir(parents=True)
    (made / "optimizer.pt").write_bytes(b"state")
    (made / "adapter_model.safetensors").write_bytes(b"weights")
    if sealed:
        checkpoints.seal(made)
    return made


def test_the_newest_whole_one_is_found_and_a_half_written_one_removed(tmp_path: Path) -> None:
    checkpoint(tmp_path, 9)
    newest, half = checkpoint(tmp_path, 10), checkpoint(tmp_path, 15, sealed=False)
    assert checkpoints.newest(tmp_path) == newest
    assert checkpoints.step_of(newest) == 10
    assert not half.exists()


def test_without_checkpoints_there_is_none(tmp_path: Path) -> None:
    assert checkpoints.newest(tmp_path / "none") is None
    assert checkpoints.step_of(None) == 0


@pytest.mark.parametrize(
    "harm",
    [
        lambda made: (made / "optimizer.pt").write_bytes(b"other"),
        lambda made: (made / "optimizer.pt").unlink(),
        lambda made: (made / "training_args.bin").write_bytes(b"a pickle"),
        lambda made: (made / "sha256.json").write_text("{}", encoding="utf-8"),
        lambda made: (made / "sha256.json").write_text('{"files": []}', encoding="utf-8"),
    ],
    ids=["changed", "missing", "added", "no sums", "no table"],
)
def test_a_damaged_one_is_refused_with_the_way_out(tmp_path: Path, harm: Callable[[Path], object]) -> None:
    harm(checkpoint(tmp_path, 10))
    with pytest.raises(StorageError, match="cannot go on") as refused:
        checkpoints.newest(tmp_path)
    assert "--fresh" in refused.value.mend
