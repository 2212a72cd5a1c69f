"""A router's decision on a terminal of 80 columns: who answers, how likely, and what tells so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from vortex_tui.commands.cells import bar
from vortex_tui.commands.output import table
from vortex_tui.escape import one_line
from vortex_tui.experts.names import shortened

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

    from vortex_tui.engine.protocol import Candidate, RoutedMix

BASE = "base"
# Experts that are explained: those whose nearest exemplars the router tells.
_EXPLAINED = 3
# Of an exemplar, what any terminal has room for; the rest of it is not even escaped.
_LONGEST = 500
_NAME, _BAR = 32, 20
_LABEL = 11
_CELL = 13

Names = Mapping[str, str]


def told(routed: RoutedMix, names: Names, shown: int, *, blocks: bool = True) -> RenderableType:
    """The decision; without ``blocks`` the bars are made of ``#``."""
    from rich.console import Group

    return Group(_candidates(routed, names, shown, blocks), *_why(routed, names))


def _candidates(routed: RoutedMix, names: Names, shown: int, blocks: bool) -> Table:
    weights = {share.expert: share.weight for share in routed.mix} or {BASE: 1.0}
    kept = _shown(routed, weights, shown)
    rows = [
        (
            _name(one.expert, names),
            f"{weights[one.expert]:.2f}" if one.expert in weights else "",
            percent(one.score),
            bar(one.score, blocks, _BAR),
        )
        for one in kept
    ]
    if rest := len(routed.candidates) - len(kept):
        rows.append((f"… and {rest} more", "", "", ""))
    columns = ("expert", "weight", _measure(routed), "")
    return table("", columns, rows, numeric=columns[1:3])


def _shown(routed: RoutedMix, weights: Mapping[str, float], shown: int) -> list[Candidate]:
    """The likeliest experts, all that are in the mix, and the base."""
    experts = [one for one in routed.candidates if one.expert != BASE]
    kept = {one.expert for one in experts[:shown]} | weights.keys() | {BASE}
    return [one for one in routed.candidates if one.expert in kept]


def _measure(routed: RoutedMix) -> str:
    """What a score is: only a fitted head gives probabilities."""
    return "probability" if any(one.features for one in routed.candidates) else "score"


def _why(routed: RoutedMix, names: Names) -> Iterator[Text]:
    # The reason is read to its end: it may go on in a second line.
    why = _line("why", one_line(shortened(routed.reason, names)) or "–")
    why.no_wrap, why.overflow = False, "fold"
    yield why
    yield _line("mode", one_line(routed.mode))
    encoder = f"encoder {routed.encoder_ms:.1f} ms" if routed.encoder_ms else "no encoder asked"
    yield _line("took", f"router {routed.router_ms:.1f} ms, {encoder}")


def explained(routed: RoutedMix, names: Names) -> RenderableType:
    """What the likeliest experts and the base were judged by, and what had to be exceeded."""
    from rich.console import Group
    from rich.text import Text

    if not any(one.features for one in routed.candidates):
        return Text(f"\nThe mode {one_line(routed.mode)} judges by the scores alone.")
    experts = [one for one in routed.candidates if one.expert != BASE][:_EXPLAINED]
    base = [one for one in routed.candidates if one.expert == BASE]
    parts = [part for one in (*experts, *base) for part in _judged(one, names)]
    return Group(*parts, Text(""), *_threshold(routed))


def _threshold(routed: RoutedMix) -> Iterator[Text]:
    yield _line("called for", f"{percent(routed.called_for)} that some expert should answer")
    yield _line("threshold", f"{percent(routed.threshold)} had to be exceeded, else the base answers")


def _judged(one: Candidate, names: Names) -> Iterator[Text]:
    """A candidate's features, a view a line, and its exemplars most like the prompt."""
    from rich.text import Text

    yield Text("")
    yield Text(f"{_name(one.expert, names)}  {percent(one.score)}", style="bold")
    heading: Sequence[str] = ()
    for view, features in _views(one.features):
        if tuple(features) != tuple(heading):
            heading = tuple(features)
            yield _line("", "".join(f"{name:>{_CELL}}" for name in heading))
        yield _line(view, "".join(f"{value:>{_CELL}.2f}" for value in features.values()))
    for text in one.nearest:
        yield _line("like", _plain(text))


def _views(features: Mapping[str, float]) -> Iterator[tuple[str, dict[str, float]]]:
    """Features named ``view_feature``, by view, in their order."""
    views = dict.fromkeys(name.partition("_")[0] for name in features)
    for view in views:
        yield view, {n.partition("_")[2]: v for n, v in features.items() if n.partition("_")[0] == view}


def _line(label: str, text: str) -> Text:
    """A labelled line, cut where the terminal ends."""
    from rich.text import Text

    return Text(f"  {one_line(label):<{_LABEL}}{text}", no_wrap=True, overflow="ellipsis")


def _plain(text: str) -> str:
    return one_line(text[:_LONGEST])


def _name(expert: str, names: Names) -> str:
    name = one_line(names.get(expert, expert))
    return name if len(name) <= _NAME else name[: _NAME - 1] + "…"


def percent(share: float) -> str:
    """A share in per cent; what is not quite none or all says so."""
    if 0.0 < share < 0.0005:
        return "< 0.1 %"
    if 0.9995 <= share < 1.0:
        return "> 99.9 %"
    return f"{share:.1%}".replace("%", " %")
