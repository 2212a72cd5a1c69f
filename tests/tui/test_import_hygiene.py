"""The screen's process carries no model library, and the first paint no more than it needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

_PROBE = """
import sys, pathlib
from vortex_tui.engine.client import Engine
from vortex_tui.profile import load
from vortex_tui.tui.app import VortexApp
import vortex_tui.tui.screens.doctor, vortex_tui.tui.screens.help, vortex_tui.tui.widgets.body
import vortex_tui.tui.screens.bench, vortex_tui.doctor.run
import vortex_tui.tui.screens.promotion, vortex_tui.tui.promoting
VortexApp(Engine(pathlib.Path('.'), face='tui'), load('nano'))
print([name for name in {names!r} if name in sys.modules])
"""
_IMPORT = """
import sys, {module}
print([name for name in {names!r} if name in sys.modules])
"""


def _loaded(probe: str, *names: str, module: str = "") -> str:
    code = probe.format(names=names, module=module)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_no_model_library_is_imported():
    assert _loaded(_PROBE, "torch", "transformers", "llama_cpp", "peft", "bitsandbytes") == "[]"


def test_what_the_first_paint_does_not_show_is_not_imported():
    late = ("markdown_it", "pygments", "pynvml", "psutil", "vortex_tui.doctor.run")
    late += ("numpy", "plotext", "textual_plotext", "vortex_tui.bench.run")
    late += ("vortex_tui.promotion", "vortex_tui.tui.promoting", "vortex_tui.tui.screens.promotion")
    assert _loaded(_IMPORT, *late, module="vortex_tui.tui.app") == "[]"


@pytest.mark.parametrize("module", ["vortex_tui.telemetry.machine", "vortex_tui.telemetry.split"])
def test_telemetry_is_headless(module):
    assert _loaded(_IMPORT, "textual", module=module) == "[]"
