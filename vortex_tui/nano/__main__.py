"""`python -m vortex_tui.nano --quick` builds nano; `… evaluate` measures it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

_OUT = Path("data") / "nano"


def _arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m vortex_tui.nano", description=__doc__)
    parser.add_argument("command", nargs="?", choices=("build", "evaluate"), default="build")
    parser.add_argument("--quick", action="store_true", help="the short recipe: about an hour on two cores")
    parser.add_argument("--out", type=Path, default=_OUT, help="the model's folder (default: %(default)s)")
    parser.add_argument("--steps-scale", type=float, default=1.0, help="train this many times the steps")
    parser.add_argument("--base", type=Path, help="keep this base folder and train the experts alone")
    parser.add_argument("--count", type=int, default=200, help="requests per expert to evaluate")
    found = parser.parse_args()
    if found.command == "build" and not found.quick:
        parser.error("say which recipe to build: --quick")
    return found


def _build(arguments: argparse.Namespace) -> None:
    """Run the recipe."""
    from dataclasses import replace

    from vortex_tui.nano.build import build
    from vortex_tui.nano.recipe import QUICK

    recipe = replace(QUICK.scaled(arguments.steps_scale), evaluated=arguments.count)
    build(arguments.out.absolute(), recipe, arguments.base)


def main() -> None:
    """Build or evaluate."""
    arguments = _arguments()
    # Set before the hub libraries are imported, which is why the imports are down here.
    os.environ |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    if arguments.command == "evaluate":
        from vortex_tui.nano.report import show

        show(arguments.out, arguments.count)
    else:
        _build(arguments)


if __name__ == "__main__":
    main()
