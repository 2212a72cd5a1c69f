"""The ledger, newest first; one that cannot be believed says so above everything."""

from __future__ import annotations

from textual.content import Content

from vortex_tui.escape import one_line
from vortex_tui.promotion.line import Event, Line
from vortex_tui.tui.quarantine import Quarantine
from vortex_tui.tui.widgets.error_block import error_content
from vortex_tui.tui.words import moment

_MOST = 200
_LABEL = "$text-muted"
_MARKS: dict[Event, tuple[str, str]] = {
    "promoted": ("✓", "$text-success"),
    "rolled_back": ("↶", "$text-warning"),
    "refused": ("✗", "$text-error"),
    "rejected": ("✗", "$text-error"),
    "abandoned": ("!", "$text-warning"),
    "torn_line": ("!", "$text-warning"),
    "restarted": ("!", "$text-warning"),
}


def ledger_content(seen: Quarantine) -> Content:
    """What is broken and what a crash left, then the lines."""
    lines = [Content.styled(words, "bold $text-error") for words in broken(seen)]
    if seen.trouble is not None:
        return error_content(seen.trouble)
    known = seen.ledger.lines if seen.ledger else ()
    lines += [Content.styled(f"! {one_line(note)}", "$text-warning") for note in _notes(seen)]
    if not lines and known:
        lines = [Content.styled(f"✓ {len(known):,} line{'s' * (len(known) != 1)}, whole", _LABEL)]
    lines += [_line(line) for line in reversed(known[-_MOST:])]
    if (rest := len(known) - _MOST) > 0:
        lines.append(Content.styled(f"… and {rest:,} before them: vortex-tui ledger", _LABEL))
    return Content("\n").join(
        lines or [Content.styled("Nothing was decided in this data folder yet.", _LABEL)]
    )


def broken(seen: Quarantine) -> list[str]:
    """Why the ledger cannot be believed, and what mends it; nothing where it can be."""
    if seen.trouble is not None:
        return [f"✗ the ledger cannot be believed: {one_line(seen.trouble.message)}"]
    found = seen.ledger
    if found is None or found.ok:
        return []
    if found.fault is None:
        return [f"✗ the champions are not those of the ledger: {one_line(found.told)}",
                "  vortex-tui ledger --mend puts them back"]  # fmt: skip
    return [
        f"✗ the ledger's chain is broken in {one_line(str(found.fault))}",
        "  Nothing is promoted while it is. The lines before it are shown. Restore the data folder,",
        "  or vortex-tui ledger --begin-anew at a terminal.",
    ]


def _notes(seen: Quarantine) -> tuple[str, ...]:
    return seen.ledger.notes if seen.ledger else ()


def _line(line: Line) -> Content:
    mark, style = _MARKS.get(line.event, ("·", _LABEL))
    who = one_line(line.candidate.id) if line.candidate else one_line(line.domain)
    head = (f"{line.seq:>4} ", _LABEL), f"{moment(line.time)}  "
    event = (f"{mark} {line.event.replace('_', ' '):<12} ", style)
    reason = (f"\n     {one_line(line.reason)}", _LABEL) if line.reason else ("", "")
    return Content.assemble(*head, event, who, reason)
