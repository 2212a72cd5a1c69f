"""One engine for one command: opened, loaded with words on stderr, closed whatever happens."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from vortex_tui.commands.setting import Setting
from vortex_tui.escape import one_line

if TYPE_CHECKING:
    from pathlib import Path

    from vortex_tui.engine.api import EngineAPI
    from vortex_tui.engine.protocol import Conversation, Progress, Ready
    from vortex_tui.profile import Profile

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Session:
    """A loaded engine and what it was loaded with."""

    engine: EngineAPI
    ready: Ready
    profile: Profile


@contextlib.contextmanager
def waiting(first: str) -> Iterator[Callable[[str], None]]:
    """A line on stderr that says what is waited for; nothing when stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield lambda _text: None
        return
    from rich.text import Text

    from vortex_tui.commands.output import stderr_console

    with stderr_console().status(Text(first)) as status:
        yield lambda text: status.update(Text(one_line(text)))


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` in an event loop; Ctrl-C cancels it, and it closes what it opened."""
    import asyncio

    return asyncio.run(work)


def note(text: str) -> None:
    """Say on stderr what the person should know about the answer."""
    sys.stderr.write(f"note: {one_line(text)}\n")


def check_weights(profile: Profile) -> None:
    """Refuse weights that are missing or damaged before a worker is started. Raises ModelError."""
    if profile.core.backend == "hf" and not profile.core.llama_cpp_model_path:
        from vortex_tui.engine import model_folder

        model_folder.inspect(model_folder.locate(profile.core.hf_model))


@contextlib.asynccontextmanager
async def opened(setting: Setting, face: str, aside: Sequence[Path] = ()) -> AsyncIterator[Session]:
    """The profile's engine, ready to answer; ``face`` names its owner. Raises VortexError.

    ``aside`` are folders of experts that may be named and are never routed to.
    """
    profile = setting.profile()
    check_weights(profile)
    from vortex_tui.engine.client import Engine

    async with Engine(setting.data_dir(), face=face) as engine:
        with waiting("starting the engine") as say:

            def show(progress: Progress) -> None:
                say(f"{progress.stage} {progress.fraction:.0%}")

            ready = await engine.load(profile, show, aside)
        for text in ready.notes:
            note(text)
        yield Session(engine, ready, profile)


def conversation(typed: str) -> Conversation:
    """One user turn; ``-`` reads it from stdin. Raises PromptError when there is nothing in it."""
    from vortex_tui.engine.protocol import ChatMessage
    from vortex_tui.errors import PromptError

    # Bytes that are not UTF-8 become U+FFFD: a prompt is text, whatever was piped in.
    text = sys.stdin.buffer.read().decode("utf-8", "replace") if typed == "-" else typed
    if not text.strip():
        raise PromptError(
            "the prompt is empty",
            expected="some text",
            mend='vortex-tui chat -m "What is 37 + 58?"',
        )
    return (ChatMessage(role="user", content=text),)
