"""Where the commands of promotion meet the gates: who judges a candidate under this profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vortex_tui.commands.setting import Setting

if TYPE_CHECKING:
    from vortex_tui.experts.bank import BankEntry
    from vortex_tui.promotion.report import GateReport
    from vortex_tui.promotion.site import Site
    from vortex_tui.promotion.terms import Judge, Terms


class Gates:
    """The gates of a profile, under its policy as it is now."""

    def __init__(self, setting: Setting) -> None:
        from vortex_tui.promotion import policy

        self._setting = setting
        self.policy_hash = policy.of(setting.profile()).hash

    def judge(self, candidate: BankEntry) -> GateReport:
        """Every gate, in an engine of their own; the report is kept and in the ledger. Raises VortexError."""
        from vortex_tui.commands.judge import judged

        return judged(self._setting, candidate.id)


def judge(setting: Setting) -> Judge:
    """Who judges the candidates of this profile."""
    return Gates(setting)


def site(setting: Setting) -> Site:
    """The data folder's bank under the profile's base. Raises ModelError when the base is not here."""
    from vortex_tui.promotion import here

    return here.site(setting.profile(), setting.data_dir())


def terms(setting: Setting, judge: Judge) -> Terms:
    """What a promotion has to agree with here and now."""
    from vortex_tui.promotion import here

    return here.terms(judge.policy_hash, mock=setting.mock)
