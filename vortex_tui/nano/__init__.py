"""The recipe that makes nano, the small model Vortex TUI ships: base, experts, index."""
