"""A person's word for one promotion: the candidate's id, typed. Another word is a refusal, and is kept."""

from __future__ import annotations

from vortex_tui.escape import one_line
from vortex_tui.promotion import promote
from vortex_tui.promotion.approval import Approval
from vortex_tui.promotion.ledger import Ledger
from vortex_tui.promotion.line import about
from vortex_tui.promotion.report import GateReport, PromotionError
from vortex_tui.promotion.site import Site


def confirmed(site: Site, found: GateReport, typed: str) -> Approval:
    """Approve a report that is ready when its candidate's id was typed. Raises PromotionError."""
    if typed.strip() != found.candidate.id:
        Ledger(site.data_dir).append(about(found, "refused", "not approved: another word was typed"))
        raise PromotionError("nothing was approved", found=one_line(typed)[:80], expected=found.candidate.id)
    return promote.approve(site, found)
