"""The router's encoder, where the profile names a folder: safe, whole, and its library installed."""

from __future__ import annotations

import importlib.metadata

from vortex_tui.doctor.context import Context, Finding
from vortex_tui.engine import encoder_folder
from vortex_tui.errors import ModelError
from vortex_tui.escape import one_line

_MIB = 1024**2
_LIBRARY = "sentence-transformers"


def encoder(context: Context) -> Finding:
    """What the worker would refuse, from the folder's files alone."""
    experts = context.profile.experts
    name = experts.router.encoder
    if name in encoder_folder.NO_FOLDER:
        return Finding("skip", f"{name}: no folder needed")
    if not experts.enabled or experts.router.mode in ("off", "manual"):
        return Finding("skip", "routing is switched off by the profile")
    try:
        folder = encoder_folder.inspect(encoder_folder.locate(name))
        size = sum(file.stat().st_size for file in folder.files) / _MIB
    except ModelError as error:
        return Finding("fail", f"{error.message}; {error.found}", error.expected, error.mend)
    told = f"{size:.1f} MiB at {one_line(str(folder.path))}"
    try:
        version = importlib.metadata.version(_LIBRARY)
    except importlib.metadata.PackageNotFoundError:
        return Finding("fail", f"no {_LIBRARY}; {told}", _LIBRARY, 'pip install -e ".[encoder]"')
    return Finding("pass", f"{told}; {_LIBRARY} {version}")
