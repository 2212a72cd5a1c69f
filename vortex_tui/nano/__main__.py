"""`python -m vortex_tui.nano` builds nano; `… evaluate` measures it; `… router` fits the shipped router."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from vortex_tui.errors import VortexError

_OUT = Path("data") / "nano"


def _arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m vortex_tui.nano", description=__doc__)
    parser.add_argument("command", nargs="?", choices=("build", "evaluate", "router"), default="build")
    parser.add_argument(
        "--quick", action="store_true", help="four experts and a short context: about an hour"
    )
    parser.add_argument("--out", type=Path, default=_OUT, help="the model's folder (default: %(default)s)")
    parser.add_argument("--fresh", action="store_true", help="forget what a stopped run left, and start anew")
    parser.add_argument("--jobs", type=int, help="train so many experts at a time (default: one a core)")
    parser.add_argument("--steps-scale", type=float, default=1.0, help="train this many times the steps")
    parser.add_argument("--base", type=Path, help="keep this base folder and train the experts alone")
    parser.add_argument("--count", type=int, default=320, help="prompts of each kind to evaluate")
    return parser.parse_args()


def _run(arguments: argparse.Namespace) -> None:
    """Build or evaluate."""
    from dataclasses import replace

    from vortex_tui.nano import build, report, router
    from vortex_tui.nano.recipe import QUICK, RELEASE

    out = arguments.out.absolute()
    if arguments.command == "evaluate":
        report.show(out, arguments.count)
        return
    if arguments.command == "router":
        router.fit(out.parent)
        return
    recipe = QUICK if arguments.quick else RELEASE
    recipe = replace(recipe.scaled(arguments.steps_scale), evaluated=arguments.count)
    build.build(out, recipe, base=arguments.base, jobs=arguments.jobs, fresh=arguments.fresh)


def main() -> int:
    """Run, and tell a refusal in words; 130 when stopped from the keyboard."""
    arguments = _arguments()
    # Set before the hub libraries are imported, which is why `_run` imports them.
    os.environ |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    try:
        _run(arguments)
    except VortexError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("stopped; the same command goes on from the last checkpoint", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
