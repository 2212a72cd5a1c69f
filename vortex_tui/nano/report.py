"""Prints what an evaluation found."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from vortex_tui.errors import StorageError
from vortex_tui.nano import evaluate, files
from vortex_tui.nano.tasks import BY_LOSS

_SHARES = {"sealed": "sealed wordings", "plain": "no usual words", "open": "training wordings",
           "control": "multitask", "base": "base alone"}  # fmt: skip
_LOSSES = {"expert": "expert", "control": "multitask", "base": "base alone"}


def show(data: Path, count: int) -> None:
    """Evaluate the model in `data` and print tables on stdout. Raises StorageError."""
    if not (data / files.INDEX).is_file():
        raise StorageError(
            f"no finished nano in {data}",
            found=f"no {files.INDEX}",
            expected="a folder that the recipe finished",
            mend="python -m vortex_tui.nano, or give another folder with --out",
        )
    figures = evaluate.score(data, count)
    console = Console()
    console.print(_shares(figures, count))
    console.print(_losses(figures))
    console.print(_base(figures["base"]))


def _shares(figures: Mapping[str, Mapping[str, float]], count: int) -> Table:
    """What is answered exactly."""
    table = Table("expert", *_SHARES.values(), title=f"exact match, up to {count} prompts each")
    for domain, found in figures.items():
        if domain not in (*BY_LOSS, "base"):
            table.add_row(domain, *(f"{found[key]:.1%}" for key in _SHARES))
    return table


def _losses(figures: Mapping[str, Mapping[str, float]]) -> Table:
    """How likely the right answers are."""
    table = Table("expert", *_LOSSES.values(), title="loss on held-out packages, nats an answer token")
    for domain in BY_LOSS:
        if domain in figures:
            table.add_row(domain, *(f"{figures[domain][key]:.3f}" for key in _LOSSES))
    return table


def _base(found: Mapping[str, float]) -> Table:
    """What the base does by itself."""
    table = Table("base", "figure", title="the base alone, in NF4")
    for name, value in found.items():
        table.add_row(name.replace("_", " "), f"{value:.1%}" if name == "native" else f"{value:g}")
    return table
