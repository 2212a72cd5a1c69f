"""Which anchor belongs to which data folder.

A data folder's anchor has the name that stands in the folder's ``ledger_id``, made on the first use, and
remembers the folder's path. So a folder that is moved keeps its anchor; a copy beside the original is told
from it and refused, because two ledgers would grow from one; and a path that had a ledger and has none any
more is noticed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from vortex_tui.escape import one_line
from vortex_tui.promotion import anchor, durable
from vortex_tui.promotion.anchor import ANEW, Anchor, LedgerError

ID_FILE = "ledger_id"


def path_of(data_dir: Path) -> str:
    """A data folder's path as an anchor remembers it."""
    return os.path.normcase(data_dir.resolve())


def read_id(data_dir: Path) -> str | None:
    """The data folder's own name; None where it has none. Raises LedgerError for one that is none of ours."""
    file = data_dir / ID_FILE
    with durable.told(file):
        if not file.exists():
            return None
        raw = file.read_bytes()[:64]
    id = raw.decode("ascii", "replace").strip()
    if len(id) == 32 and set(id) <= set("0123456789abcdef"):
        return id
    raise LedgerError(
        f"{one_line(str(file))} is damaged", found=one_line(id), expected="32 hex digits", mend=ANEW
    )


def find(data_dir: Path) -> Anchor | None:
    """The anchor of a data folder; None where nothing was ever written. Changes nothing.

    Raises LedgerError when the folder had an anchor and has lost it, is a copy, or the anchor is damaged.
    """
    id = read_id(data_dir)
    if id is None:
        return _unnamed(data_dir)
    folder = anchor.home() / id
    if not folder.is_dir():
        raise LedgerError(
            "the anchor of this data folder's ledger is not here",
            found=f"no {one_line(str(folder))}",
            expected="the anchor made with the ledger, by this user on this machine",
            mend=f"restore it from a backup, or {ANEW}",
        )
    found = anchor.read(folder)
    _refuse_copy(found, data_dir)
    return found


def _unnamed(data_dir: Path) -> Anchor | None:
    """A folder without a name: the first use, one that was killed half-way, or one whose past is gone."""
    for found in of_path(data_dir):
        if found.state.count == 0:
            return found
        raise LedgerError(
            "the ledger of this data folder is gone",
            found=f"no {ID_FILE}, and an anchor that knows {found.state.count} lines",
            expected="the data folder as it was left",
            mend=f"restore it from a backup; if you emptied it yourself: {ANEW}",
        )
    return None


def of_path(data_dir: Path) -> Iterator[Anchor]:
    """The anchors that belong to the folder at this path."""
    place = path_of(data_dir)
    for file in sorted(anchor.home().glob(f"*/{anchor.STATE}")):
        # Looked for in the bytes first: a damaged anchor of another folder is none of this one's business.
        named = json.dumps(place).encode("ascii") in file.read_bytes()
        if named and (found := anchor.read(file.parent)).state.data_folder == place:
            yield found


def _has_id(folder: Path, id: str) -> bool:
    """Whether the folder that was known is still there and still the same one."""
    try:
        return (folder / ID_FILE).read_bytes().strip() == id.encode()
    except OSError:
        return False


def _refuse_copy(found: Anchor, data_dir: Path) -> None:
    known = found.state.data_folder
    if known in ("", path_of(data_dir)) or not _has_id(Path(known), found.id):
        return  # moved: nobody is left where it was
    raise LedgerError(
        "this data folder is a copy, and its ledger belongs to the original",
        found=f"the same {ID_FILE} in {one_line(known)}",
        expected="one data folder a ledger",
        mend=f"promote there; to promote here as well: {ANEW}",
    )


def make(data_dir: Path) -> Anchor:
    """A new anchor for a data folder that has none. Raises StorageError."""
    return name(anchor.make(path_of(data_dir)), data_dir)


def name(made: Anchor, data_dir: Path) -> Anchor:
    """Write the anchor's id into its data folder; last of all, so that a name never leads nowhere."""
    durable.write(data_dir / ID_FILE, f"{made.id}\n".encode())
    return made
