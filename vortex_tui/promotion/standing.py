"""Where a judgement stands: which weights, which profile, and whether this machine was ever measured."""

from __future__ import annotations

from pathlib import Path

from vortex_tui.bench import baseline, host
from vortex_tui.doctor.bank import base_fingerprint
from vortex_tui.engine.protocol import Ready
from vortex_tui.errors import StorageError
from vortex_tui.escape import one_line
from vortex_tui.profile import Profile
from vortex_tui.promotion.candidate import Candidate
from vortex_tui.promotion.report import Gate, GateVerdict
from vortex_tui.promotion.verdict import TITLES


def identity(candidate: Candidate, profile: Profile, *, mock: bool) -> Gate:
    """Whether candidate and profile speak of one base, and of nano only where nano stands in."""
    found = candidate.manifest
    told, base = found.training.get("mock"), base_fingerprint(profile)
    problem = ""
    if base is None:
        problem = "the profile's own base cannot be read here, so nothing can be shown to belong to it"
    elif found.base_fingerprint != base:
        problem = f"made for base {found.base_fingerprint[:12]}…, the profile's is {base[:12]}…"
    elif not profile.experts.enabled:
        problem = "the profile switches experts off"
    elif isinstance(told, bool) and told != mock:
        problem = f"it was trained {'with' if told else 'without'} --mock and is judged {_said(mock)}"
    return _identity(problem, f"made for base {found.base_fingerprint[:12]}…, which is the profile's")


def confirmed(candidate: Candidate, ready: Ready) -> Gate:
    """The same gate when the engine has said what it really loaded."""
    wanted, stands = candidate.manifest.base_fingerprint, ready.fingerprint
    problem = "" if wanted == stands else f"made for base {wanted[:12]}…, the engine has {stands[:12]}…"
    return _identity(problem, f"base {stands[:12]}…, {ready.backend} {ready.quantization} on {ready.device}")


def _identity(problem: str, reason: str) -> Gate:
    verdict: GateVerdict = "fail" if problem else "pass"
    return Gate(id="identity", title=TITLES["identity"], verdict=verdict, reason=one_line(problem or reason))


def _said(mock: bool) -> str:
    return "with it" if mock else "without it"


def benched(
    candidate: Candidate,
    profile: Profile,
    data_dir: Path,
    *,
    mock: bool,
    waived: bool,
    ready: Ready | None = None,
) -> Gate:
    """Whether these weights were ever benched here under this profile; a mock's baseline is a mock's.

    Without ``ready`` by what is known before a load, so that it need not be waited for in vain.
    """
    try:
        known = baseline.read(baseline.path_in(data_dir)).entries
    except StorageError as error:
        return _baseline("fail", f"{error.message}: {error.found}")
    model = candidate.manifest.base_fingerprint
    wanted = (profile.name, mock, host.host().fingerprint, model, *(_through(ready) if ready else ()))
    same = [entry for entry in known if _key(entry.key)[: len(wanted)] == wanted]
    if same:
        return _baseline("pass", f"measured {max(entry.created for entry in same)}")
    if waived:
        return _baseline("not_applicable", "none: security.allow_promotion_without_baseline waives it")
    return _baseline("fail", "none for this profile, model and machine: vortex-tui bench --update-baseline")


def _through(ready: Ready) -> tuple[str, str, str]:
    return ready.backend, ready.quantization, ready.device


def _key(key: baseline.Key) -> tuple[object, ...]:
    return key.profile, key.mock, key.host, key.model, key.backend, key.quantization, key.device


def _baseline(verdict: GateVerdict, reason: str) -> Gate:
    return Gate(id="baseline", title=TITLES["baseline"], verdict=verdict, reason=one_line(reason)[:300])
