"""What a corpus refuses, and the names it has for things."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import TypeAdapter, ValidationError

from vortex_tui.errors import UsageError, VortexError
from vortex_tui.escape import one_line
from vortex_tui.experts.manifest import ExpertManifest

# The same names as experts have: a domain's corpus and its expert are found by one word.
_NAME = TypeAdapter(Annotated[str, ExpertManifest.model_fields["domain"]])
# Windows gives these to devices, whatever follows the dot.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


class CorpusError(VortexError):
    """A corpus that is missing, too small or cannot be read, or something that cannot be put into one."""

    code: ClassVar[str] = "corpus"


def check_domain(name: str) -> str:
    """``name`` where a domain may be called so. Raises UsageError."""
    try:
        _NAME.validate_python(name, strict=True)
    except ValidationError as error:
        raise _no_name(name) from error
    if name.endswith(".") or name.partition(".")[0].lower() in _DEVICES:
        raise _no_name(name)
    return name


def _no_name(name: str) -> UsageError:
    return UsageError(
        "this is no name for a domain",
        found=one_line(name)[:80] or "an empty name",
        expected="1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first",
        mend="for example: --domain code",
    )


def missing(package: str, what: str) -> CorpusError:
    """A library of the extra ``train`` that is not installed; ``what`` needs it."""
    return CorpusError(
        f"{what} needs the package {package}",
        found="it is not installed",
        expected="the extra train",
        mend='pip install -e ".[train]"',
    )
