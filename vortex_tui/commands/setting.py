"""What every command is told: which profile, which data folder, whether nano stands in."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from vortex_tui.profile import Profile


@dataclass(frozen=True, slots=True)
class Setting:
    """The shared options as typed; the profile is read when it is asked for."""

    profile_name: str | None = None
    data: Path | None = None
    mock: bool = False

    def profile(self) -> Profile:
        """The profile, with nano's weights under ``--mock``. Raises ProfileError."""
        from vortex_tui import profile

        loaded = profile.load(self.profile_name or "nano")
        return loaded.mocked() if self.mock else loaded

    def data_dir(self) -> Path:
        """The state folder; it need not exist yet."""
        from vortex_tui import paths

        return paths.data_dir(self.data)

    def over(self, above: Setting) -> Setting:
        """This setting, completed by the one given before the command's name."""
        return Setting(
            self.profile_name or above.profile_name, self.data or above.data, self.mock or above.mock
        )


def shared(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--profile``, ``--data-dir`` and ``--mock``; ``function`` receives them as ``setting``."""

    @click.option("--profile", "-p", metavar="NAME", help="A profile's name or .toml file; nano by default.")
    @click.option("--data-dir", type=click.Path(path_type=Path), help="Folder of experts, logs and results.")
    @click.option("--mock", is_flag=True, help="This profile's rules with nano's weights.")
    @functools.wraps(function)
    def told(*args: Any, profile: str | None, data_dir: Path | None, mock: bool, **rest: Any) -> Any:
        context = click.get_current_context()
        setting = Setting(profile, data_dir, mock).over(context.find_object(Setting) or Setting())
        return function(*args, setting=setting, **rest)

    return told


def example(line: str) -> str:
    """The end of a command's help: one line that works, kept on its own line."""
    return f"\b\nExample:\n  {line}"
