"""The driver's refusals in words."""

from __future__ import annotations

from vortex_tui.escape import one_line

NOT_SUPPORTED = "not supported by this GPU"
DENIED = "permission denied"
TOO_OLD = "this driver is too old to say"
DRIVER_LOST = "driver lost"
UNREADABLE = "the driver's answer cannot be read"

_WORDS = {
    "NVMLError_LibraryNotFound": "no NVIDIA driver",
    "NVMLError_DriverNotLoaded": "the NVIDIA driver is not running",
    "NVMLError_LibRmVersionMismatch": "the NVIDIA driver was changed: its library is of another version",
    "NVMLError_Uninitialized": DRIVER_LOST,
    "NVMLError_NotSupported": NOT_SUPPORTED,
    "NVMLError_NoPermission": DENIED,
    "NVMLError_GpuIsLost": "the GPU has fallen off the bus",
    "NVMLError_GpuNotFound": "the GPU has gone",
    "NVMLError_ResetRequired": "the GPU must be reset",
    "NVMLError_FunctionNotFound": TOO_OLD,
}
# A GPU that answers so is there: a new connection would hear the same.
LASTING = frozenset({NOT_SUPPORTED, DENIED, TOO_OLD})
# After these nothing more is to be had from this connection.
ENDS_CONNECTION = frozenset(
    {"NVMLError_Uninitialized", "NVMLError_DriverNotLoaded", "NVMLError_LibRmVersionMismatch"}
)


def kind(error: Exception) -> str:
    """The name NVML gives to an error."""
    return type(error).__name__


def words(error: Exception) -> str:
    """Why there is no figure; what has no words of ours is quoted as NVML says it."""
    return _WORDS.get(kind(error)) or one_line(str(error)) or kind(error)
