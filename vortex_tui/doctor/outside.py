"""Web refusal: a worker is asked for what it could only fetch, and every way out leads into a trap."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from vortex_tui import atomic
from vortex_tui.doctor.context import Finding
from vortex_tui.doctor.patient import Patient
from vortex_tui.engine import prepared
from vortex_tui.engine.client import Engine
from vortex_tui.errors import ModelError
from vortex_tui.profile import Profile

_HUB_NAME = "vortex-tui-doctor/not-on-this-machine"


def _ways(profile: Profile) -> Iterator[tuple[str, Profile, str]]:
    """Whatever a profile may name that is on a hub: what it is, the profile, words its refusal must have."""
    fetched = {"backend": "hf", "hf_model": _HUB_NAME, "llama_cpp_model_path": "", "fallback": "none"}
    yield "a model by its hub name", _asking(profile, fetched, "base"), "is not on this machine"
    yield "an encoder by its hub name", _asking(profile, {}, _HUB_NAME), "there is no encoder"


def _asking(profile: Profile, core: dict[str, str], encoder: str) -> Profile:
    router = profile.experts.router.model_copy(update={"encoder": encoder})
    changes = {
        "core": profile.core.model_copy(update=core),
        "experts": profile.experts.model_copy(update={"router": router}),
        "security": profile.security.model_copy(update={"allow_download": False}),
    }
    return profile.model_copy(update=changes)


async def web(patient: Patient) -> Finding:
    """Each is refused in words, nothing has tried to go out, now or since the examination began."""
    if patient.trap is None:
        return Finding("fail", "no listener could be opened on loopback: nothing is proven")
    asked, wrong = [], []
    with TemporaryDirectory(prefix="vortex-outside-", ignore_cleanup_errors=True) as folder:
        async with Engine(Path(folder), face="doctor", environment=patient.trap.environment) as engine:
            for what, profile, reason in _ways(patient.context.profile):
                asked.append(what)
                _prepare(profile, Path(folder))
                if problem := await _taken(engine, profile, reason):
                    wrong.append(f"{what} {problem}")
    heard = await patient.trap.heard()
    if heard:
        wrong.append(f"{len(heard)} connection(s) were tried, first: {heard[0]}")
    return _finding(patient, f"{' and '.join(asked)}, with every way out watched", wrong)


def _finding(patient: Patient, told: str, wrong: list[str]) -> Finding:
    if wrong:
        expected = "a refusal in words, and no connection"
        return Finding("fail", f"{told}: {'; '.join(wrong)}", expected, "report this as a defect")
    told = f"{told}: refused, and nobody connected since the examination began"
    if patient.context.profile.tools.web.enabled:
        mend = "set tools.web.enabled to false"
        return Finding("warn", f"{told}; but the web tool is open", "tools.web.enabled = false", mend)
    return Finding("pass", f"{told}; the web tool is closed")


def _prepare(profile: Profile, data_dir: Path) -> None:
    """On Windows nothing is looked for that was not prepared: without a record nothing would be tried."""
    record = {
        "schema": prepared.SCHEMA,
        "settings": prepared.settings_hash(profile),
        "safe": True,
        "route": {"backend": "hf"},
        "files": [],
    }
    atomic.write_json(prepared.path(profile, data_dir), record)


async def _taken(engine: Engine, profile: Profile, reason: str) -> str:
    """What is wrong with how it was taken; nothing when it was refused as it must be."""
    try:
        await engine.load(profile)
    except ModelError as error:
        return "" if reason in error.message else f"was refused for something else: {error.message}"
    return "was loaded"
