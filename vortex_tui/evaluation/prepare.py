"""From what was asked for to a plan: what can be refused is refused before an engine is started."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vortex_tui import paths
from vortex_tui.doctor.bank import entries
from vortex_tui.engine import model_folder
from vortex_tui.errors import ExpertError, UsageError
from vortex_tui.escape import one_line
from vortex_tui.evaluation import ablation, roster, splits, strategies
from vortex_tui.evaluation.ablation import Trial
from vortex_tui.evaluation.case import Case, Split, by_loss
from vortex_tui.evaluation.plan import Plan
from vortex_tui.evaluation.routes import modes
from vortex_tui.experts import bank
from vortex_tui.experts.bank import BankEntry
from vortex_tui.profile import Profile


@dataclass(frozen=True, slots=True)
class Wanted:
    """The evaluation as it was asked for; no ``modes`` and no ``domains`` mean all."""

    split: Split | None = None
    domains: Sequence[str] = ()
    modes: Sequence[str] = ()
    limit: int | None = None
    ablation: bool = True
    fresh: bool = False
    mock: bool = False


def plan(profile: Profile, data_dir: Path, wanted: Wanted, folder: Path) -> Plan:
    """What to evaluate; merged adapters for the ablation are written into ``folder``.

    Raises ExpertError for a bank without experts, UsageError for unknown names, and SplitError.
    """
    found = entries(profile, data_dir)
    serving = bank.champions(found)
    if not serving or not profile.experts.enabled:
        raise roster.nobody("an empty bank" if not serving else "the profile switches experts off")
    whole = splits.read(profile, data_dir, wanted.split)
    asked = _modes(profile, wanted.modes)
    domains = _known("domain", wanted.domains, {case.group for case in whole if len(case.domains) == 1})
    control = _control(profile, serving)
    missing: dict[str, str] = {}
    trials = _trials(serving, whole, wanted, profile.experts.max_loaded, folder, missing)
    return Plan(
        profile=profile,
        whole=whole,
        tuning=splits.find(profile, data_dir, "calibration"),
        modes=asked,
        limit=wanted.limit,
        domains=domains,
        control=bank.usable(control) if control else None,
        trials=trials,
        aside=[entry.folder for entry in (control,) if entry] + [t.folder for t in trials if t.folder],
        missing=missing,
        mock=wanted.mock,
        fresh=wanted.fresh,
    )


def _known(what: str, names: Sequence[str], known: Collection[str]) -> Sequence[str]:
    for name in names:
        if name not in known:
            raise UsageError(
                f"there is no {what} {one_line(name)!r} to evaluate",
                expected=f"one of {one_line(', '.join(sorted(known)))}",
            )
    return names


def _modes(profile: Profile, names: Sequence[str]) -> Sequence[str]:
    """The modes that were asked for and the one they are compared with, which comes first."""
    every = _known("router mode", names, modes()) or modes()
    return list(dict.fromkeys([strategies.reference(profile.experts.router), *every]))


def _control(profile: Profile, serving: Mapping[str, BankEntry]) -> BankEntry | None:
    """nano's multitask adapter, where nano is the base and it was made for the base of the bank."""
    if profile.core.hf_model != model_folder.NANO:
        return None
    base = bank.usable(next(iter(serving.values()))).base_fingerprint
    found = bank.scan(base, [paths.nano() / "control"])
    return next((entry for entry in reversed(found) if entry.manifest and not entry.problem), None)


def _trials(
    serving: Mapping[str, BankEntry], whole: Sequence[Case], wanted: Wanted, most: int, folder: Path,
    missing: dict[str, str],
) -> list[Trial]:  # fmt: skip
    """The ablation's adapters, over the domains that are evaluated and can be checked."""
    losses = by_loss(whole)
    asked = {case.group for case in whole if len(case.domains) == 1} - losses
    chosen = [name for name in asked if name in serving and (not wanted.domains or name in wanted.domains)]
    if not wanted.ablation:
        missing["ablation"] = "switched off with --no-ablation"
        return []
    try:
        return ablation.prepare(serving, chosen, most, folder)
    except ExpertError as error:
        missing["ablation"] = one_line(f"{error.message}: {error.found}")
        return []
