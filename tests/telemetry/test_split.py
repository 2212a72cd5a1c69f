"""Whose memory it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vortex_tui.telemetry import split
from vortex_tui.telemetry.gpu import Gpu, GpuProcess
from vortex_tui.telemetry.split import Split, Worker

WORKER = Worker(77, "cuda:0", weights_mb=5000.0, experts_mb=100.0, kv_mb=900.0)


def card(*processes: GpuProcess, used: float | None = 10_000.0, told: bool = True) -> Gpu:
    return Gpu(0, used_mb=used, total_mb=16_384.0, processes=processes if told else None)


def ours(memory: float | None = 7000.0) -> GpuProcess:
    return GpuProcess(77, "python", memory, ours=True)


def test_ours_by_what_it_is_for_and_the_others():
    found = split.of_gpu(card(ours(), GpuProcess(5, "Xorg", 800.0)), WORKER, 1)
    assert found == Split(5000.0, 100.0, 900.0, other_mb=1000.0, others_mb=3000.0)
    assert found.ours_mb == 7000


def test_an_engine_on_the_cpu_has_nothing_there():
    found = split.of_gpu(card(), Worker(77, "cpu", 50.0, 1.0, 1.0), 1)
    assert found == Split(other_mb=0.0, others_mb=10_000.0)


def test_numbers_of_processes_that_are_not_ours_leave_a_rest():
    for processes in (card(GpuProcess(1234, "python", 7000.0)), card(told=False), card(ours(None))):
        found = split.of_gpu(processes, WORKER, 1)
        assert found == Split(5000.0, 100.0, 900.0, rest_mb=4000.0)
        assert found.ours_mb is None


def test_with_several_gpus_nobody_knows_which_is_the_engines():
    assert split.of_gpu(card(told=False), WORKER, 2) == Split(rest_mb=10_000.0)


def test_llama_cpp_tells_no_parts():
    found = split.of_gpu(card(ours()), Worker(77, "gpu"), 1)
    assert found == Split(other_mb=7000.0, others_mb=3000.0)


def test_memory_that_is_not_told_has_no_parts():
    assert split.of_gpu(card(ours(), used=None), WORKER, 1) == Split()


def test_the_workers_memory_on_the_host():
    worker = Worker(77, "cpu", 300.0, 10.0, 20.0)
    assert split.of_process(700.0, worker) == Split(300.0, 10.0, 20.0, other_mb=370.0)
    assert split.of_process(700.0, WORKER) == Split(other_mb=700.0)


def test_which_gpu_the_engine_is_on():
    gpus = [card(GpuProcess(5, "Xorg", 1.0)), card(ours())]
    assert split.of_worker(gpus, 77) == 1
    assert split.of_worker(gpus, 99) == 0
    assert split.of_worker([], 77) == 0


sizes = st.none() | st.floats(0, 1e6)


@given(sizes, sizes, sizes, sizes, st.floats(0, 1e6), st.booleans())
def test_no_part_is_below_nothing(weights, experts, kv, mine, used, told):
    worker = Worker(77, "cuda:0", weights, experts, kv)
    found = split.of_gpu(card(ours(mine), used=used, told=told), worker, 1)
    parts = (found.weights_mb, found.experts_mb, found.kv_mb, found.other_mb, found.others_mb, found.rest_mb)
    assert all(part is None or part >= 0 for part in parts)
    assert (found.weights_mb, found.experts_mb, found.kv_mb) == (weights, experts, kv)
