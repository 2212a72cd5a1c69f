"""The one door from the command line to the screen."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from vortex_tui.errors import UsageError

if TYPE_CHECKING:
    from vortex_tui.commands.setting import Setting


def run(setting: Setting) -> int:
    """Open the workstation; returns its exit code. Raises UsageError where there is no screen for it."""
    # A browser front end drives the app through pipes and says so with this variable.
    if not sys.stdout.isatty() and "TEXTUAL_DRIVER" not in os.environ:
        raise UsageError(
            "the workstation needs a terminal",
            found="stdout is not one",
            mend='vortex-tui chat -m "…" answers without one; vortex-tui --help lists the rest',
        )
    profile = setting.profile()
    try:
        from vortex_tui.tui.app import run as open_app
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "textual":
            raise
        raise UsageError(
            "the workstation needs the package textual",
            expected="textual 8",
            mend='pip install "textual>=8,<9"; the headless commands run without it',
        ) from error
    return open_app(profile, setting.data_dir(), mock=setting.mock)
