"""The data folder: can state be kept there?"""

from __future__ import annotations

import tempfile

from vortex_tui.doctor.context import Context, Finding
from vortex_tui.telemetry.host import nearest_folder


def data_folder(context: Context) -> Finding:
    """Try to write a file in it, or in the parent it would be made in."""
    folder = nearest_folder(context.data_dir)
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"vortex-tui")
    except OSError as error:
        expected = "a folder that can be written"
        mend = "choose another with --data-dir or $VORTEX_TUI_DATA"
        return Finding("fail", f"{folder}: {error.strerror or error}", expected, mend)
    made = "" if folder == context.data_dir else " (not made yet)"
    return Finding("pass", f"{context.data_dir}{made}")
