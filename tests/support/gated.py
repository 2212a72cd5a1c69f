"""The program with gates that pass what they are shown: ``python -m tests.support.gated COMMAND …``."""

from __future__ import annotations

from tests.support import judged
from vortex_tui import cli
from vortex_tui.bench import host
from vortex_tui.commands import judging
from vortex_tui.commands.setting import Setting
from vortex_tui.experts.bank import BankEntry
from vortex_tui.promotion.ledger import Ledger
from vortex_tui.promotion.line import about
from vortex_tui.promotion.report import GateReport
from vortex_tui.promotion.site import version_of


class Gates:
    """Reports made by hand. The verdict is PROMOTE for whatever is not named bad."""

    policy_hash = judged.POLICY

    def __init__(self, setting: Setting) -> None:
        self._site = judging.site(setting)

    def judge(self, candidate: BankEntry) -> GateReport:
        """Write a report and the ledger's line of it."""
        verdict = "REJECT" if candidate.id.endswith("bad") else "PROMOTE"
        here = host.host().fingerprint
        found = judged.judged(self._site, version_of(candidate), host=here, verdict=verdict)
        Ledger(self._site.data_dir).append(about(found, "judged"))
        return found


if __name__ == "__main__":
    judging.judge = Gates
    cli.main()
