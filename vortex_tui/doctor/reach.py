"""Is WSL there, and does it run the Python that a profile names? Each way it can fail has its own words.

What wsl.exe prints is in the language of Windows: only exit codes and lists are judged, texts are shown.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from vortex_tui import wsl
from vortex_tui.doctor import libraries
from vortex_tui.errors import WslError
from vortex_tui.escape import one_line
from vortex_tui.profile import Profile
from vortex_tui.settings import Server

Ask = Callable[[Profile], str]
# A distribution that sleeps is started first.
_SECONDS = 40.0
_NO_COMMAND = 127
_HERE_INSTEAD = 'set server.train_strategy = "subprocess_unload" to train here'


def _refusal(found: str, expected: str, mend: str) -> WslError:
    return WslError("WSL is not reachable", found=found, expected=expected, mend=mend)


@dataclass(frozen=True, slots=True)
class _Said:
    code: int
    out: bytes
    err: bytes

    @property
    def text(self) -> str:
        return wsl.words(self.err) or wsl.words(self.out) or f"exit code {self.code}"


def _run(command: list[str]) -> _Said:
    program = shutil.which(command[0])
    if program is None:
        mend = "wsl --install, then restart Windows" if sys.platform == "win32" else _HERE_INSTEAD
        raise _refusal(f"no {command[0]} on the PATH: WSL is not installed", "WSL", mend)
    try:
        done = subprocess.run(
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env=wsl.environment(),
        )
    except subprocess.TimeoutExpired:
        found = f"WSL did not answer within {_SECONDS:g} s"
        raise _refusal(found, "an answer", "wsl --shutdown, then vortex-tui doctor --deep") from None
    except OSError as error:
        found = f"{program} cannot be run: {error.strerror or error}"
        raise _refusal(found, "WSL", "wsl --update") from error
    return _Said(done.returncode, done.stdout, done.stderr)


def installed(profile: Profile) -> str:
    """The distribution that would train, by WSL's own list. Raises WslError."""
    server = profile.server
    wsl.command(server)  # raises for what could not be said to it
    return f"{_distribution(server)} is there; doctor --deep starts it and asks its Python"


def _distribution(server: Server) -> str:
    said = _run([wsl.PROGRAM, "--list", "--quiet"])
    names = [one_line(name.strip()) for name in wsl.decoded(said.out).splitlines() if name.strip()]
    if said.code or not names:
        found = f"WSL has no distribution: {said.text}"
        raise _refusal(found, "a distribution of Linux", "wsl --install")
    wanted = server.wsl_distribution
    if wanted and wanted.lower() not in [name.lower() for name in names]:
        found = f"WSL has no distribution {one_line(wanted)}; there are {', '.join(names)}"
        mend = f"set server.wsl_distribution to one of them, or wsl --install {one_line(wanted)}"
        raise _refusal(found, "one that is installed", mend)
    return wanted or "WSL's default distribution"


def tried(profile: Profile) -> str:
    """Python's version in WSL and those of its libraries. Raises WslError."""
    server = profile.server
    name = _distribution(server)
    said = _run(wsl.command(server, "--version"))
    if said.code:
        raise _why(server, said)
    found = _libraries(server)
    needed = {library: found.get(library) for library in libraries.for_training(profile.core)}
    if problems := libraries.problems(needed):
        told = f"in {name}: {'; '.join(problems)}"
        raise _refusal(told, "the versions in pyproject.toml", _install(server))
    return f"{name}: {wsl.words(said.out) or wsl.words(said.err)}; {libraries.told(needed)}"


def _why(server: Server, said: _Said) -> WslError:
    """Asked again in smaller steps: which one fails?"""
    folder = wsl.workdir(server)
    bare = wsl.start(server, in_workdir=False)
    alive = _run([*bare, "true"])
    if alive.code:
        return _refusal(f"WSL does not start: {alive.text}", "a command that runs", "wsl --update")
    if folder.startswith("/") and _run([*bare, "test", "-d", folder]).code:
        mend = "set server.wsl_workdir to the folder of the checkout inside WSL, such as /home/me/vortex-tui"
        return _refusal(f"WSL has no folder {one_line(folder)}", "server.wsl_workdir", mend)
    python = one_line(server.wsl_python)
    if said.code == _NO_COMMAND:
        mend = "set server.wsl_python, such as python3 or .venv/bin/python"
        return _refusal(f"WSL has no command {python}: {said.text}", "server.wsl_python", mend)
    return _refusal(f"{python} does not run in WSL: {said.text}", "server.wsl_python", "repair it")


def _libraries(server: Server) -> dict[str, str | None]:
    said = _run(wsl.command(server, "-m", "vortex_tui.doctor.libraries"))
    try:
        found = json.loads(said.out)
    except ValueError:
        found = None
    if said.code or not isinstance(found, dict):
        told = f"WSL's {one_line(server.wsl_python)} has no vortex-tui: {said.text}"
        raise _refusal(told, "vortex-tui in that environment", _install(server))
    return found


def _install(server: Server) -> str:
    return f"in server.wsl_workdir inside WSL: {one_line(server.wsl_python)} -m pip install -e ."
