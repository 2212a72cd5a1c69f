"""What a job says, as a face reads it."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("code", ["corpus", "training", "budget", "storage"])
def test_a_refusal_comes_back_as_itself_where_nothing_else_was_imported(code: str) -> None:
    line = "import sys; from vortex_tui.training.events import Failed; "
    line += "print(Failed(domain='a', code=sys.argv[1], message='m').to_error().code)"
    said = subprocess.run([sys.executable, "-c", line, code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == code
