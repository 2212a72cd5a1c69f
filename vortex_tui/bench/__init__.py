"""The bench: how fast a profile answers here, measured in the worker and reported with its spread."""
