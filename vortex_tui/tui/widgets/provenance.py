"""Where a candidate comes from: data by hash, parent, base, seeds, and the losses of its training."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from textual.content import Content

from vortex_tui.escape import one_line
from vortex_tui.experts.manifest import ExpertManifest
from vortex_tui.promotion import training_data
from vortex_tui.tui.words import moment

_LABEL = "$text-muted"
_CELLS = "▁▂▃▄▅▆▇█"
_TOPS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_WIDTH = 40
# As long as a hash beside it leaves in 80 columns.
_LABELS = 11
_LONG = 40
_LONGEST = 600
# Told in a shape of their own.
_DRAWN = ("curve", "evaluations", "data", "base")


def provenance_content(manifest: ExpertManifest | None) -> Content:
    """All that the manifest says, the curves drawn."""
    if manifest is None:
        return Content.styled("Its manifest cannot be read.", "$text-warning")
    return Content("\n").join(_lines(manifest))


def _lines(found: ExpertManifest) -> Iterator[Content]:
    told = found.training
    yield _line("trained", moment(found.created) if found.created else "it does not say")
    yield _line("adapter", found.content_hash)
    yield _line(
        "", f"rank {found.rank}, alpha {found.alpha:g}, {', '.join(map(one_line, found.target_modules))}"
    )
    yield _line("base", found.base_fingerprint)
    yield from _pairs("base", told.get("base"))
    yield _line("parent", _plain(told.get("parent") or "none"))
    if not training_data.hashes(found):
        yield _line("data", "the manifest names none by hash")
    yield from _data(told)
    yield _line("exemplars", f"{len(found.exemplars)}: what the router knows it by")
    for key in sorted(told.keys() - {*_DRAWN, "parent"}):
        yield _line(key, _plain(told[key]))
    yield from _curve("loss", told.get("curve"))
    yield from _curve("held-out", told.get("evaluations"))
    yield from _pairs("measured", found.evaluation)


def _data(told: Mapping[str, Any]) -> Iterator[Content]:
    for key in sorted(key for key in told if "data" in key):
        yield from _pairs("data", told[key])


def _pairs(label: str, value: object) -> Iterator[Content]:
    """A table of the manifest, a line for each of its keys, as deep as it is."""
    if not isinstance(value, Mapping):
        if value is not None:
            yield _line(label, _plain(value))
        return
    for name, each in value.items():
        if isinstance(each, Mapping):
            yield from _pairs(label, each)
            label = ""
            continue
        key, told = one_line(str(name)), _plain(each)
        # A hash is not broken into two: it has a line of its own.
        apart = isinstance(each, str) and len(told) > _LONG
        yield _line(label, key if apart else f"{key}  {told}")
        label = ""
        if apart:
            yield _line("", told)


def _line(label: str, words: str) -> Content:
    return Content.assemble((f"{one_line(label)[:_LABELS]:<{_LABELS + 1}}", _LABEL), words)


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return " · ".join(f"{one_line(str(key))} {_plain(each)}" for key, each in value.items())[:_LONGEST]
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_plain, value))[:_LONGEST]
    return one_line(f"{value:g}" if isinstance(value, float) else str(value))[:_LONGEST]


# --- curves -----------------------------------------------------------------


def _curve(label: str, points: object) -> Iterator[Content]:
    losses = _losses(points)
    if losses:
        top = next((step for step in _TOPS if step >= max(losses)), max(losses))
        scale = f"  0–{top:g} nats, {losses[0]:.3f} → {losses[-1]:.3f}"
        yield Content.assemble(
            (f"{label:<{_LABELS + 1}}", _LABEL), (cells(losses, top), "$accent"), (scale, _LABEL)
        )


def _losses(points: object) -> list[float]:
    """The losses among what a manifest has in that place; whatever else it has is passed over."""
    found = points if isinstance(points, (list, tuple)) else ()
    told = [each.get("loss") if isinstance(each, Mapping) else each for each in found]
    numbers = [float(each) for each in told if isinstance(each, (int, float)) and not isinstance(each, bool)]
    return [each for each in numbers if math.isfinite(each) and each >= 0.0]


def cells(values: Sequence[float], top: float, width: int = _WIDTH) -> str:
    """Values from 0 to ``top``, one a cell; of more than fit, neighbours share a cell and their mean."""
    count = min(width, len(values))
    edges = [len(values) * place // count for place in range(count + 1)]
    means = [math.fsum(values[start:end]) / (end - start) for start, end in pairwise(edges)]
    return "".join(_CELLS[min(int(mean / top * len(_CELLS)), len(_CELLS) - 1)] for mean in means)
