"""What training refuses, and what goes wrong in it."""

from __future__ import annotations

from typing import ClassVar

from vortex_tui.errors import VortexError


class TrainingError(VortexError):
    """A training that cannot begin, or that came to nothing."""

    code: ClassVar[str] = "training"


class JobDiedError(VortexError):
    """A training's process ended without a word."""

    code: ClassVar[str] = "job_died"
