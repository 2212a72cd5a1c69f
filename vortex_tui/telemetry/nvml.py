"""The NVIDIA driver's own library, asked for every GPU; when it goes away it is tried ever less often."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import fields
from typing import Any

from vortex_tui.escape import one_line
from vortex_tui.telemetry import absent, mig, parts, refusals
from vortex_tui.telemetry.asking import Asking, ConnectionLostError, text
from vortex_tui.telemetry.gpu import Gpu, Gpus
from vortex_tui.telemetry.parts import Part
from vortex_tui.telemetry.processes import Processes

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 30.0
NO_PACKAGE = "the package nvidia-ml-py is not installed"
NO_GPU = "no NVIDIA GPU"
# What a screen follows: quick to ask, all of it.
LIVE: tuple[Part, ...] = (parts.memory, parts.load, parts.power, parts.clocks, parts.pcie)


class GpuMeter:
    """Reads all GPUs; the library is loaded at the first reading. One thread at a time.

    ``asked`` are the groups of figures wanted; ``live`` adds processes and MIG instances.
    """

    def __init__(
        self,
        asked: Sequence[Part] = LIVE,
        *,
        live: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parts = asked
        self._live = live
        self._clock = clock
        self._processes = Processes()
        self._nvml: Any = None
        self._driver = ""
        self._reason = ""
        self._was_there = False
        self._wait = 0.0
        self._not_before = 0.0
        self._broken = False

    def read(self, ours: Collection[int] = ()) -> Gpus:
        """Every GPU now; ``ours`` are the numbers of our processes. Does not raise."""
        self._processes.ours = ours
        if self._broken and self._clock() >= self._not_before:
            self.close()
        if self._nvml is None and not self._connect():
            return Gpus(reason=self._reason)
        try:
            return self._read()
        except ConnectionLostError as error:
            return self._lost(str(error))

    def close(self) -> None:
        """Let go of the driver."""
        if self._nvml is not None:
            # A driver that is gone cannot be let go of.
            with suppress(self._nvml.NVMLError):
                self._nvml.nvmlShutdown()
        self._nvml, self._broken = None, False

    # --- the connection -----------------------------------------------------

    def _connect(self) -> bool:
        """Load the library and greet the driver; not before the last failure's wait is over."""
        if self._clock() < self._not_before:
            return False
        try:
            import pynvml
        except ImportError:
            self._rest(NO_PACKAGE)
            return False
        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError as error:
            self._rest(self._absence(error))
            return False
        self._nvml = pynvml
        self._driver = text(self._system("nvmlSystemGetDriverVersion"))
        return True

    def _absence(self, error: Exception) -> str:
        if self._was_there:
            # A library of another version will not find its driver again: that is worth saying.
            mismatch = refusals.kind(error) == "NVMLError_LibRmVersionMismatch"
            return refusals.words(error) if mismatch else refusals.DRIVER_LOST
        return absent.reason(refusals.words(error))

    def _rest(self, reason: str) -> None:
        self._reason = reason
        self._wait = min(max(2 * self._wait, _FIRST_WAIT), _LONGEST_WAIT)
        self._not_before = self._clock() + self._wait

    def _lost(self, why: str) -> Gpus:
        self.close()
        self._rest(refusals.DRIVER_LOST if self._was_there else one_line(why))
        return Gpus(reason=self._reason)

    # --- a reading ----------------------------------------------------------

    def _system(self, call: str) -> Any:
        """A question about no device; None where it is refused."""
        try:
            return getattr(self._nvml, call)()
        except (self._nvml.NVMLError, UnicodeDecodeError):
            return None

    def _read(self) -> Gpus:
        try:
            count = self._nvml.nvmlDeviceGetCount()
        except self._nvml.NVMLError as error:
            raise ConnectionLostError(refusals.words(error)) from error
        found = tuple(self._gpu(index) for index in range(count))
        self._processes.forget_gone()
        if not found:
            return Gpus(reason=absent.reason(NO_GPU), driver=self._driver)
        self._judge(found)
        return Gpus(found, driver=self._driver)

    def _judge(self, found: Sequence[Gpu]) -> None:
        """A GPU that went is seen again only by a new connection; the others are read until it is time."""
        self._was_there = True
        self._broken = any(map(_gone, found))
        if not self._broken:
            self._wait = 0.0
        elif self._clock() >= self._not_before:
            self._rest(refusals.DRIVER_LOST)

    def _gpu(self, index: int) -> Gpu:
        nobody = Asking(self._nvml, index)
        handle = nobody.ask("handle", "nvmlDeviceGetHandleByIndex")
        if handle is None:
            return _unknown(index, nobody.reasons["handle"])
        return self._device(index, Asking(self._nvml, handle))

    def _device(self, index: int, device: Asking) -> Gpu:
        divided = self._live and mig.enabled(device)
        if divided:
            device = Asking(self._nvml, device.handle, mig.REASONS)
        wanted: list[Part] = [*self._parts]
        wanted += [self._processes] if self._live else []
        wanted += [mig.instances] if divided else []
        name = text(device.ask("name", "nvmlDeviceGetName"))
        figures = {key: value for part in wanted for key, value in part(device).items()}
        return Gpu(index, name or f"GPU {index}", **figures, reasons=device.reasons)


def _unknown(index: int, why: str) -> Gpu:
    names = (each.name for each in fields(Gpu) if each.default is None)
    return Gpu(index, f"GPU {index}", reasons=dict.fromkeys(names, why))


def _gone(gpu: Gpu) -> bool:
    """Whether a GPU tells nothing, and not because it never did."""
    told = any(getattr(gpu, each.name) is not None for each in fields(Gpu) if each.default is None)
    return not told and not refusals.LASTING & set(gpu.reasons.values())
