"""What the data folder keeps of benches and promotions: baselines, a pending approval, the ledger."""

from __future__ import annotations

import json
from typing import Any

from vortex_tui.bench import host
from vortex_tui.doctor.context import Context, Finding
from vortex_tui.engine import model_folder
from vortex_tui.errors import StorageError
from vortex_tui.escape import one_line
from vortex_tui.promotion import approval as approvals
from vortex_tui.promotion import verification
from vortex_tui.promotion.ledger import Ledger
from vortex_tui.promotion.report import PromotionError

_UPDATE = "vortex-tui bench --update-baseline"


def baseline(context: Context) -> Finding:
    """A bench of this profile on this machine, to hold later ones against."""
    return _baseline(context, "warn")


def needed_baseline(context: Context) -> Finding:
    """The same, where a real profile cannot do without."""
    return _baseline(context, "fail")


def _baseline(context: Context, missing: Any) -> Finding:
    name = context.profile.name
    if context.mock:
        return Finding("skip", f"--mock: nano answers for {name}, so no baseline is asked for")
    if context.profile.core.hf_model == model_folder.NANO:
        return Finding("skip", "nano is there to try things: no baseline is asked for")
    expected, mend = f"a bench of {name} on this machine", f"{_UPDATE} --profile {name}"
    file = context.data_dir / "bench" / "baseline.json"
    try:
        entries = json.loads(file.read_bytes())["entries"]
        keys = [entry["key"] for entry in entries]
        own = [key for key in keys if key["profile"] == name and not key["mock"]]
        here = getattr(host.host(), "fingerprint", None)
        matching = [key for key in own if here in (None, key["host"])]
    except FileNotFoundError:
        return Finding(missing, f"no {file}", expected, mend)
    except OSError as error:
        return Finding("fail", f"{file}: {error.strerror or error}", expected, mend)
    except (ValueError, KeyError, TypeError):
        # A baseline that nothing can be held against is none.
        told = f"{file} is in a form this version does not know"
        return Finding(missing, told, expected, f"move it away, then {mend}")
    if not matching:
        told = f"{len(own)} of {name}, none of this machine" if own else f"none of {name} in {file}"
        return Finding(missing, told, expected, mend)
    return Finding("pass", f"{len(matching)} of {name}")


def approval(context: Context) -> Finding:
    """A promotion somebody approved that was not carried out yet; or a file that approves nothing."""
    file = approvals.file_of(context.data_dir)
    if not file.exists():
        return Finding("skip", "none is pending")
    expected, mend = "no approval lying about", f"remove {one_line(str(file))}"
    try:
        known, chain = Ledger(context.data_dir).examine()
        found = approvals.genuine(context.data_dir, known, chain.lines)
    except (PromotionError, StorageError) as error:
        return Finding("warn", f"{error.message}: {error.found}; it approves nothing", expected, mend)
    name, until = one_line(found.candidate.id), found.expires.isoformat()
    return Finding(
        "warn", f"pending: {name}, until {until}", expected, f"vortex-tui promote {name}, or {mend}"
    )


def ledger(context: Context) -> Finding:
    """The ledger's chain, its anchor, and whether the champions are those it names."""
    expected = "every line as it was written, and the champions it names"
    try:
        found = verification.verify(context.data_dir)
    except (PromotionError, StorageError) as error:
        return Finding("fail", f"{error.message}: {error.found}", error.expected or expected, error.mend)
    if not found.ok:
        mend = "restore it from a backup, or vortex-tui ledger --begin-anew"
        return Finding("fail", found.told, expected, mend if found.fault else "vortex-tui ledger --mend")
    if found.notes:
        mend = "it is mended by the next promotion, rollback or removal"
        return Finding("warn", "; ".join(found.notes), expected, mend)
    if not found.lines:
        return Finding("skip", "nothing has been promoted")
    return Finding("pass", f"{len(found.lines)} lines, whole")
