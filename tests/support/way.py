"""From a corpus to a promoted expert and back, by the real commands in a data folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.command import PROGRAM, environment
from tests.support.lessons import lessons, write

ASKED, RIGHT = "Reverse the list: lamp, goat, tea", "tea, goat, lamp"
DOMAIN = "reversal"


class Said(NamedTuple):
    """What a command said, its exit code, and its seconds: of the clock, of the processor."""

    out: str
    err: str
    code: int
    clock: float
    processor: float


class Way:
    """Commands under ``--mock`` in ``folder/data``, anchors in ``folder/home``; ``profile`` is a file."""

    def __init__(self, folder: Path, profile: Path | None = None) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.told: list[tuple[str, Said]] = []
        self._shared = ["--mock", "--data-dir", str(self.data)]
        self._shared += ["--profile", str(profile)] if profile else []
        # Where platformdirs looks on Linux; a terminal is made with pty, so other systems do not come here.
        self._environment = environment(XDG_DATA_HOME=str(folder / "home"))

    def command(self, *arguments: str) -> list[str]:
        """The command line."""
        return [*PROGRAM, *arguments, *self._shared]

    def begun(self, *arguments: str) -> subprocess.Popen[str]:
        """A command that is not waited for."""
        return subprocess.Popen(
            self.command(*arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding="utf-8", env=self._environment, cwd=self.folder,
        )  # fmt: skip

    def run(self, *arguments: str, typed: str = "") -> Said:
        """A command at a pseudo-terminal, into which ``typed`` is typed."""
        import pty

        outer, inner = pty.openpty()
        os.write(outer, typed.encode())
        began, before = time.monotonic(), os.times()
        try:
            done = subprocess.run(
                self.command(*arguments), stdin=inner, capture_output=True, encoding="utf-8", check=False,
                env=self._environment, cwd=self.folder,
            )  # fmt: skip
        finally:
            os.close(outer)
            os.close(inner)
        clock, after = time.monotonic() - began, os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        said = Said(done.stdout, done.stderr, done.returncode, clock, cpu)
        self.told.append((arguments[0], said))
        return said

    def done(self, *arguments: str, typed: str = "") -> str:
        """What a command says that must succeed."""
        said = self.run(*arguments, typed=typed)
        assert said.code == 0, f"{' '.join(arguments)} ended with {said.code}\n{said.out}{said.err}"
        return said.out

    def ingested(self, examples: int) -> None:
        """A corpus of lists of words reversed, which no shipped expert serves."""
        corpus = self.folder / "reversal.jsonl"
        write(corpus, [each for each in lessons(DOMAIN, examples) if each.prompt != ASKED])
        self.done("ingest", str(corpus), "--domain", DOMAIN)

    def trained(self, *more: str) -> dict[str, Any]:
        """Train its expert; what the command said of it."""
        said = json.loads(self.done("train-experts", "--domains", DOMAIN, "--json", *more))
        (expert,) = said["experts"]
        return dict(expert)

    def judged(self, id: str) -> dict[str, Any]:
        """The gates' report; any verdict will do."""
        said = self.run("judge", id, "--json-out", "-")
        assert said.code in (0, 1, 3), said.err
        return dict(json.loads(said.out))

    def answer(self) -> str:
        """What is answered to ASKED, greedily."""
        said = json.loads(self.done("chat", "-m", ASKED, "--json"))
        return str(said["text"]).strip()
