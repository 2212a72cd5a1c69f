"""A stand-in for wsl.exe: it runs here what it is asked to run, and fails as the real one does."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

SCRIPT = """#!{python}
import os, subprocess, sys, time
with open({log!r}, "a", encoding="utf-8") as log:
    log.write(repr(sys.argv[1:]) + "\\n")

def wide(text, code):
    sys.stdout.buffer.write(text.encode("utf-16-le"))
    sys.exit(code)

if os.environ.get("STAND_IN_SLEEPS"):
    time.sleep(60)
names = os.environ.get("STAND_IN_NAMES", "Ubuntu\\nAlpine").splitlines()
words = sys.argv[1:]
if words[:2] == ["--list", "--quiet"]:
    wide("".join(name + "\\r\\n" for name in names) or "no distributions", 0 if names else 255)
folder, chosen = None, names[0]
while words[0] != "--":
    flag, value, *words = words
    if flag == "-d":
        chosen = value
    elif flag == "--cd":
        folder = value
if chosen not in names:
    wide("There is no distribution with the supplied name.\\r\\nWSL_E_DISTRO_NOT_FOUND\\r\\n", 255)
if folder and not os.path.isdir(folder):
    sys.stderr.write("chdir(" + folder + ") failed 2\\n")
    sys.exit(1)
# As the real one: one line, for a shell of Linux.
line = subprocess.list2cmdline(words[1:])
sys.exit(subprocess.run(["/bin/sh", "-c", line], cwd=folder).returncode)
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put it on the PATH; returns the file with the arguments of each call, one list a line."""
    if sys.platform == "win32":
        pytest.skip("a script cannot stand in for a program of Windows")
    folder.mkdir(parents=True, exist_ok=True)
    log, program = folder / "calls", folder / "wsl.exe"
    program.write_text(SCRIPT.format(python=sys.executable, log=str(log)), "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return log
