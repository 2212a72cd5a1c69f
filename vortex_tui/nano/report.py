"""Prints what an evaluation found."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from vortex_tui.nano import evaluate


def show(data: Path, count: int) -> None:
    """Evaluate the model in `data` and print a table on stdout."""
    table = Table(
        "expert", "held-out phrasings", "training phrasings", "base alone", title=f"exact match, {count} each"
    )
    for domain, figures in evaluate.score(data, count).items():
        table.add_row(domain, *(f"{figures[key]:.1%}" for key in ("expert", "expert_seen", "base")))
    Console().print(table)
