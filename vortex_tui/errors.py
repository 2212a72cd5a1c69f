"""The family of errors a person may meet: what was found, what was expected, how to mend it.

Every error crosses the engine protocol by its ``code`` and comes back as the same type.
"""

from __future__ import annotations

from typing import ClassVar


class VortexError(Exception):
    """A refusal or failure told in words.

    ``message`` says what happened; ``found``, ``expected`` and ``mend`` are short
    phrases that may be empty. ``exit_code`` is the command line's exit status.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, found: str = "", expected: str = "", mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.found = found
        self.expected = expected
        self.mend = mend

    def __str__(self) -> str:
        parts = [("found", self.found), ("expected", self.expected), ("mend", self.mend)]
        lines = [f"  {label + ':':<10}{text}" for label, text in parts if text]
        return "\n".join([self.message, *lines])


class UsageError(VortexError):
    """The command line asked for something that cannot be."""

    code = "usage"
    exit_code = 2


class ProfileError(VortexError):
    """A profile that is unknown, unreadable or invalid."""

    code = "profile"
    exit_code = 2


class ModelError(VortexError):
    """A base model that is missing, damaged or of a kind that is not run."""

    code = "model"


class ExpertError(VortexError):
    """An expert that is missing, damaged or made for another base."""

    code = "expert"


class PromptError(VortexError):
    """A prompt that is empty, or longer than the context."""

    code = "prompt"


class BudgetError(VortexError):
    """A request beyond the memory or context budget."""

    code = "budget"


class StorageError(VortexError):
    """A file that could not be read or written."""

    code = "storage"


class WslError(VortexError):
    """WSL is not there, cannot be told what is wanted, or does not run it."""

    code = "wsl"


class CancelledError(VortexError):
    """The request was cancelled before it had an answer."""

    code = "cancelled"


class EngineBusyError(VortexError):
    """Another process owns the engine of this data folder."""

    code = "engine_busy"


class EngineDiedError(VortexError):
    """The worker ended in the middle of something. What it had said is kept in ``partial``."""

    code = "engine_died"
    partial: str = ""


class EngineGaveUpError(VortexError):
    """The worker died several times in a row and is not restarted again."""

    code = "engine_gave_up"


class ProtocolError(VortexError):
    """The two ends of a connection do not understand each other."""

    code = "protocol"


class InternalError(VortexError):
    """A defect: something this program did not foresee. The log has the traceback."""

    code = "internal"


def _family(root: type[VortexError]) -> dict[str, type[VortexError]]:
    found = {root.code: root}
    for child in root.__subclasses__():
        found |= _family(child)
    return found


def from_wire(code: str, message: str, found: str, expected: str, mend: str) -> VortexError:
    """Rebuild the error that crossed the protocol; an unknown code becomes the root type."""
    kind = _family(VortexError).get(code, VortexError)
    return kind(message, found=found, expected=expected, mend=mend)
