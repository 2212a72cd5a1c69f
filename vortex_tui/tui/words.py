"""Numbers and mixes in the few words a terminal has room for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from vortex_tui.engine.protocol import Done, MixShare
from vortex_tui.escape import one_line
from vortex_tui.tui.turn import Marked, Turn

BASE = "base"

_FINISH = {
    "stop": "",
    "stop_string": "stopped at a stop string",
    "length": "stopped at the token limit",
    "cancelled": "cancelled",
}


def share(weight: float) -> str:
    """A weight in 0..1 with two digits and no leading zero: ``.70``."""
    text = f"{weight:.2f}"
    return text[1:] if text.startswith("0") else text


def percent(probability: float) -> str:
    """A probability as ``83%``; what is not quite none or all says so: ``<1%``, ``>99%``."""
    if 0.0 < probability < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= probability < 1.0 else f"{probability:.0%}"


def rate(per_second: float) -> str:
    """Tokens a second: ``84.3 t/s``, ``1.9k t/s``."""
    if per_second >= 1000:
        return f"{per_second / 1000:.1f}k t/s"
    return f"{per_second:.1f} t/s" if per_second < 100 else f"{per_second:.0f} t/s"


def tenths(value: float) -> str:
    """One decimal, and none beyond two digits."""
    return f"{value:.0f}" if abs(value) >= 99.95 else f"{value:.1f}"


def moment(created: str) -> str:
    """A time of a file in local time, to the minute; what is no time is shown as it is, escaped."""
    try:
        return datetime.fromisoformat(created).astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return one_line(created)[:32]


def duration(ms: float) -> str:
    """Milliseconds below a second, else seconds."""
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.2f} s"


def memory(mb: float) -> str:
    """Mebibytes: ``412M`` or ``13.1G``."""
    return f"{mb:.0f}M" if mb < 1000 else f"{mb / 1024:.1f}G"


def memory_or_na(mb: float | None) -> str:
    """Mebibytes, or ``n/a`` where they are not known."""
    return "n/a" if mb is None else memory(mb)


def bar(fraction: float, width: int) -> tuple[str, str]:
    """The filled and the empty part of a bar; any fraction above 0 shows at least one cell."""
    inside = min(max(fraction, 0.0), 1.0)
    filled = min(width, max(round(inside * width), 1 if inside > 0 else 0))
    return "▓" * filled, "░" * (width - filled)


def name_of(expert: str, names: Mapping[str, str]) -> str:
    """An expert's short name, safe to show."""
    return one_line(names.get(expert, expert))


def indented(question: str) -> str:
    """The lines of a question after the first, below its first word."""
    return question.replace("\n", "\n" + " " * len("▌you   "))


def mix_words(mix: Sequence[MixShare], names: Mapping[str, str]) -> str:
    """``arithmetic .70 · units .30``, or ``base`` for the base alone."""
    if not mix:
        return BASE
    return " · ".join(f"{name_of(part.expert, names)} {share(part.weight)}" for part in mix)


def _dropped(done: Done) -> str:
    if done.dropped_turns:
        return f"{done.dropped_turns} earlier turns left out to fit"
    return f"{done.dropped_tokens} tokens left out to fit" if done.dropped_tokens else ""


def reused(done: Done) -> str:
    """How much of a prompt's K/V was there, and what copying it from host memory took."""
    if not done.kv_reused_tokens:
        return "none"
    copied = f", {memory(done.kv_restored_bytes / 2**20)} copied in {duration(done.kv_restored_ms)}"
    return f"{done.kv_reused_tokens} tok" + (copied if done.kv_restored_bytes else "")


def figures(done: Done) -> str:
    """The line under an answer, all of it measured by the engine."""
    # A rate between first and last token needs two tokens.
    decode = rate(done.decode_tokens_per_sec) if done.completion_tokens > 1 else "n/a"
    parts = [
        f"ttft {duration(done.ttft_ms)}",
        f"prefill {rate(done.prefill_tokens_per_sec)}",
        f"decode {decode}",
        f"{done.completion_tokens} tok",
        f"kv reused {reused(done)}" if done.kv_reused_tokens else "",
        _FINISH[done.finish_reason],
        _dropped(done),
    ]
    return " · ".join(part for part in parts if part)


def mark_words(marked: Marked | None) -> str:
    """What was said of an answer, and whether that was kept."""
    if marked is None:
        return ""
    return f" · {marked.mark}" if marked.kept else f" · {marked.mark}, not kept"


def foot_words(turn: Turn) -> str:
    """The line under a turn's answer: its figures, or why there are none."""
    if turn.done is not None:
        empty = "" if turn.text.strip() else "the answer has no visible text · "
        return empty + figures(turn.done) + mark_words(turn.marked)
    return "cancelled before it was asked" if turn.state == "cancelled" else ""
