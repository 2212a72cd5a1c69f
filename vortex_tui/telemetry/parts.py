"""What is asked of a GPU, a group of figures at a time: each takes a device and gives its figures."""

from __future__ import annotations

from collections.abc import Callable

from vortex_tui.telemetry import throttling
from vortex_tui.telemetry.asking import Asking, Figures

MIB = 1024 * 1024
Part = Callable[[Asking], Figures]
_MILLI = 1e-3
# NVML tells traffic in KB/s.
_KILO = 1e-3


def memory(device: Asking) -> Figures:
    """Used, free and in all."""
    found = device.ask("used_mb", "nvmlDeviceGetMemoryInfo")
    if found is None:
        device.refuse(device.reasons["used_mb"], "free_mb", "total_mb")
        return {}
    return {"used_mb": found.used / MIB, "free_mb": found.free / MIB, "total_mb": found.total / MIB}


def load(device: Asking) -> Figures:
    """Utilisation and temperature."""
    rates = device.ask("utilization", "nvmlDeviceGetUtilizationRates")
    sensor = device.nvml.NVML_TEMPERATURE_GPU
    return {
        "utilization": None if rates is None else float(rates.gpu),
        **device.number("temperature", "nvmlDeviceGetTemperature", sensor),
    }


def power(device: Asking) -> Figures:
    """Power now, and the limit that is enforced."""
    return {
        **device.number("power_w", "nvmlDeviceGetPowerUsage", scale=_MILLI),
        **device.number("power_limit_w", "nvmlDeviceGetEnforcedPowerLimit", scale=_MILLI),
    }


def clocks(device: Asking) -> Figures:
    """Clocks of the multiprocessors and of the memory, and what slows them."""
    sm, memory_clock = device.nvml.NVML_CLOCK_SM, device.nvml.NVML_CLOCK_MEM
    return {
        **device.number("sm_mhz", "nvmlDeviceGetClockInfo", sm),
        **device.number("sm_max_mhz", "nvmlDeviceGetMaxClockInfo", sm),
        **device.number("memory_mhz", "nvmlDeviceGetClockInfo", memory_clock),
        **device.number("memory_max_mhz", "nvmlDeviceGetMaxClockInfo", memory_clock),
        **_throttle(device),
    }


def _throttle(device: Asking) -> Figures:
    # The same figure under its older name, for drivers before the new one.
    for call in ("nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"):
        bits = device.ask("throttle", call)
        if bits is not None:
            device.reasons.pop("throttle", None)
            return {"throttle": throttling.words(bits)}
    return {}


def pcie(device: Asking) -> Figures:
    """Generation and lanes of the link: it rests in a lower one while the GPU is idle."""
    return {
        **device.number("pcie_generation", "nvmlDeviceGetCurrPcieLinkGeneration"),
        **device.number("pcie_generation_max", "nvmlDeviceGetMaxPcieLinkGeneration"),
        **device.number("pcie_width", "nvmlDeviceGetCurrPcieLinkWidth"),
        **device.number("pcie_width_max", "nvmlDeviceGetMaxPcieLinkWidth"),
    }


def pcie_traffic(device: Asking) -> Figures:
    """Traffic over the link. The driver counts for 20 ms each time, so this is not asked twice a second."""
    sent, received = device.nvml.NVML_PCIE_UTIL_TX_BYTES, device.nvml.NVML_PCIE_UTIL_RX_BYTES
    call = "nvmlDeviceGetPcieThroughput"
    return {
        **device.number("pcie_sent_mb_s", call, sent, scale=_KILO),
        **device.number("pcie_received_mb_s", call, received, scale=_KILO),
    }
