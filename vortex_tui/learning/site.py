"""Where self-training is at work: a profile, a data folder, and the engine that is there already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from vortex_tui import wsl
from vortex_tui.engine.api import EngineAPI
from vortex_tui.profile import Profile
from vortex_tui.training.executors.base import Executor
from vortex_tui.training.executors.local import Local
from vortex_tui.training.executors.wsl import Wsl
from vortex_tui.training.recipe import Change

Say = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class LearningSite:
    """``profile`` is the one that answers: with ``mock`` already mocked. ``engine``, where one is lent, has
    been started; it is loaded with the profile again when a round is done. ``say`` hears stage and share.
    """

    profile: Profile
    data_dir: Path
    mock: bool = False
    engine: EngineAPI | None = None
    change: Change = field(default_factory=Change)
    say: Say = lambda _stage, _share: None

    @property
    def strategy(self) -> wsl.Strategy:
        """Where it trains."""
        return wsl.strategy(self.profile.server)

    def executor(self) -> Executor:
        """Who runs the training."""
        if self.strategy == "wsl_subprocess_unload":
            return Wsl(self.data_dir, self.profile)
        return Local(self.data_dir)
