"""Where shipped files, the user's state and the user's own profiles are."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from vortex_tui.errors import StorageError
from vortex_tui.escape import one_line

_APP = "vortex-tui"
_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent


def _in_checkout() -> bool:
    return (_CHECKOUT / "pyproject.toml").is_file() and (_CHECKOUT / "profiles").is_dir()


def assets() -> Path:
    """The folder that holds the shipped ``profiles``, ``themes`` and ``data/nano``.

    It is the checkout when there is one, else the copy inside the wheel.
    """
    return _CHECKOUT if _in_checkout() else _PACKAGE / "_assets"


def shipped_profiles() -> Path:
    """Folder of the shipped profiles."""
    return assets() / "profiles"


def shipped_themes() -> Path:
    """Folder of the shipped themes."""
    return assets() / "themes"


def nano() -> Path:
    """Folder of the shipped model: ``base``, ``experts`` and ``index.json``."""
    return assets() / "data" / "nano"


def user_config() -> Path:
    """The user's own profiles and themes: folders ``profiles`` and ``themes`` in here."""
    return Path(platformdirs.user_config_dir(_APP, appauthor=False))


def user_data() -> Path:
    """The user's folder for what must outlive a checkout: chats and anchors."""
    return Path(platformdirs.user_data_dir(_APP, appauthor=False))


def data_dir(chosen: str | Path | None = None) -> Path:
    """The state folder: ``chosen``, else $VORTEX_TUI_DATA, else ./data of a checkout, else the user's."""
    named = chosen or os.environ.get("VORTEX_TUI_DATA")
    if named:
        return Path(named).expanduser().absolute()
    return _CHECKOUT / "data" if _in_checkout() else user_data()


def nearest_folder(path: Path) -> Path:
    """``path`` or the nearest of its parents that exists."""
    return next(parent for parent in (path, *path.parents) if parent.exists())


def unusable(folder: Path, error: OSError) -> StorageError:
    """What a person is told of a data folder that cannot be written."""
    return StorageError(
        f"the data folder {one_line(str(folder))} cannot be used",
        found=error.strerror or str(error),
        expected="a writable folder",
        mend="choose another with --data-dir or VORTEX_TUI_DATA",
    )
