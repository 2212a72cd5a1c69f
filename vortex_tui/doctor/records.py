"""What the data folder keeps of benches and promotions: baselines, a pending approval, the ledger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vortex_tui.bench import host
from vortex_tui.doctor.context import Context, Finding
from vortex_tui.engine import model_folder
from vortex_tui.escape import one_line

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
    """A promotion somebody approved that was not carried out yet."""
    file = context.data_dir / "APPROVE_PROMOTION"
    if not file.exists():
        return Finding("skip", "none is pending")
    return Finding(
        "warn", f"pending: {file}", "no approval lying about", "promote the candidate, or remove it"
    )


def ledger(context: Context) -> Finding:
    """Can every line of the ledger be read? Its chain is verified where promotions are made."""
    file = context.data_dir / "logs" / "promotions.jsonl"
    if not file.exists():
        return Finding("skip", "nothing has been promoted")
    try:
        number = _unreadable(file)
    except OSError as error:
        return Finding("fail", f"{file}: {error.strerror or error}", "a file that can be read")
    if number:
        return Finding("fail", f"{file}: line {number} is not JSON", "JSON lines", "restore it from a backup")
    return Finding("pass", f"every line of {one_line(str(file))} can be read; its chain was not verified")


def _unreadable(file: Path) -> int:
    """The first line that is no JSON object, from 1; 0 when there is none."""
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                if not isinstance(json.loads(line), dict):
                    return number
            except ValueError:
                return number
    return 0
