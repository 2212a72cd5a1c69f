"""Asks the driver about one device, call by call, and keeps the reasons for what it does not say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vortex_tui.escape import one_line
from vortex_tui.telemetry import refusals

Figures = dict[str, Any]


class ConnectionLostError(Exception):
    """The driver went away; its words are why."""


class Asking:
    """One device of one reading. Raises ConnectionLostError where the whole driver is gone."""

    def __init__(self, nvml: Any, handle: Any, overrides: Mapping[str, str] | None = None) -> None:
        self.nvml = nvml
        self.handle = handle
        self.reasons: dict[str, str] = {}
        # Better words for a refusal on this device, by the words it would have.
        self._overrides = overrides or {}

    def ask(self, figure: str, call: str, *arguments: Any) -> Any:
        """What ``call`` says of the device; None, with the reason kept under ``figure``, where it refuses."""
        return self.of(self.handle, figure, call, *arguments)

    def of(self, handle: Any, figure: str, call: str, *arguments: Any) -> Any:
        """The same of another handle, or of a process."""
        try:
            # A library older than the call is like a driver older than it.
            return getattr(self.nvml, call, self._missing)(handle, *arguments)
        except self.nvml.NVMLError as error:
            if refusals.kind(error) in refusals.ENDS_CONNECTION:
                raise ConnectionLostError(refusals.words(error)) from error
            self.refuse(refusals.words(error), figure)
        except UnicodeDecodeError:  # names that are no text
            self.refuse(refusals.UNREADABLE, figure)
        return None

    def _missing(self, *_: Any) -> Any:
        raise self.nvml.NVMLError(self.nvml.NVML_ERROR_FUNCTION_NOT_FOUND)

    def refuse(self, why: str, *figures: str) -> None:
        """Keep a reason for figures."""
        self.reasons |= dict.fromkeys(figures, self._overrides.get(why, why))

    def number(self, figure: str, call: str, *arguments: Any, scale: float = 1.0) -> Figures:
        """A figure that is one number."""
        found = self.ask(figure, call, *arguments)
        return {figure: None if found is None else found * scale}


def text(found: str | bytes | None) -> str:
    """A foreign name, safe to show; older libraries give bytes."""
    raw = found.decode("utf-8", "replace") if isinstance(found, bytes) else found or ""
    return one_line(raw)
