"""One training, in a process of its own: ``python -m vortex_tui.training.job``. It alone loads weights."""
