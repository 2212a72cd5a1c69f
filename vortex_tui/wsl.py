"""Where training runs, and how WSL, Linux inside Windows, is asked to run something."""

from __future__ import annotations

import os
import re
import sys
from typing import Literal

from vortex_tui.errors import WslError
from vortex_tui.escape import one_line
from vortex_tui.settings import Server

Strategy = Literal["subprocess_unload", "wsl_subprocess_unload"]
PROGRAM = "wsl.exe"
# Of what wsl.exe prints: characters.
_LONGEST = 300
_DRIVE = re.compile(r"^(?:\\\\\?\\)?(?P<drive>[A-Za-z]):[\\/](?P<rest>.*)$", re.DOTALL)
_SHARE = re.compile(r"^\\\\wsl(?:\$|\.localhost)\\(?P<distribution>[^\\]+)(?P<rest>\\.*|)$", re.I | re.DOTALL)
# What follows -- is one line for the distribution's shell: these would be more than letters to it.
_FOR_A_SHELL = re.compile(r"[\x00-\x1f\x7f'\"`$\\!;&|<>()*?\[\]{}#~]")
_HOME = "~"


def strategy(server: Server, platform: str = sys.platform) -> Strategy:
    """Where a profile trains: ``auto`` is WSL on Windows, and a process of this system elsewhere."""
    if server.train_strategy == "auto":
        return "wsl_subprocess_unload" if platform == "win32" else "subprocess_unload"
    return server.train_strategy


def linux_path(path: str, distribution: str = "") -> str:
    r"""An absolute path of Windows as WSL sees it: ``C:\x\y`` is ``/mnt/c/x/y``; a path of Linux stays.

    Folders of ``distribution`` itself (``\\wsl.localhost\Ubuntu\…``; any, where it is empty) become its own.
    Raises WslError for a path that WSL cannot see.
    """
    if path.startswith("/"):
        return path
    if match := _DRIVE.match(path):
        return _joined(f"/mnt/{match['drive'].lower()}", match["rest"])
    match = _SHARE.match(path)
    if match and (not distribution or match["distribution"].lower() == distribution.lower()):
        return _joined("", match["rest"]) or "/"
    raise WslError(
        f"WSL cannot see {one_line(path)!r}",
        found="a folder of another distribution" if match else "no absolute path on a drive of this machine",
        expected=r"a path such as C:\data or /home/me/data",
        mend="choose a folder on a drive with a letter",
    )


def _joined(start: str, rest: str) -> str:
    parts = [part for part in rest.replace("\\", "/").split("/") if part]
    return "/".join([start, *parts])


def start(server: Server, *, in_workdir: bool = True) -> list[str]:
    """How every command line to a profile's distribution begins. Raises WslError."""
    words = [PROGRAM]
    if server.wsl_distribution:
        words += ["-d", _checked(server.wsl_distribution)]
    if in_workdir and (folder := workdir(server)):
        words += ["--cd", folder]
    return [*words, "--"]


def workdir(server: Server) -> str:
    """The checkout's folder as WSL sees it; empty where the profile does not say. Raises WslError."""
    if server.wsl_workdir in ("", _HOME):
        return server.wsl_workdir
    return _checked(linux_path(server.wsl_workdir, server.wsl_distribution))


def command(server: Server, *arguments: str) -> list[str]:
    """``wsl.exe -d … --cd … -- python arguments``, to be run without a shell.

    WSL hands what follows ``--`` to a shell of its own, so nothing that a shell would read is let through.
    Raises WslError for such a word, and for a working folder that WSL cannot see.
    """
    return [*start(server), *map(_checked, (server.wsl_python, *arguments))]


def _checked(word: str) -> str:
    if word and not (found := _FOR_A_SHELL.search(word)):
        return word
    raise WslError(
        f"{one_line(word)!r} cannot be handed to WSL",
        found=f"the character {one_line(found[0])!r}" if word and found else "nothing",
        expected="letters, digits, spaces and - _ . , / = + @ % : ^",
        mend="rename the folder, or choose another",
    )


def environment() -> dict[str, str]:
    """This environment, with wsl.exe told to write UTF-8."""
    return os.environ | {"WSL_UTF8": "1"}


def decoded(raw: bytes) -> str:
    """What was printed as text: some versions of wsl.exe write UTF-16, whatever they are told."""
    return raw.decode("utf-16-le" if b"\0" in raw else "utf-8", "replace").lstrip("\ufeff")


def words(raw: bytes) -> str:
    """The same on one line, its end when it is long, fit for a terminal."""
    lines = [line.strip() for line in decoded(raw).splitlines()]
    return one_line("; ".join(line for line in lines if line))[-_LONGEST:]
