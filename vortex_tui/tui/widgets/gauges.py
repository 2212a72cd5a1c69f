"""Gauges: GPU, host, tokens a second and context. Two lines below, or a column where there is room."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from vortex_tui.escape import one_line
from vortex_tui.tui.readings import Readings
from vortex_tui.tui.widgets.gpu_gauge import division, figures, processes, short_words, used_words
from vortex_tui.tui.widgets.lines import LABEL, head, height, spread
from vortex_tui.tui.widgets.memory_bar import Band, bands, legend, stacked
from vortex_tui.tui.words import bar, duration, memory, memory_or_na, rate, reused

Piece = Content | str | tuple[str, str]
_STRIP_BAR = 8


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
        left = Content.assemble(("VRAM ", LABEL), self._vram_words(), *self._strip_gpu())
        right = Content.assemble(
            ("RAM worker ", LABEL), self._worker_words(), ("  host ", LABEL), self._host_words()
        )
        return spread(left, right, width)

    def _speed_line(self, width: int) -> Content:
        readings = self._readings
        history = readings.history
        left = Content.assemble(
            (f"{self._rate_words():>10} ", "bold" if readings.running else LABEL),
            (history.cells(20), "$accent"),
            (f" 0–{history.top:.0f}", LABEL),
        )
        right = Content.assemble(
            ("ctx ", LABEL),
            *_of(readings.context_used, readings.context_total, 10, "$primary"),
            f" {self._context_words()}",
        )
        return spread(left, right, width)

    def _strip_gpu(self) -> list[Piece]:
        gpu = self._readings.gpu
        if gpu is None or gpu.used_mb is None:
            return []
        parts = bands(self._readings.gpu_split(gpu))
        shown = stacked(parts, gpu.total_mb, self._readings.budget_mb, _STRIP_BAR)
        return [" ", shown, f" {short_words(gpu)}"]

    # --- the column ---------------------------------------------------------

    def _column(self, width: int) -> Content:
        below = [self._speed_block(width), self._context_block(width), self._last_block()]
        shown = Content()
        # The machine says as much as there is room for.
        for details in (2, 1, 0):
            above = [self._gpu_block(width, details), self._ram_block(width, details)]
            shown = Content("\n\n").join([*above, *below])
            if height(shown, width) <= self.content_size.height:
                break
        return shown

    def _gpu_block(self, width: int, details: int) -> Content:
        """One GPU: memory, name; with ``details`` 1 its figures too, with 2 its processes."""
        readings = self._readings
        gpu = readings.gpu
        if gpu is None:
            reason = one_line(readings.gpus.reason) if readings.gpus else "asking the driver"
            return Content.assemble(head("VRAM", "n/a", width), (f"\n{reason}", LABEL))
        known = gpu.used_mb is not None and gpu.total_mb is not None
        lines = [head(self._gpu_label(), used_words(gpu) if known else "n/a", width)]
        shown = division(gpu, readings.gpu_split(gpu), readings.budget_mb, width)
        lines += shown if details else shown[:1]
        lines.append(Content.styled(one_line(gpu.name), LABEL))
        lines += figures(gpu, width) if details else []
        lines += processes(gpu, width) if details > 1 else []
        return Content("\n").join(lines)

    def _gpu_label(self) -> str:
        found = self._readings.gpus.found if self._readings.gpus else ()
        return "VRAM" if len(found) < 2 else f"VRAM {self._readings.gpu_place + 1}/{len(found)}"

    def _ram_block(self, width: int, details: int) -> Content:
        host = self._readings.host
        bars = _of(host.used_mb if host else None, host.total_mb if host else None, width, "$primary")
        lines = [
            head("RAM host", self._host_words(), width),
            Content.assemble(*bars),
            head("RAM worker", self._worker_words(), width),
        ]
        if details:
            lines += legend(self._worker_bands(), None, width)
            lines.append(head("CPU · worker", self._cpu_words(), width))
            lines.append(head("disk free", memory_or_na(host.disk_free_mb if host else None), width))
        return Content("\n").join(lines)

    def _worker_bands(self) -> list[Band]:
        """What the worker's memory is used for, when it can say more than how much it is."""
        split = self._readings.host_split()
        return bands(split) if split.weights_mb is not None else []

    def _speed_block(self, width: int) -> Content:
        history = self._readings.history
        scale = (f"\n0–{history.top:.0f} t/s, newest at the right", LABEL)
        title = "decode now" if self._readings.running else "decode, last"
        return Content.assemble(
            head(title, self._rate_words(), width), "\n", (history.cells(width), "$accent"), scale
        )

    def _context_block(self, width: int) -> Content:
        readings = self._readings
        bars = _of(readings.context_used, readings.context_total, width, "$primary")
        return Content.assemble(head("context", self._context_words(), width), "\n", *bars)

    def _last_block(self) -> Content:
        done = self._readings.done
        if done is None:
            return Content.styled("no answer yet", LABEL)
        evaluated = done.prompt_tokens - done.kv_reused_tokens
        lines = [
            f"first token  {duration(done.ttft_ms)}",
            f"prefill      {evaluated} tok, {rate(done.prefill_tokens_per_sec)}",
            f"K/V reused   {reused(done)}",
            f"answer       {done.completion_tokens} tok, {rate(done.tokens_per_sec)}",
            *self._kept_lines(),
        ]
        return Content.assemble(("last answer\n", LABEL), Content("\n".join(lines)))

    def _kept_lines(self) -> list[str]:
        stats = self._readings.stats
        if stats is None or not stats.kv_lookups:
            return []
        return [f"K/V hits     {stats.kv_hits} of {stats.kv_lookups}, {memory(stats.kv_host_mb)} in RAM"]

    # --- words --------------------------------------------------------------

    def _vram_words(self) -> str:
        gpus, gpu = self._readings.gpus, self._readings.gpu
        if gpu is not None:
            return used_words(gpu)
        return f"n/a: {one_line(gpus.reason)}" if gpus else "…"

    def _worker_words(self) -> str:
        stats = self._readings.stats
        return memory(stats.rss_mb) if stats else "–"

    def _host_words(self) -> str:
        host = self._readings.host
        return f"{memory_or_na(host.used_mb)}/{memory_or_na(host.total_mb)}" if host else "…"

    def _cpu_words(self) -> str:
        host = self._readings.host
        everything = "n/a" if host is None or host.cpu_percent is None else f"{host.cpu_percent:.0f}%"
        ours = None if host is None else host.worker_cpu_percent
        # 100 % of one core is one core.
        return f"{everything} · {'n/a' if ours is None else f'{ours / 100:.1f} cores'}"

    def _rate_words(self) -> str:
        current = self._readings.rate
        return "– t/s" if current is None else rate(current)

    def _context_words(self) -> str:
        readings = self._readings
        used = "–" if readings.context_used is None else str(readings.context_used)
        return f"{used}/{readings.context_total or '–'}"
