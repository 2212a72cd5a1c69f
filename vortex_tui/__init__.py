"""Vortex TUI: a terminal workstation for a routed mix of LoRA experts on one small base model."""

__version__ = "0.1.0"
