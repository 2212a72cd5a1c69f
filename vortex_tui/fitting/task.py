"""What is to be fitted, and on which prompts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vortex_tui.evaluation.case import Case
from vortex_tui.experts import bank
from vortex_tui.experts.bank import BankEntry
from vortex_tui.profile import Profile
from vortex_tui.routing import background, source
from vortex_tui.routing.source import Source


@dataclass(frozen=True, slots=True)
class Task:
    """What to fit: a profile's bank, on the splits' cases, within a budget of answers and losses."""

    profile: Profile
    data_dir: Path
    entries: Sequence[BankEntry]
    router: Sequence[Case]
    calibration: Sequence[Case]
    train: Sequence[Case]
    budget: int

    @property
    def sources(self) -> list[Source]:
        """The experts that have exemplars."""
        serving = bank.champions(self.entries).values()
        cards = [bank.usable(entry) for entry in serving]
        return [source.of_card(card) for card in cards if card.exemplar_count]

    @property
    def base_prompts(self) -> tuple[str, ...]:
        """Prompts of the splits for fitting that no expert is to serve, and that are not known yet."""
        known = set(background.base().read())
        return tuple(
            case.prompt for case in (*self.train, *self.router)
            if not case.domains and case.prompt not in known
        )  # fmt: skip
