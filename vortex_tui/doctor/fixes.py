"""What the doctor may mend by itself: only what adds or renews, and takes nothing away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vortex_tui import paths
from vortex_tui.doctor.bank import base_fingerprint
from vortex_tui.doctor.context import Context
from vortex_tui.engine import model_folder
from vortex_tui.escape import one_line
from vortex_tui.experts import bank, bank_index


@dataclass(frozen=True, slots=True)
class Fix:
    """What would be done, as a question, and doing it. ``run`` raises StorageError and its siblings."""

    question: str
    run: Callable[[], None]


def safe(id: str, context: Context) -> Fix | None:
    """The fix for a check, where there is one that is safe; for all others the command is shown."""
    if id == "data_folder" and not context.data_dir.exists():
        return Fix(f"Make the folder {one_line(str(context.data_dir))}?", lambda: _make_folder(context))
    if id == "experts" and bank_index.folder_of(context.data_dir).is_dir():
        return Fix("Read every manifest and make the bank's index anew?", lambda: _renew_index(context))
    return None


def _make_folder(context: Context) -> None:
    try:
        context.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise paths.unusable(context.data_dir, error) from error


def _renew_index(context: Context) -> None:
    with_nano = context.profile.core.hf_model == model_folder.NANO
    roots = bank.roots(context.data_dir, with_nano=with_nano)
    cache = bank_index.folder_of(context.data_dir)
    bank.scan(base_fingerprint(context.profile), roots, cache, believed=False)
