"""A stage that was stopped goes on as if it had not been; a file that is not its own is refused."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from vortex_tui.errors import StorageError
from vortex_tui.nano import loop
from vortex_tui.nano.checkpoint import Checkpoint
from vortex_tui.nano.loop import Loop
from vortex_tui.nano.schedule import trapezoid

STEPS = 12


class StopError(Exception):
    """Somebody pulled the plug."""


def train(file: Path | None, stop_at: int = STEPS) -> torch.nn.Linear:
    """Fit a line with noise from the loop's own random numbers; stop in the middle if asked."""
    torch.manual_seed(1)
    model, rng = torch.nn.Linear(4, 1), random.Random(7)
    optimizers: list[torch.optim.Optimizer] = [torch.optim.AdamW(model.parameters(), lr=0.1)]
    checkpoint = Checkpoint(file, "line") if file else None
    stage = Loop("line", STEPS, model, optimizers, trapezoid(STEPS), rng, checkpoint)

    def loss_of(step: int) -> torch.Tensor:
        if step == stop_at:
            raise StopError
        x = torch.tensor([[rng.random() for _ in range(4)] for _ in range(8)])
        loss: torch.Tensor = ((model(x) - x.sum(1, keepdim=True)) ** 2).mean()
        return loss

    stage.run(loss_of)
    return model


@pytest.fixture
def every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "SECONDS_BETWEEN_CHECKPOINTS", -1.0)


@pytest.mark.usefixtures("every_step")
@pytest.mark.parametrize("stop_at", [1, 5, STEPS - 1])
def test_a_stopped_stage_ends_with_the_very_weights_of_one_that_was_not(tmp_path: Path, stop_at: int) -> None:
    whole = train(None)
    file = tmp_path / "line.pt"
    with pytest.raises(StopError):
        train(file, stop_at)
    resumed = train(file)
    assert torch.equal(whole.weight, resumed.weight)
    assert torch.equal(whole.bias, resumed.bias)


@pytest.mark.usefixtures("every_step")
def test_without_its_checkpoint_a_stage_starts_anew(tmp_path: Path) -> None:
    file = tmp_path / "line.pt"
    with pytest.raises(StopError):
        train(file, 5)
    file.unlink()
    assert torch.equal(train(None).weight, train(file).weight)


def test_a_finished_stage_is_not_trained_again(tmp_path: Path) -> None:
    file = tmp_path / "line.pt"
    first = train(file)
    again = train(file, stop_at=0)  # the first step would raise
    assert torch.equal(first.weight, again.weight)


@pytest.mark.parametrize("place", [0, 40, -1])
def test_a_damaged_checkpoint_is_refused_by_name(tmp_path: Path, place: int) -> None:
    file = tmp_path / "line.pt"
    train(file)
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(bytes(content))
    with pytest.raises(StorageError) as caught:
        train(file)
    assert "checksum" in caught.value.found
    assert str(file) in caught.value.mend


def test_a_truncated_checkpoint_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "line.pt"
    train(file)
    file.write_bytes(file.read_bytes()[:50])
    with pytest.raises(StorageError):
        train(file)


def test_a_checkpoint_of_another_recipe_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "line.pt"
    train(file)
    with pytest.raises(StorageError, match="cannot go on") as caught:
        Checkpoint(file, "another line").load()
    assert "another recipe" in caught.value.found


# What a full disk looks like from inside: the write stops in the middle with an OSError.
_FULL = """
import resource, signal, sys
from pathlib import Path
import random, torch
from vortex_tui.errors import StorageError
from vortex_tui.nano.checkpoint import Checkpoint
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
file = Checkpoint(Path(sys.argv[1]), "k")
file.save({"weights": {"w": torch.ones(4)}}, random.Random(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    file.save({"weights": {"w": torch.zeros(1_000_000)}}, random.Random(1))
except StorageError as error:
    print(error.mend)
print(float(file.load()["weights"]["w"].sum()))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are a POSIX thing")
def test_a_full_disk_keeps_the_last_checkpoint_and_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _FULL, str(tmp_path / "c.pt")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    mend, kept = done.stdout.splitlines()
    assert "free some space" in mend
    assert float(kept) == 4.0
    assert [file.name for file in tmp_path.iterdir()] == ["c.pt"]
