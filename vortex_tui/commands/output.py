"""How commands show things: data on stdout, diagnostics on stderr, foreign text never raw on a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vortex_tui.escape import one_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def print_json(document: Mapping[str, Any]) -> None:
    """One JSON document on stdout; on a terminal in ASCII, so that no character can act on it."""
    text = json.dumps(document, indent=2, ensure_ascii=sys.stdout.isatty())
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def stdout_console() -> Console:
    """A console on stdout that neither reads markup nor guesses highlights."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False)


def stderr_console() -> Console:
    """The same on stderr."""
    from rich.console import Console

    return Console(stderr=True, markup=False, highlight=False, emoji=False)


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], numeric: Sequence[str] = ()
) -> Table:
    """A plain table; every cell is shown escaped and on one line. Columns in ``numeric`` align right."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in numeric else "left", overflow="fold")
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text(one_line(str(cell))) for cell in row))
    return made
