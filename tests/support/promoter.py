"""A promotion in a process of its own: ``python -m tests.support.promoter DATA HOME DO ID [STEP]``.

It kills itself at STEP. Steps are told on stdout as they are reached.
"""

from __future__ import annotations

import sys
from pathlib import Path

import psutil

from tests.support import judged
from vortex_tui import paths
from vortex_tui.errors import VortexError
from vortex_tui.promotion import promote, removal
from vortex_tui.promotion.rollback import rollback


def main(data: str, home: str, do: str, id: str, wanted: str = "") -> int:
    """0 when it was done, 1 when it was refused."""
    paths.user_data = lambda: Path(home)
    site = judged.site(Path(data))

    def step(name: str) -> None:
        print(name, flush=True)
        if name == wanted:
            psutil.Process().kill()

    print("begun", flush=True)
    try:
        if do == "promote":
            promote.promote(site, id, judged.TERMS, step)
        elif do == "rollback":
            rollback(site, id, step)
        else:
            removal.remove(site, id, step)
    except VortexError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
