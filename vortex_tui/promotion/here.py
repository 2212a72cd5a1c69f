"""What promotions stand on here and now, for every face: the bank under a profile's base, and the terms."""

from __future__ import annotations

from pathlib import Path

from vortex_tui.bench import host
from vortex_tui.doctor.bank import base_fingerprint
from vortex_tui.engine import model_folder
from vortex_tui.errors import ModelError
from vortex_tui.profile import Profile
from vortex_tui.promotion.site import Site
from vortex_tui.promotion.terms import Terms


def site(profile: Profile, data_dir: Path) -> Site:
    """The data folder's bank under the profile's base. Raises ModelError when the base is not here."""
    base = base_fingerprint(profile)
    if base is None:
        raise ModelError(
            f"the base of {profile.name} is not here, or not whole",
            expected="the weights that the experts are made for",
            mend=f"vortex-tui doctor --profile {profile.name}",
        )
    return Site(data_dir, base, with_nano=profile.core.hf_model == model_folder.NANO)


def terms(policy_hash: str, *, mock: bool) -> Terms:
    """What a promotion under that policy has to agree with on this machine."""
    return Terms(policy_hash, host.host().fingerprint, mock)
