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
    from vortex_tui.doctor.bank import base_fingerprint
    from vortex_tui.engine import model_folder
    from vortex_tui.errors import ModelError
    from vortex_tui.promotion.site import Site

    profile = setting.profile()
    base = base_fingerprint(profile)
    if base is None:
        raise ModelError(
            f"the base of {profile.name} is not here, or not whole",
            expected="the weights that the experts are made for",
            mend=f"vortex-tui doctor --profile {profile.name}",
        )
    return Site(setting.data_dir(), base, with_nano=profile.core.hf_model == model_folder.NANO)


def terms(setting: Setting, judge: Judge) -> Terms:
    """What a promotion has to agree with here and now."""
    from vortex_tui.bench import host
    from vortex_tui.promotion.terms import Terms

    return Terms(judge.policy_hash, host.host().fingerprint, setting.mock)
