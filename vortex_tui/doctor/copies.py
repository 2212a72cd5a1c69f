"""Copies of an expert for the deep checks, outside the bank and gone with the examination."""

from __future__ import annotations

from pathlib import Path

from vortex_tui.experts import manifest
from vortex_tui.experts.bank import BankEntry, usable


def write(entry: BankEntry, name: str, weights: bytes, parent: Path) -> Path:
    """Write ``entry`` with other ``weights``, and the hash that is right for them, as ``domain/run_id``.

    Returns its folder. Raises ExpertError, OSError or StorageError.
    """
    domain, _, run_id = name.partition("/")
    config = (entry.folder / manifest.ADAPTER / manifest.CONFIG_FILE).read_bytes()
    changes = {
        "domain": domain,
        "run_id": run_id,
        "content_hash": manifest.content_hash(config, weights),
        "exemplars": (),
    }
    described = usable(entry).reread().model_copy(update=changes)
    folder = parent / domain / run_id
    adapter = folder / manifest.ADAPTER
    adapter.mkdir(parents=True)
    (adapter / manifest.CONFIG_FILE).write_bytes(config)
    (adapter / manifest.WEIGHTS_FILE).write_bytes(weights)
    manifest.save(described, folder)
    return folder


def weights_of(entry: BankEntry) -> bytes:
    """An expert's weights as they are. Raises OSError."""
    return (entry.folder / manifest.ADAPTER / manifest.WEIGHTS_FILE).read_bytes()
