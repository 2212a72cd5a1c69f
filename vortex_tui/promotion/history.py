"""What the ledger says the aliases are: its lines, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from vortex_tui.escape import one_line
from vortex_tui.experts import aliases
from vortex_tui.experts.aliases import Alias, Aliases
from vortex_tui.promotion.anchor import LedgerError
from vortex_tui.promotion.line import INTENTS, Line
from vortex_tui.promotion.site import champion


def told(lines: Sequence[Line]) -> Aliases:
    """The aliases as these lines made them."""
    found = Aliases()
    for line in lines:
        alias = found.of(line.base, line.domain)
        if line.event == "promoted":
            found = found.replaced(line.base, line.domain, _promoted(alias, line, lines))
        elif line.event == "rolled_back" and alias is not None:
            found = found.replaced(line.base, line.domain, _rolled_back(alias, line))
        elif line.event == "adopted":
            found = found.replaced(line.base, line.domain, Alias(champion=champion(line.candidate)))
    return found


def since(line: Line, lines: Sequence[Line]) -> str:
    """When the promotion that a line ends was begun: the time that its alias has."""
    return lines[line.of - 1].time if line.of is not None and line.of <= len(lines) else line.time


def _promoted(alias: Alias | None, line: Line, lines: Sequence[Line]) -> Alias:
    before = alias or Alias(champion=champion(line.champion))
    new = champion(line.candidate, since(line, lines))
    return before.promoted(new) if new else before


def _rolled_back(alias: Alias, line: Line) -> Alias:
    """Back to the latest former champion that is the line's."""
    for places, former in enumerate(reversed(alias.history), 1):
        if _same(former, line):
            return alias.rolled_back(places)
    return Alias(champion=champion(line.candidate))


def _same(former: aliases.Champion | None, line: Line) -> bool:
    wanted = line.candidate
    if former is None or wanted is None:
        return former is None and wanted is None
    return (former.id, former.content_hash) == (wanted.id, wanted.content_hash)


def open_intent(lines: Sequence[Line]) -> Line | None:
    """The promotion or rollback that was begun last and not ended; None when all were."""
    ended = {line.of for line in lines if line.of is not None}
    begun = [line for line in lines if line.event in INTENTS]
    return begun[-1] if begun and begun[-1].seq not in ended else None


def differences(lines: Sequence[Line], found: Aliases) -> list[str]:
    """Where the aliases are not as the ledger says, in words; what is under way is passed over."""
    wanted, intent = told(lines), open_intent(lines)
    under_way = {(intent.base, intent.domain)} if intent else set()
    places = {
        (base, domain) for each in (wanted, found) for base in each.bases for domain in each.bases[base]
    }
    return [
        f"{one_line(domain)}: {_name(found.of(base, domain))}, by the ledger {_name(wanted.of(base, domain))}"
        for base, domain in sorted(places - under_way)
        if found.of(base, domain) != wanted.of(base, domain)
    ]


def check(lines: Sequence[Line], found: Aliases) -> None:
    """Raises LedgerError when the aliases were changed by anything but promotions and rollbacks."""
    if different := differences(lines, found):
        raise LedgerError(
            "the champions are not those of the ledger",
            found="; ".join(different)[:500],
            expected="aliases that only promotions and rollbacks moved",
            mend="vortex-tui ledger --mend puts them back",
        )


def _name(alias: Alias | None) -> str:
    if alias is None:
        return "no alias"
    name = one_line(alias.champion.id) if alias.champion else "nobody"
    return f"{name} and {len(alias.history)} before"
