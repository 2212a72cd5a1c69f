"""Is a candidate whole: its files, its hash, its numbers, and what its manifest must say?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vortex_tui.engine.safetensors_file import parse_header
from vortex_tui.errors import VortexError
from vortex_tui.escape import one_line
from vortex_tui.experts import adapter
from vortex_tui.experts.adapter import Adapter
from vortex_tui.experts.manifest import ADAPTER, CONFIG_FILE, MANIFEST, WEIGHTS_FILE
from vortex_tui.promotion import training_data
from vortex_tui.promotion.candidate import Candidate
from vortex_tui.promotion.report import Gate
from vortex_tui.promotion.verdict import TITLES

# What may lie beside the two files that are loaded; nothing else has a reason to.
_BESIDE = frozenset({CONFIG_FILE, WEIGHTS_FILE, "README.md"})
_FLOATS = frozenset({"F64", "F32", "F16", "BF16"})


def check(candidate: Candidate) -> Gate:
    """The gate ``integrity`` from files alone; whether the shapes fit the base, the engine says."""
    problems = list(_problems(candidate))
    return failed(problems) if problems else _passed(candidate)


def failed(problems: list[str]) -> Gate:
    """The gate with what is wrong."""
    reason = one_line("; ".join(problems))[:600]
    return Gate(id="integrity", title=TITLES["integrity"], verdict="fail", reason=reason)


def _passed(candidate: Candidate) -> Gate:
    found = candidate.manifest
    reason = f"files and manifest agree on {found.content_hash[:16]}…, rank {found.rank}, every weight finite"
    return Gate(id="integrity", title=TITLES["integrity"], verdict="pass", reason=reason)


def changed(candidate: Candidate) -> str:
    """What is different on the disk from what was judged; empty where nothing is."""
    try:
        candidate.card.reread()
        adapter.read(candidate.manifest, candidate.folder, patterns=True)
    except VortexError as error:
        return one_line(f"it changed while it was judged: {error.message}: {error.found}")
    return ""


def _problems(candidate: Candidate) -> Iterator[str]:
    folder, found = candidate.folder, candidate.manifest
    if (found.domain, found.run_id) != (folder.parent.name, folder.name):
        yield f"its manifest is of {found.id}, not of this folder"
    yield from _files(folder)
    yield from _unsaid(candidate)
    try:
        whole = adapter.read(found, folder, patterns=True)
    except VortexError as error:
        yield f"{error.message}: {error.found}"
        return
    yield from _numbers(whole, folder / ADAPTER / WEIGHTS_FILE)


def _files(folder: Path) -> Iterator[str]:
    """Files that have no business there: pickles, code, links."""
    for path in sorted(folder.rglob("*")):
        name = one_line(path.relative_to(folder).as_posix())
        if path.is_symlink():
            yield f"{name} is a link"
        elif path.parent == folder / ADAPTER and path.name not in _BESIDE:
            yield f"{name} is neither safetensors nor PEFT's configuration"
        elif path.suffix in (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".py"):
            yield f"{name} is a pickle or code"
    if not (folder / MANIFEST).is_file():
        yield "it has no manifest any more"


def _unsaid(candidate: Candidate) -> Iterator[str]:
    """What a manifest must say before anything can be proven of its expert."""
    found = candidate.manifest
    if not found.exemplars:
        yield "its manifest has no exemplars: no router could find it"
    if not found.created:
        yield "its manifest does not say when it was made"
    if not training_data.hashes(found):
        yield "its manifest does not say by hash what it was trained on"


def _numbers(whole: Adapter, file: Path) -> Iterator[str]:
    """Types whose numbers nobody looked at: that floats are finite, reading has made sure of."""
    header = parse_header(whole.weights, len(whole.weights), file)
    for name, entry in sorted(header.tensors.items()):
        if entry.dtype not in _FLOATS:
            yield f"{one_line(name)} is of type {one_line(entry.dtype)}: its numbers cannot be checked"
            return
