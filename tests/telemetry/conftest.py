"""A scripted NVML in the library's place, and a clock that is moved by hand."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from tests.support.scripted_nvml import ScriptedNvml


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ScriptedNvml]:
    """Put a machine of some GPUs in the library's place."""

    def make(gpus: int = 1) -> ScriptedNvml:
        nvml = ScriptedNvml(gpus)
        monkeypatch.setitem(sys.modules, "pynvml", nvml)
        return nvml

    return make


@pytest.fixture
def nvml(scripted: Callable[..., ScriptedNvml]) -> ScriptedNvml:
    return scripted()
