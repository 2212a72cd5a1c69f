"""A data folder's cache: what it may hold, what goes first when it is full, and what stays.

The limits belong to the folder, not to a call: a process says once by which budget it writes there.
Only converted files (``*.gguf``) are ever removed: they are made again from what they were made of.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from vortex_tui import disk
from vortex_tui.errors import StorageError
from vortex_tui.escape import one_line
from vortex_tui.settings import Budget

FOLDER = "cache"
_budgets: dict[Path, Budget] = {}
_held: dict[Path, FileLock] = {}


def of(data_dir: Path) -> Path:
    """The folder itself."""
    return data_dir / FOLDER


def keep_to(budget: Budget, data_dir: Path) -> None:
    """From now on this process writes into the cache of ``data_dir`` within ``budget``."""
    _budgets[data_dir] = budget


def budget_of(data_dir: Path) -> Budget:
    """What this process keeps to in ``data_dir``; a profile's defaults where nobody said otherwise."""
    return _budgets.get(data_dir) or Budget()


def check(file: Path, needed: int = 0) -> None:
    """``make_room`` for a file that knows no data folder; one outside every folder said is not judged."""
    for data_dir in tuple(_budgets):
        if file.is_relative_to(of(data_dir)):
            make_room(data_dir, needed)


def make_room(data_dir: Path, needed: int, stays: Collection[Path] = ()) -> None:
    """Room for ``needed`` more bytes: the least recently used converted files go, but none of ``stays``.

    Raises StorageError when that is not enough, or when too little of the disk would stay free.
    """
    budget, cache = budget_of(data_dir), of(data_dir)
    disk.check_room(cache, needed, budget.min_disk_free_mb)
    over = disk.bytes_below(cache) + needed - budget.max_cache_mb * disk.MIB
    if over <= 0:
        return
    sizes = {file: size for _, file, size in sorted(_converted(cache)) if _may_go(file, stays)}
    # Nothing goes where it would not help.
    if sum(sizes.values()) >= over:
        for file, size in sizes.items():
            over -= size if discard(file) else 0
            if over <= 0:
                return
    raise _refusal(cache, needed, budget)


def _converted(cache: Path) -> Iterator[tuple[int, Path, int]]:
    """When each was used last (ns), the file, its bytes."""
    for file in cache.glob("*/*.gguf"):
        with contextlib.suppress(OSError):
            said = file.stat()
            yield said.st_mtime_ns, file, said.st_size


def _may_go(file: Path, stays: Collection[Path]) -> bool:
    if file in stays or file in _held:
        return False
    mark = _mark(file)
    if not mark.exists():
        return True
    try:
        with FileLock(mark, timeout=0):
            return True
    except (Timeout, OSError):
        return False


def discard(file: Path) -> bool:
    """Remove a converted file with what belongs to it; False where it stays: on Windows an open one does."""
    try:
        file.unlink(missing_ok=True)
    except OSError:
        return False
    for beside in (file.with_suffix(".json"), file.with_suffix(".lock"), _mark(file)):
        with contextlib.suppress(OSError):
            beside.unlink()
    return True


def hold(file: Path) -> None:
    """``file`` stays for as long as this process lives: the system lets go of it, however that ends."""
    if file in _held:
        return
    lock = FileLock(_mark(file), thread_local=False)
    # Of another process: then it stays anyway. In a folder that cannot be written nothing is removed either.
    with contextlib.suppress(Timeout, OSError):
        lock.acquire(timeout=0)
        _held[file] = lock


def _mark(file: Path) -> Path:
    return file.with_suffix(".used")


def _refusal(cache: Path, needed: int, budget: Budget) -> StorageError:
    found = f"{disk.in_mib(disk.bytes_below(cache))} MiB, and {disk.in_mib(needed)} MiB to be written"
    return StorageError(
        f"the cache {one_line(str(cache))} is full; nothing was written",
        found=found,
        expected=f"budget.max_cache_mb = {budget.max_cache_mb} or less; what is in use stays",
        mend="raise budget.max_cache_mb, or remove what the folder holds: all of it can be made again",
    )
