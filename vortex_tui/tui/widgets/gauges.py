"""Gauges: VRAM, RAM, tokens a second and context. Two lines below, or a column where there is room."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from vortex_tui.escape import one_line
from vortex_tui.tui.readings import Readings
from vortex_tui.tui.words import bar, duration, memory, rate, reused

Piece = Content | tuple[str, str]
_LABEL = "$text-muted"


def _of(used: float | None, total: float | None, width: int, style: str) -> list[Piece]:
    full, empty = bar(used / total if used and total else 0.0, width)
    return [(full, style), (empty, "$text-muted")]


class Gauges(Static):
    """Draws ``Readings``; the form follows the room it has."""

    def __init__(self, readings: Readings) -> None:
        super().__init__("", id="gauges")
        self.border_title = "Gauges"
        self._readings = readings

    def render(self) -> Content:
        """Lines of the strip or of the column."""
        width = self.content_size.width
        if self.content_size.height > 2:
            return self._column(width)
        return Content("\n").join([self._memory_line(width), self._speed_line(width)])

    # --- the strip ----------------------------------------------------------

    def _memory_line(self, width: int) -> Content:
        left = Content.assemble(("VRAM ", _LABEL), self._vram_words())
        right = Content.assemble(
            ("RAM worker ", _LABEL), self._worker_words(), ("  host ", _LABEL), self._host_words()
        )
        return _spread(left, right, width)

    def _speed_line(self, width: int) -> Content:
        readings = self._readings
        history = readings.history
        left = Content.assemble(
            (f"{self._rate_words():>10} ", "bold" if readings.running else _LABEL),
            (history.cells(20), "$accent"),
            (f" 0–{history.top:.0f}", _LABEL),
        )
        right = Content.assemble(
            ("ctx ", _LABEL),
            *_of(readings.context_used, readings.context_total, 10, "$primary"),
            f" {self._context_words()}",
        )
        return _spread(left, right, width)

    # --- the column ---------------------------------------------------------

    def _column(self, width: int) -> Content:
        blocks = [self._vram_block(width), self._ram_block(width), self._speed_block(width)]
        blocks += [self._context_block(width), self._last_block()]
        return Content("\n\n").join(blocks)

    def _vram_block(self, width: int) -> Content:
        vram = self._readings.vram
        if vram is None or vram.total_mb is None:
            reason = one_line(vram.reason) if vram else "asking the driver"
            return Content.assemble(_head("VRAM", "n/a", width), (f"\n{reason}", _LABEL))
        bars = _of(vram.used_mb, vram.total_mb, width, "$primary")
        name = (f"\n{one_line(vram.name)}", _LABEL)
        return Content.assemble(_head("VRAM", self._vram_words(), width), "\n", *bars, name)

    def _ram_block(self, width: int) -> Content:
        host = self._readings.host
        bars = _of(host.used_mb if host else None, host.total_mb if host else None, width, "$primary")
        return Content.assemble(
            _head("RAM host", self._host_words(), width),
            "\n",
            *bars,
            "\n",
            _head("RAM worker", self._worker_words(), width),
        )

    def _speed_block(self, width: int) -> Content:
        history = self._readings.history
        scale = (f"\n0–{history.top:.0f} t/s, newest at the right", _LABEL)
        title = "decode now" if self._readings.running else "decode, last"
        return Content.assemble(
            _head(title, self._rate_words(), width), "\n", (history.cells(width), "$accent"), scale
        )

    def _context_block(self, width: int) -> Content:
        readings = self._readings
        bars = _of(readings.context_used, readings.context_total, width, "$primary")
        return Content.assemble(_head("context", self._context_words(), width), "\n", *bars)

    def _last_block(self) -> Content:
        done = self._readings.done
        if done is None:
            return Content.styled("no answer yet", _LABEL)
        evaluated = done.prompt_tokens - done.kv_reused_tokens
        lines = [
            f"first token  {duration(done.ttft_ms)}",
            f"prefill      {evaluated} tok, {rate(done.prefill_tokens_per_sec)}",
            f"K/V reused   {reused(done)}",
            f"answer       {done.completion_tokens} tok, {rate(done.tokens_per_sec)}",
            *self._kept_lines(),
        ]
        return Content.assemble(("last answer\n", _LABEL), Content("\n".join(lines)))

    def _kept_lines(self) -> list[str]:
        stats = self._readings.stats
        if stats is None or not stats.kv_lookups:
            return []
        return [f"K/V hits     {stats.kv_hits} of {stats.kv_lookups}, {memory(stats.kv_host_mb)} in RAM"]

    # --- words --------------------------------------------------------------

    def _vram_words(self) -> str:
        vram = self._readings.vram
        if vram is None:
            return "…"
        if vram.used_mb is None or vram.total_mb is None:
            return f"n/a: {one_line(vram.reason)}"
        return f"{memory(vram.used_mb)}/{memory(vram.total_mb)}"

    def _worker_words(self) -> str:
        stats = self._readings.stats
        return memory(stats.rss_mb) if stats else "–"

    def _host_words(self) -> str:
        host = self._readings.host
        return f"{memory(host.used_mb)}/{memory(host.total_mb)}" if host else "…"

    def _rate_words(self) -> str:
        current = self._readings.rate
        return "– t/s" if current is None else rate(current)

    def _context_words(self) -> str:
        readings = self._readings
        used = "–" if readings.context_used is None else str(readings.context_used)
        return f"{used}/{readings.context_total or '–'}"


def _spread(left: Content, right: Content, width: int) -> Content:
    """``left`` and ``right`` at the two ends of a line; too long, the left gives way."""
    room = width - right.cell_length - 1
    shown = left.truncate(max(room, 0), ellipsis=True)
    return Content.assemble(shown, " " * (room + 1 - shown.cell_length), right)


def _head(label: str, value: str, width: int) -> Content:
    return _spread(Content.styled(label, _LABEL), Content(value), width)
