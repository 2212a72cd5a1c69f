"""Could experts be trained: the libraries, and WSL where the profile's strategy is to train there."""

from __future__ import annotations

from vortex_tui import wsl
from vortex_tui.doctor import libraries, reach
from vortex_tui.doctor.context import Context, Finding
from vortex_tui.doctor.report import Status
from vortex_tui.errors import WslError


def training(context: Context) -> Finding:
    """The libraries that training needs, when it runs in this environment."""
    core, server = context.profile.core, context.profile.server
    where = wsl.strategy(server)
    if where == "wsl_subprocess_unload":
        return Finding("skip", f"{_said(context)}: its libraries are those in WSL, which doctor --deep asks")
    found = libraries.versions(libraries.for_training(core))
    if problems := libraries.problems(found):
        return Finding("fail", "; ".join(problems), "the versions in pyproject.toml", 'pip install -e "."')
    return Finding("pass", f"{_said(context)}: {libraries.told(found)}")


def listed(context: Context) -> Finding:
    """Is WSL installed, with the distribution of the profile? Nothing is started for it."""
    return _through(context, reach.installed, "warn")


def reached(context: Context) -> Finding:
    """Does WSL run the profile's Python, and has that the libraries? It is started for it."""
    return _through(context, reach.tried, "fail")


def _through(context: Context, ask: reach.Ask, missing: Status) -> Finding:
    """Without being tried, what is not there is a warning: it matters when experts are trained."""
    if wsl.strategy(context.profile.server) != "wsl_subprocess_unload":
        return Finding("skip", f"{_said(context)}: no WSL is needed")
    try:
        return Finding("pass", ask(context.profile))
    except WslError as error:
        return Finding(missing, f"{error.message}: {error.found}", error.expected, error.mend)


def _said(context: Context) -> str:
    server = context.profile.server
    resolved = wsl.strategy(server)
    named = "auto, here " if server.train_strategy == "auto" else ""
    return f"server.train_strategy is {named}{resolved}"
