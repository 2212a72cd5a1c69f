"""A stand-in for the module of nvidia-ml-py: plays a machine's GPUs. Tests alone may use it."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

GIB = 2**30
# What a device is asked, and what the stand-in's cards answer.
DEVICE_CALLS = (
    "nvmlDeviceGetName",
    "nvmlDeviceGetMemoryInfo",
    "nvmlDeviceGetUtilizationRates",
    "nvmlDeviceGetTemperature",
    "nvmlDeviceGetPowerUsage",
    "nvmlDeviceGetEnforcedPowerLimit",
    "nvmlDeviceGetClockInfo",
    "nvmlDeviceGetMaxClockInfo",
    "nvmlDeviceGetCurrentClocksEventReasons",
    "nvmlDeviceGetCurrentClocksThrottleReasons",
    "nvmlDeviceGetCurrPcieLinkGeneration",
    "nvmlDeviceGetMaxPcieLinkGeneration",
    "nvmlDeviceGetCurrPcieLinkWidth",
    "nvmlDeviceGetMaxPcieLinkWidth",
    "nvmlDeviceGetPcieThroughput",
    "nvmlDeviceGetComputeRunningProcesses_v3",
    "nvmlDeviceGetGraphicsRunningProcesses_v3",
    "nvmlDeviceGetMigMode",
    "nvmlDeviceGetMaxMigDeviceCount",
    "nvmlDeviceGetMigDeviceHandleByIndex",
)
SYSTEM_CALLS = (
    "nvmlInit",
    "nvmlShutdown",
    "nvmlDeviceGetCount",
    "nvmlDeviceGetHandleByIndex",
    "nvmlSystemGetDriverVersion",
    "nvmlSystemGetProcessName",
)
CALLS = DEVICE_CALLS + SYSTEM_CALLS
ERRORS = (
    "Uninitialized", "InvalidArgument", "NotSupported", "NoPermission", "NotFound", "InsufficientSize",
    "DriverNotLoaded", "Timeout", "LibraryNotFound", "FunctionNotFound", "GpuIsLost", "ResetRequired",
    "OperatingSystem", "LibRmVersionMismatch", "Memory", "NotReady", "GpuNotFound", "Unknown",
)  # fmt: skip


class NVMLError(Exception):
    """Base of the stand-in's errors; with a number it is made as the library makes it."""

    def __new__(cls, number: int | None = None) -> NVMLError:
        return super().__new__(KINDS["FunctionNotFound"] if number is not None else cls)


KINDS: dict[str, type[NVMLError]] = {name: type(f"NVMLError_{name}", (NVMLError,), {}) for name in ERRORS}


def process(pid: int, memory: int | None) -> SimpleNamespace:
    """A process as the library lists it; bytes."""
    return SimpleNamespace(pid=pid, usedGpuMemory=memory, gpuInstanceId=None, computeInstanceId=None)


class ScriptedNvml(ModuleType):
    """``gpus`` cards of 16 GiB; ``refuse`` and ``say`` change what a call does, ``calls`` counts them."""

    NVMLError = NVMLError
    NVML_ERROR_FUNCTION_NOT_FOUND = 13
    NVML_TEMPERATURE_GPU = 0
    NVML_CLOCK_SM, NVML_CLOCK_MEM = 1, 2
    NVML_PCIE_UTIL_TX_BYTES, NVML_PCIE_UTIL_RX_BYTES = 0, 1

    def __init__(self, gpus: int = 1) -> None:
        super().__init__("pynvml")
        self.gpus = gpus
        self.calls: list[str] = []
        self.open = False
        self._answers: dict[str, Callable[..., Any]] = dict(self._cards())
        for name in CALLS:
            setattr(self, name, self._call(name))

    def say(self, call: str, answer: Any) -> None:
        """Let a call answer something else; a function is asked with the call's arguments."""
        self._answers[call] = answer if callable(answer) else lambda *_: answer

    def refuse(self, kind: str, *calls: str, device: int | None = None) -> None:
        """Let calls fail, on one device or on all."""
        for call in calls:
            before = self._answers[call]
            self._answers[call] = _refusal(kind, before, device)

    def vanish(self, kind: str = "DriverNotLoaded") -> None:
        """The driver goes: every call fails, as does a new greeting."""
        self._kept = dict(self._answers)
        self.refuse(kind, *CALLS)

    def come_back(self) -> None:
        """The driver is there again; who has not greeted it anew is refused."""
        self._answers = self._kept
        self.open = False

    def divide(self, *sizes: int | None, device: int = 0) -> None:
        """Put a card in MIG mode with instances of these bytes; one of None does not tell its memory."""
        handles = {place: ("mig", device, place) for place in range(len(sizes))}
        whole = self._answers["nvmlDeviceGetMemoryInfo"]

        def memory(handle: Any) -> Any:
            if not isinstance(handle, tuple):
                return whole(handle)
            size = sizes[handle[2]]
            if size is None:
                raise KINDS["NoPermission"]
            return SimpleNamespace(used=size // 4, free=size - size // 4, total=size)

        def handle_at(_device: Any, place: int) -> Any:
            if place not in handles:
                raise KINDS["NotFound"]
            return handles[place]

        self.say("nvmlDeviceGetMigMode", lambda which: [int(which == device), 0])
        self.say("nvmlDeviceGetMaxMigDeviceCount", 7)
        self.say("nvmlDeviceGetMigDeviceHandleByIndex", handle_at)
        self.say("nvmlDeviceGetMemoryInfo", memory)
        self.refuse("NotSupported", "nvmlDeviceGetUtilizationRates", device=device)

    def _call(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            self.calls.append(name)
            if name != "nvmlInit" and not self.open:
                raise KINDS["Uninitialized"]
            answer = self._answers[name](*arguments)
            if name in ("nvmlInit", "nvmlShutdown"):
                self.open = name == "nvmlInit"
            return answer

        return call

    def _cards(self) -> dict[str, Callable[..., Any]]:
        def refused(*_: Any) -> Any:
            raise KINDS["NotSupported"]

        return {
            "nvmlInit": lambda: None,
            "nvmlShutdown": lambda: None,
            "nvmlSystemGetDriverVersion": lambda: "560.35",
            "nvmlSystemGetProcessName": lambda pid: f"/usr/bin/program{pid}",
            "nvmlDeviceGetCount": lambda: self.gpus,
            "nvmlDeviceGetHandleByIndex": lambda index: index,
            "nvmlDeviceGetName": lambda handle: f"NVIDIA Card {handle}",
            "nvmlDeviceGetMemoryInfo": lambda _: SimpleNamespace(used=4 * GIB, free=12 * GIB, total=16 * GIB),
            "nvmlDeviceGetUtilizationRates": lambda _: SimpleNamespace(gpu=93, memory=40),
            "nvmlDeviceGetTemperature": lambda *_: 71,
            "nvmlDeviceGetPowerUsage": lambda _: 287_000,
            "nvmlDeviceGetEnforcedPowerLimit": lambda _: 320_000,
            "nvmlDeviceGetClockInfo": lambda _, which: 2505 if which == self.NVML_CLOCK_SM else 11001,
            "nvmlDeviceGetMaxClockInfo": lambda _, which: 2610 if which == self.NVML_CLOCK_SM else 11201,
            "nvmlDeviceGetCurrentClocksEventReasons": lambda _: 0x04,
            "nvmlDeviceGetCurrentClocksThrottleReasons": lambda _: 0x04,
            "nvmlDeviceGetCurrPcieLinkGeneration": lambda _: 4,
            "nvmlDeviceGetMaxPcieLinkGeneration": lambda _: 4,
            "nvmlDeviceGetCurrPcieLinkWidth": lambda _: 8,
            "nvmlDeviceGetMaxPcieLinkWidth": lambda _: 16,
            "nvmlDeviceGetPcieThroughput": lambda _, which: 5_000 * (which + 1),
            "nvmlDeviceGetComputeRunningProcesses_v3": lambda _: [process(77, 3 * GIB), process(5, GIB)],
            "nvmlDeviceGetGraphicsRunningProcesses_v3": lambda _: [process(5, GIB), process(9, GIB // 2)],
            "nvmlDeviceGetMigMode": refused,
            "nvmlDeviceGetMaxMigDeviceCount": refused,
            "nvmlDeviceGetMigDeviceHandleByIndex": refused,
        }


def _refusal(kind: str, before: Callable[..., Any], device: int | None) -> Callable[..., Any]:
    def refuse(*arguments: Any) -> Any:
        if device is None or (arguments and arguments[0] == device):
            raise KINDS[kind]
        return before(*arguments)

    return refuse
