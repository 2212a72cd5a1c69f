"""The data folder: can state be kept there, and how much of it?"""

from __future__ import annotations

import tempfile

from vortex_tui import cache_folder, disk
from vortex_tui.doctor.context import Context, Finding
from vortex_tui.paths import nearest_folder


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


def room(context: Context) -> Finding:
    """Room on the disk, and what the cache holds, against the profile's budget."""
    budget, cache = context.profile.budget, cache_folder.of(context.data_dir)
    free = disk.free_bytes(context.data_dir) // disk.MIB
    held = disk.in_mib(disk.bytes_below(cache))
    told = (
        f"{free} MiB free at {nearest_folder(context.data_dir)}; "
        f"the cache holds {held} of {budget.max_cache_mb} MiB"
    )
    wanted = f"budget.min_disk_free_mb {budget.min_disk_free_mb}"
    if free < budget.min_disk_free_mb:
        mend = "free some space, or choose another --data-dir: nothing more is converted or trained here"
        return Finding("fail", told, wanted, mend)
    if free < 2 * budget.min_disk_free_mb:
        return Finding("warn", f"{told}; little is left above the limit", wanted, "free some space")
    if held > budget.max_cache_mb:
        mend = f"it shrinks when something is converted; all of {cache} can be made again"
        return Finding("warn", told, f"budget.max_cache_mb {budget.max_cache_mb}", mend)
    return Finding("pass", told, wanted)
