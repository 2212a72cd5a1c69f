"""What is told of GPUs, and what is said where it is not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.scripted_nvml import CALLS, DEVICE_CALLS, ERRORS, GIB, KINDS, ScriptedNvml, process
from vortex_tui.telemetry import absent, parts, throttling
from vortex_tui.telemetry.gpu import Gpu, GpuProcess, Instance
from vortex_tui.telemetry.nvml import LIVE, GpuMeter

EVERYTHING = (*LIVE, parts.pcie_traffic)
FIGURES = [each.name for each in fields(Gpu) if each.default is None]
FIGURES_OF = {
    "nvmlDeviceGetMemoryInfo": {"used_mb", "free_mb", "total_mb"},
    "nvmlDeviceGetUtilizationRates": {"utilization"},
    "nvmlDeviceGetTemperature": {"temperature"},
    "nvmlDeviceGetPowerUsage": {"power_w"},
    "nvmlDeviceGetEnforcedPowerLimit": {"power_limit_w"},
    "nvmlDeviceGetClockInfo": {"sm_mhz", "memory_mhz"},
    "nvmlDeviceGetMaxClockInfo": {"sm_max_mhz", "memory_max_mhz"},
    "nvmlDeviceGetCurrPcieLinkGeneration": {"pcie_generation"},
    "nvmlDeviceGetMaxPcieLinkGeneration": {"pcie_generation_max"},
    "nvmlDeviceGetCurrPcieLinkWidth": {"pcie_width"},
    "nvmlDeviceGetMaxPcieLinkWidth": {"pcie_width_max"},
    "nvmlDeviceGetPcieThroughput": {"pcie_sent_mb_s", "pcie_received_mb_s"},
    "nvmlDeviceGetComputeRunningProcesses_v3": {"processes"},
}


@pytest.fixture(autouse=True)
def _no_other_gpus(monkeypatch):
    """Whatever this machine has beside: the kernel shows nothing."""
    monkeypatch.setattr(absent, "reason", lambda otherwise: otherwise)


def _unknown(gpu: Gpu) -> set[str]:
    return {name for name in FIGURES if getattr(gpu, name) is None}


@pytest.mark.usefixtures("nvml")
def test_everything_of_a_card_that_tells_everything():
    read = GpuMeter(EVERYTHING).read(ours={77})
    (gpu,) = read.found
    assert (read.reason, read.driver, gpu.name) == ("", "560.35", "NVIDIA Card 0")
    assert (gpu.used_mb, gpu.free_mb, gpu.total_mb) == (4096, 12288, 16384)
    assert (gpu.utilization, gpu.temperature, gpu.power_w, gpu.power_limit_w) == (93, 71, 287, 320)
    assert (gpu.sm_mhz, gpu.sm_max_mhz, gpu.memory_mhz, gpu.memory_max_mhz) == (2505, 2610, 11001, 11201)
    assert (gpu.pcie_generation, gpu.pcie_generation_max) == (4, 4)
    assert (gpu.pcie_width, gpu.pcie_width_max) == (8, 16)
    assert (gpu.pcie_sent_mb_s, gpu.pcie_received_mb_s) == (5, 10)
    assert gpu.throttle == ("power limit",)
    assert _unknown(gpu) == {"mig"}


@pytest.mark.usefixtures("nvml")
def test_processes_are_each_told_once_the_largest_first_and_ours_marked():
    (gpu,) = GpuMeter().read(ours={77}).found
    assert gpu.processes == (
        GpuProcess(77, "program77", 3072.0, ours=True),
        GpuProcess(5, "program5", 1024.0),
        GpuProcess(9, "program9", 512.0),
    )


def test_a_process_in_two_instances_has_the_sum(nvml):
    nvml.say("nvmlDeviceGetComputeRunningProcesses_v3", [process(7, GIB), process(7, 2 * GIB)])
    (gpu,) = GpuMeter().read().found
    assert GpuProcess(7, "program7", 3072.0) in gpu.processes


def test_memory_of_a_process_that_is_not_told_is_not_zero(nvml):
    nvml.say("nvmlDeviceGetComputeRunningProcesses_v3", [process(7, None)])
    nvml.say("nvmlDeviceGetGraphicsRunningProcesses_v3", [])
    (gpu,) = GpuMeter().read().found
    assert gpu.processes == (GpuProcess(7, "program7", None),)


def test_names_of_processes_are_asked_once_and_forgotten_with_them(nvml):
    meter = GpuMeter()
    meter.read()
    meter.read()
    assert nvml.calls.count("nvmlSystemGetProcessName") == 3
    nvml.say("nvmlDeviceGetComputeRunningProcesses_v3", [])
    nvml.say("nvmlDeviceGetGraphicsRunningProcesses_v3", [])
    meter.read()
    assert meter._processes._names == {}


@pytest.mark.parametrize("call", sorted(FIGURES_OF))
def test_not_supported_takes_these_figures_and_no_others(nvml, call):
    nvml.refuse("NotSupported", call)
    (gpu,) = GpuMeter(EVERYTHING).read().found
    assert _unknown(gpu) == FIGURES_OF[call] | {"mig"}
    for figure in FIGURES_OF[call]:
        assert gpu.why(figure) == "not supported by this GPU"


def test_no_permission_is_its_own_reason_and_what_was_not_asked_too(nvml):
    nvml.refuse("NoPermission", "nvmlDeviceGetPowerUsage")
    (gpu,) = GpuMeter().read().found
    assert gpu.why("power_w") == "permission denied"
    assert gpu.why("pcie_sent_mb_s") == "not asked for"
    assert gpu.why("used_mb") == ""


def test_an_older_driver_has_the_clocks_reasons_under_their_older_name(nvml):
    nvml.refuse("FunctionNotFound", "nvmlDeviceGetCurrentClocksEventReasons")
    (gpu,) = GpuMeter().read().found
    assert gpu.throttle == ("power limit",)


def test_an_older_library_lacks_calls(nvml):
    del nvml.nvmlDeviceGetCurrentClocksEventReasons
    del nvml.nvmlDeviceGetEnforcedPowerLimit
    (gpu,) = GpuMeter().read().found
    assert gpu.throttle == ("power limit",)
    assert gpu.why("power_limit_w") == "this driver is too old to say"


def test_reasons_for_slow_clocks_in_the_order_of_their_weight():
    assert throttling.words(0) == ()
    assert throttling.words(0x01 | 0x04 | 0x40) == ("too hot: slowed by the hardware", "power limit", "idle")
    assert throttling.words(0x8000) == ("reason 0x8000",)


def test_two_gpus_one_of_which_has_gone(scripted):
    nvml = scripted(2)
    nvml.refuse("GpuIsLost", *DEVICE_CALLS, device=1)
    first, second = GpuMeter().read().found
    assert first.used_mb == 4096
    assert second.name == "GPU 1"
    assert second.why("used_mb") == second.why("mig") == "the GPU has fallen off the bus"


def test_a_gpu_that_has_gone_is_looked_for_by_a_new_connection(scripted, clock):
    nvml = scripted(2)
    meter = GpuMeter(clock=clock)
    meter.read()
    nvml.refuse("GpuIsLost", *DEVICE_CALLS, device=1)
    for _ in range(3):
        assert meter.read().found[0].used_mb == 4096
    assert nvml.calls.count("nvmlInit") == 1
    clock.now += 1.1
    meter.read()
    assert nvml.calls.count("nvmlInit") == 2
    clock.now += 1.1
    meter.read()
    assert nvml.calls.count("nvmlInit") == 2, "ever less often"


def test_a_gpu_whose_handle_is_refused(scripted):
    nvml = scripted(2)
    nvml.refuse("NoPermission", "nvmlDeviceGetHandleByIndex", device=0)
    first, second = GpuMeter().read().found
    assert {first.why(name) for name in FIGURES} == {"permission denied"}
    assert second.used_mb == 4096


def test_no_driver_is_a_reason_and_is_tried_again_ever_less_often(nvml, clock):
    nvml.refuse("LibraryNotFound", "nvmlInit")
    meter = GpuMeter(clock=clock)
    tried = []
    for tenth in range(1200):
        clock.now = 100 + tenth / 10
        before = len(nvml.calls)
        assert meter.read().reason == "no NVIDIA driver"
        tried += [clock.now] * (len(nvml.calls) > before)
    waits = [later - sooner for sooner, later in pairwise(tried)]
    assert len(tried) < 10
    assert waits == sorted(waits)
    assert max(waits) <= 30.2


@pytest.mark.parametrize("kind", ["DriverNotLoaded", "Uninitialized", "Unknown"])
def test_a_driver_that_disappears_is_na_and_comes_back(nvml, clock, kind):
    meter = GpuMeter(clock=clock)
    assert meter.read().found
    nvml.vanish(kind)
    for _ in range(20):
        clock.now += 0.5
        read = meter.read()
        assert not read.found
        assert read.reason == "driver lost"
    nvml.come_back()
    for _ in range(70):
        clock.now += 0.5
        if (read := meter.read()).found:
            break
    assert read.found[0].used_mb == 4096


def test_a_driver_of_another_version_is_said(nvml, clock):
    meter = GpuMeter(clock=clock)
    meter.read()
    nvml.vanish("LibRmVersionMismatch")
    meter.read()
    clock.now += 1.1
    assert "another version" in meter.read().reason


def test_a_driver_without_a_gpu(scripted):
    nvml = scripted(0)
    assert GpuMeter().read().reason == "no NVIDIA GPU"
    nvml.gpus = 1
    assert GpuMeter().read().found


def test_gpus_come_and_go(scripted):
    nvml = scripted(2)
    meter = GpuMeter()
    sizes = []
    for nvml.gpus in (2, 1, 0, 2):
        sizes.append(len(meter.read().found))
    assert sizes == [2, 1, 0, 2]


def test_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert GpuMeter().read().reason == "the package nvidia-ml-py is not installed"


def test_instances_tell_their_own_memory_and_the_whole_gpu_says_why_it_does_not(nvml):
    nvml.divide(8 * GIB, None)
    nvml.refuse("NoPermission", "nvmlDeviceGetPowerUsage")
    (gpu,) = GpuMeter().read().found
    first, second = gpu.mig
    assert (first.used_mb, first.total_mb) == (2048, 8192)
    assert second == Instance(second.name, reason="permission denied")
    assert gpu.utilization is None
    assert gpu.why("utilization") == "not told for the whole GPU in MIG mode"
    assert gpu.why("power_w") == "permission denied"


def test_instances_beside_a_whole_gpu(scripted):
    nvml = scripted(2)
    nvml.divide(8 * GIB, device=1)
    whole, divided = GpuMeter().read().found
    assert (whole.mig, whole.why("mig"), whole.utilization) == (None, "MIG is off", 93)
    assert len(divided.mig) == 1


def test_nothing_is_ever_set(nvml):
    nvml.divide(GIB)
    meter = GpuMeter(EVERYTHING)
    meter.read()
    meter.close()
    assert not [call for call in nvml.calls if "Set" in call or "Reset" in call]
    assert set(nvml.calls) <= set(CALLS)


def test_foreign_names_cannot_speak_to_the_terminal(nvml):
    nvml.say("nvmlDeviceGetName", "Card\x1b[2J\u202e\n")
    nvml.say("nvmlSystemGetProcessName", "C:\\tools\\evil\x1b]0;x\x07.exe")
    nvml.say("nvmlSystemGetDriverVersion", b"56\xff0\x1b")
    read = GpuMeter().read()
    (gpu,) = read.found
    shown = gpu.name + read.driver + "".join(each.name for each in gpu.processes)
    assert shown.isprintable()
    assert gpu.name == "Card\\x1b[2J\\u202e\\n"


def test_names_that_are_no_text(nvml):
    def broken(*_):
        return b"\xff\xfe".decode()

    for call in ("nvmlDeviceGetName", "nvmlSystemGetProcessName", "nvmlSystemGetDriverVersion"):
        nvml.say(call, broken)
    (gpu,) = GpuMeter().read().found
    assert gpu.name == "GPU 0"
    assert gpu.processes[0].name == ""


def test_it_is_closed_once_and_opens_again(nvml):
    meter = GpuMeter()
    meter.close()
    meter.read()
    meter.close()
    meter.close()
    assert nvml.calls.count("nvmlShutdown") == 1
    assert meter.read().found


failing = st.dictionaries(st.sampled_from(CALLS), st.sampled_from(ERRORS), max_size=8)


@settings(max_examples=300, deadline=None)
@given(st.lists(failing, min_size=1, max_size=4), st.integers(0, 3))
def test_whatever_call_fails_with_whatever_error_a_reading_comes_back(moments, gpus):
    nvml, now = ScriptedNvml(gpus), [0.0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "pynvml", nvml)
        patch.setattr(absent, "reason", lambda otherwise: otherwise)
        meter = GpuMeter(EVERYTHING, clock=lambda: now[0])
        for errors in [*moments, {}]:
            fresh = ScriptedNvml(gpus)
            nvml._answers = fresh._answers
            for call, kind in errors.items():
                nvml.refuse(kind, call)
            now[0] += 40.0
            _honest(meter.read())
        assert len(meter.read().found) == gpus
        meter.close()


def _honest(read) -> None:
    """The stand-in's cards never say zero, so a zero is made up; what is missing has a reason."""
    assert bool(read.found) != bool(read.reason)
    for gpu in read.found:
        for name in FIGURES:
            value = getattr(gpu, name)
            assert value != 0
            assert bool(gpu.why(name)) == (value is None)
        for text in _texts(gpu):
            assert text.isprintable()


def _texts(gpu: Gpu) -> Iterator[str]:
    yield gpu.name
    yield from gpu.reasons.values()


def test_every_error_of_the_stand_in_is_one_of_the_library():
    pynvml = pytest.importorskip("pynvml")
    for kind in KINDS.values():
        assert issubclass(getattr(pynvml, kind.__name__), pynvml.NVMLError)
    assert all(hasattr(pynvml, call) for call in CALLS)


# --- other makers -------------------------------------------------------------


@pytest.mark.parametrize(
    ("vendors", "told"),
    [(["0x1002\n"], "AMD GPUs are not read yet"), (["0x10de", "0x1002"], "x"), (["0x8086"], "x"), ([], "x")],
)
def test_an_amd_gpu_is_the_reason_where_there_is_no_other(tmp_path, vendors, told, monkeypatch):
    monkeypatch.undo()
    for place, vendor in enumerate(vendors):
        device = tmp_path / f"card{place}" / "device"
        device.mkdir(parents=True)
        (device / "vendor").write_text(vendor)
    (tmp_path / "card9").mkdir()
    assert absent.reason("x", tmp_path) == told


def test_apples_gpu_is_the_reason_on_its_processors(monkeypatch, tmp_path):
    monkeypatch.undo()
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    assert absent.reason("x", tmp_path) == "Apple's GPU shares the host's memory"


def test_this_machine_says_figures_or_why_not():
    meter = GpuMeter()
    read = meter.read()
    assert bool(read.found) != bool(read.reason)
    meter.close()
