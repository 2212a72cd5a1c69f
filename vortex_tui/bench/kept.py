"""What a data folder keeps of every bench: its report as the profile's last one, and a line of history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from vortex_tui import atomic
from vortex_tui.bench import history
from vortex_tui.bench.report import BenchReport
from vortex_tui.errors import StorageError
from vortex_tui.escape import one_line

if TYPE_CHECKING:
    from vortex_tui.bench.run import Benched


def path_in(data_dir: Path, profile: str, *, mock: bool) -> Path:
    """Where the last report of a profile is; a mock's is another file."""
    return data_dir / "bench" / f"last_{profile}{'_mock' if mock else ''}.json"


def keep(data_dir: Path, benched: Benched) -> history.History:
    """Keep a bench as the last of its profile; returns the history it is now part of. Raises StorageError."""
    report, lines = benched.report, history.path_in(data_dir)
    atomic.write_json(path_in(data_dir, report.profile, mock=report.mock), report.to_json())
    history.append(lines, history.Past.of(report, benched.entry.key))
    return history.read(lines)


def last(data_dir: Path, profile: str, *, mock: bool) -> BenchReport | None:
    """The last report of a profile; None where there is none. Raises StorageError for a damaged one."""
    file = path_in(data_dir, profile, mock=mock)
    try:
        report = BenchReport.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refusal(file, error.strerror or str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        raise _refusal(file, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    # A profile may be called as another one's mock.
    return report if (report.profile, report.mock) == (profile, mock) else None


def _refusal(file: Path, found: str) -> StorageError:
    return StorageError(
        f"the last report {one_line(str(file))} cannot be read",
        found=one_line(found)[:200],
        expected="a report as vortex-tui bench of this version writes it",
        mend="run the bench again: it is replaced",
    )
