"""Small corpora and short trainings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.lessons import lessons, write
from vortex_tui import profile
from vortex_tui.training import plan
from vortex_tui.training.plan import Plan
from vortex_tui.training.recipe import Change

# Seconds on one core, most of them for the libraries.
SHORT = Change(steps=6, length=64, rows=2, checkpoint_steps=2)

MakePlan = Callable[..., Plan]


def corpora(data: Path, *domains: str) -> None:
    """Sixty examples to train on and twenty to calibrate with, a domain."""
    for domain in domains:
        made = lessons(domain, 80)
        write(data / "corpora" / domain / "train.jsonl", made[:60])
        write(data / "corpora" / domain / "calibration.jsonl", made[60:])


@pytest.fixture
def short(tmp_path: Path) -> MakePlan:
    """Make a plan of short trainings in a data folder of its own."""

    def make(*domains: str, name: str = "data", change: Change = SHORT, **more: object) -> Plan:
        data = tmp_path / name
        corpora(data, *domains)
        return plan.make(profile.load("nano"), data, domains, change=change, **more)  # type: ignore[arg-type]

    return make
