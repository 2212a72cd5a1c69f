"""Files or examples into a domain's corpus."""

from __future__ import annotations

import datetime
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from vortex_tui.corpora import store, walk
from vortex_tui.corpora.apart import apart
from vortex_tui.corpora.example import Example, encoded
from vortex_tui.corpora.left_out import LeftOut
from vortex_tui.corpora.likeness import Likeness
from vortex_tui.corpora.merging import Kept
from vortex_tui.corpora.merging import merge as merge_examples
from vortex_tui.corpora.reading import Reader
from vortex_tui.corpora.report import Ingested
from vortex_tui.corpora.splitting import SPLITS

Say = Callable[[str, float], None]


def ingest(
    given: Sequence[str],
    domain: str,
    data_dir: Path,
    licence: str = "",
    say: Say | None = None,
) -> Ingested:
    """Draw examples from files and folders and merge them into ``domain``.

    Raises UsageError for what was given, CorpusError and StorageError; then nothing was changed.
    """
    begun = time.monotonic()
    store.folder_of(data_dir, domain)
    Likeness(0)  # the library is missed before the work, not after it
    tell = say or (lambda _stage, _share: None)
    entries = list(walk.files(walk.checked(given)))
    reader = Reader(licence)
    examples: list[Example] = []
    left_out: list[LeftOut] = []
    for number, entry in enumerate(entries):
        tell(f"reading: {number:,} of {len(entries):,} files", 0.5 * number / len(entries))
        for found in [entry] if isinstance(entry, LeftOut) else reader.read(entry):
            (examples if isinstance(found, Example) else left_out).append(found)  # type: ignore[arg-type]
    tell(f"merging: {len(examples):,} examples", 0.5)
    return _merged(examples, left_out, len(entries), domain, data_dir, begun)


def merge(examples: Iterable[Example], domain: str, data_dir: Path) -> Ingested:
    """Merge examples that somebody has already into ``domain``, as ``ingest`` does those of files.

    Raises UsageError for the domain's name, CorpusError and StorageError; then nothing was changed.
    """
    return _merged(list(examples), [], 0, domain, data_dir, time.monotonic())


def _merged(
    examples: list[Example],
    left_out: list[LeftOut],
    files: int,
    domain: str,
    data_dir: Path,
    begun: float,
) -> Ingested:
    folder = store.folder_of(data_dir, domain)
    left_out += [LeftOut(one.source, "not a pair", one.flaw, one.part) for one in examples if one.flaw]
    examples = [one for one in examples if not one.flaw]
    pieces = sum(not one.whole for one in left_out)
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    # Reading files took what it took; only now is anybody kept waiting.
    with store.locked(folder):
        old = store.old(folder)
        merged = merge_examples(old, examples)
        placed, leaking = apart(old, merged.kept)
        kept = Counter(one.split for one in placed)
        holds = Counter(one.split for one in old) + kept
        told = Ingested(
            domain=domain,
            folder=folder,
            time=now,
            files=files,
            found=len(examples) + pieces,
            kept={split: kept[split] for split in SPLITS},
            holds={split: holds[split] for split in SPLITS},
            left_out=[*left_out, *merged.left_out, *leaking],
            seconds=time.monotonic() - begun,
        )
        store.replace(folder, _files(folder, placed, told))
    return told


def _files(folder: Path, kept: Sequence[Kept], told: Ingested) -> dict[str, bytes]:
    """The new content of every file that changes."""
    lines: dict[str, list[bytes]] = {}
    for one in kept:
        row = one.example.document(time=told.time, cluster=one.cluster)
        lines.setdefault(f"{one.split}.jsonl", []).append(encoded(row))
    lines[store.HISTORY] = [encoded(told.line())]
    return {name: store.extended(folder / name, new) for name, new in lines.items()}
