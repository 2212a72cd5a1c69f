"""One check of the doctor's report: a line when it is well, in full when something is wrong with it."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from vortex_tui.doctor.report import Check, Status
from vortex_tui.escape import one_line, visible

MARKS: dict[Status, tuple[str, str]] = {
    "fail": ("✗", "bold $text-error"),
    "warn": ("!", "bold $text-warning"),
    "pass": ("✓", "$text-success"),
    "skip": ("–", "$text-muted"),
}
# Below this nobody waits, and a changing number only unsettles.
_SLOW_MS = 1000.0


def check_content(check: Check) -> Content:
    """One check: in full when something is wrong with it, else on one line."""
    mark, style = MARKS[check.status]
    parts: list[Content | tuple[str, str]] = [(f"{mark} {check.title}", style)]
    if check.ms >= _SLOW_MS:
        parts.append((f"  {check.ms / 1000:.1f} s", "$text-muted"))
    if check.status in ("pass", "skip"):
        parts.append(("  " + one_line(check.found), "$text-muted"))
        return Content.assemble(*parts, *_table(check))
    for label, text in (("found", check.found), ("expected", check.expected), ("mend", check.mend)):
        if text:
            parts += [(f"\n  {label:<9}", "$text-muted"), Content(visible(text))]
    return Content.assemble(*parts, *_table(check))


def _table(check: Check) -> list[Content]:
    return [Content(visible(f"\n  {line}")) for line in check.details]


def check_text(check: Check) -> str:
    """The same as plain text, with its time."""
    lines = [f"{MARKS[check.status][0]} {check.title} ({check.ms:.0f} ms)  {one_line(check.found)}"]
    if check.status in ("warn", "fail"):
        told = (("expected", check.expected), ("mend", check.mend))
        lines += [f"  {label:<9}{one_line(text)}" for label, text in told if text]
    lines += [f"  {line}" for line in check.details]
    return "\n".join(lines)


class CheckRow(Static, can_focus=True):
    """A check that can be walked to, to run it again or to mend it."""

    def __init__(self, check: Check) -> None:
        super().__init__(check_content(check), classes=_group(check))
        self.check = check

    @property
    def rank(self) -> tuple[int, int]:
        """What is wrong stands first, then the order of the list."""
        return ("fail", "warn", "fine").index(_group(self.check)), self.check.place

    def show(self, check: Check) -> None:
        """Take the newest look at the same thing."""
        self.check = check
        self.set_classes(_group(check))
        self.update(check_content(check))


def _group(check: Check) -> str:
    return check.status if check.status in ("fail", "warn") else "fine"
