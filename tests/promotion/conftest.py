"""Anchors in a folder of the test's own, never in the user's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import judged
from vortex_tui import paths
from vortex_tui.promotion.site import Site


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data folder."""
    folder = tmp_path / "user"
    monkeypatch.setattr(paths, "user_data", lambda: folder)
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A data folder in which nothing was promoted yet."""
    return judged.site(tmp_path / "data")
