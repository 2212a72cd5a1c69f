"""The folder a run of the recipe works in: one run at a time, checkpoints, and the model in the making."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from vortex_tui.errors import StorageError
from vortex_tui.nano import files

_SPACE = 1 << 30  # checkpoints of five stages and fifteen adapters, and what is shipped


class Workplace:
    """`.<name>.building` beside the finished folder; it stays after a failure, so that a run can go on."""

    def __init__(self, out: Path, *, fresh: bool = False) -> None:
        """Work towards `out`; `fresh` forgets what an earlier run left."""
        self.out, self._fresh = out, fresh
        self.folder = out.with_name(f".{out.name}.building")
        self.checkpoints, self.data = self.folder / "checkpoints", self.folder / "data"
        self._lock = FileLock(out.with_name(f".{out.name}.lock"))

    def __enter__(self) -> Workplace:
        """Take the folder. Raises StorageError when another run has it, or the disk is full."""
        self.out.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise StorageError(
                f"another run is building {self.out}",
                found=f"a lock on {self._lock.lock_file}",
                expected="one run at a time",
                mend="wait for it or stop it; a stopped run goes on where it was",
            ) from error
        if self._fresh:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        files.fresh(self.data)
        self._check_space()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the folder, and tidy it up when the work is done."""
        if kind is None:
            shutil.rmtree(self.folder, ignore_errors=True)
            # While it is held, so that nobody can hold the file that goes; Windows keeps an open file.
            with contextlib.suppress(PermissionError):
                Path(self._lock.lock_file).unlink(missing_ok=True)
        self._lock.release()

    def _check_space(self) -> None:
        free = shutil.disk_usage(self.folder).free
        if free < _SPACE:
            self._lock.release()
            raise StorageError(
                f"not enough room to build {self.out}",
                found=f"{free >> 20} MiB free",
                expected=f"{_SPACE >> 20} MiB for checkpoints and the model",
                mend="free some space, or build elsewhere with --out",
            )

    def finish(self) -> None:
        """Put the finished model in its place."""
        files.swap_in(self.data, self.out)
