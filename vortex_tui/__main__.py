"""``python -m vortex_tui`` is ``vortex-tui``."""

from vortex_tui.cli import main

if __name__ == "__main__":
    main()
