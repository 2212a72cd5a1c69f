"""What slows a GPU's clocks, in words."""

from __future__ import annotations

# NVML's bits, the most important first: what protects the hardware, what limits it, what is meant so.
_REASONS = (
    (0x40, "too hot: slowed by the hardware"),
    (0x80, "power brake from outside"),
    (0x08, "slowed by the hardware"),
    (0x20, "too hot: slowed by the driver"),
    (0x04, "power limit"),
    (0x400, "voltage kept reliable"),
    (0x200, "board limit"),
    (0x10, "in step with other GPUs"),
    (0x02, "clocks set by the user"),
    (0x100, "display clocks"),
    (0x01, "idle"),
)
_KNOWN = sum(bit for bit, _ in _REASONS)


def words(bits: int) -> tuple[str, ...]:
    """The reasons in a mask, the most important first; bits that are new to us as a number."""
    unknown = bits & ~_KNOWN
    named = tuple(word for bit, word in _REASONS if bits & bit)
    return (*named, f"reason {unknown:#x}") if unknown else named
