"""Are the experts whole, and made for this base?"""

from __future__ import annotations

from pathlib import Path

from vortex_tui.doctor.context import Context, Finding
from vortex_tui.engine import backend_route, fingerprint, model_folder
from vortex_tui.errors import ModelError, StorageError
from vortex_tui.experts import bank, standing
from vortex_tui.experts.bank import BankEntry
from vortex_tui.profile import Profile


def gguf_of(profile: Profile) -> Path | None:
    """The GGUF that answers for a profile; None when its folder does."""
    file = backend_route.named_gguf(profile)
    return file if profile.core.backend == "llama_cpp" or backend_route.is_file(file) else None


def base_fingerprint(profile: Profile) -> str | None:
    """The fingerprint of the profile's base; None when its weights are not here or not whole."""
    try:
        if (file := gguf_of(profile)) is not None:
            return fingerprint.of_gguf(file)
        return fingerprint.of_folder(model_folder.inspect(model_folder.locate(profile.core.hf_model)))
    except ModelError:
        return None


def entries(
    profile: Profile, data_dir: Path, cache: Path | None = None, *, believed: bool = True
) -> list[BankEntry]:
    """Every expert of the profile's bank, judged against its base when that is here.

    ``cache`` and ``believed`` are those of ``bank.scan``: without a cache every manifest is read.
    Raises StorageError when the aliases are damaged.
    """
    with_nano = profile.core.hf_model == model_folder.NANO
    base = base_fingerprint(profile)
    return standing.entries(base, data_dir, with_nano=with_nano, cache=cache, believed=believed, create=False)


def experts(context: Context) -> Finding:
    """Each adapter's hash and shapes, and its base."""
    if not context.profile.experts.enabled:
        return Finding("skip", "switched off by the profile")
    try:
        found = entries(context.profile, context.data_dir)
    except StorageError as error:
        return Finding("fail", f"{error.message}: {error.found}", error.expected, error.mend)
    if not found:
        return Finding("warn", "the bank is empty", "one expert or more", "vortex-tui --mock runs nano's")
    foreign = [entry for entry in found if entry.manifest and entry.problem]
    damaged = [
        (entry, problem) for entry in found if entry not in foreign and (problem := bank.verify(entry))
    ]
    if damaged:
        first, problem = damaged[0]
        return Finding(
            "fail",
            f"{len(damaged)} of {len(found)} damaged; {first.id}: {problem}",
            "whole adapters",
            f"restore or remove {first.folder}",
        )
    usable = f"{len(found) - len(foreign)} of {len(found)} usable"
    if foreign:
        names = ", ".join(entry.id for entry in foreign[:3])
        return Finding("warn", f"{usable}; {names}: {foreign[0].problem}", "experts made for this base")
    return Finding("pass", usable)
