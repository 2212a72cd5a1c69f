"""What is told of this very host, held against psutil."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from types import SimpleNamespace

import psutil
import pytest

from vortex_tui.paths import nearest_folder
from vortex_tui.telemetry.host import HostMeter

MIB = 1024 * 1024


def _busy(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_memory_and_disk_are_what_psutil_says(tmp_path):
    host = HostMeter(tmp_path / "not" / "yet").read()
    memory, disk = psutil.virtual_memory(), psutil.disk_usage(str(tmp_path))
    assert host.total_mb == memory.total / MIB
    # Others use memory and disk between two looks.
    assert host.available_mb == pytest.approx(memory.available / MIB, rel=0.2)
    assert host.used_mb == pytest.approx(host.total_mb - host.available_mb)
    assert host.disk_total_mb == disk.total / MIB
    assert host.disk_free_mb == pytest.approx(disk.free / MIB, rel=0.2)
    assert host.face_rss_mb == pytest.approx(psutil.Process().memory_info().rss / MIB, rel=0.2)
    if sys.platform != "win32":
        assert host.load == pytest.approx(os.getloadavg()[0], abs=2.0)


def test_the_first_reading_knows_no_share_of_time():
    meter = HostMeter()
    first = meter.read(worker=os.getpid())
    assert (first.cpu_percent, first.worker_cpu_percent) == (None, None)
    assert first.why("cpu_percent") == first.why("worker_cpu_percent") == "known from the second reading on"
    # Of all cores, so a long enough while for psutil and us to see about the same.
    psutil.cpu_percent()
    _busy(0.3)
    second, theirs = meter.read(worker=os.getpid()), psutil.cpu_percent()
    assert second.cpu_percent == pytest.approx(theirs, abs=25)
    assert second.cpu_percent > 0
    assert second.worker_cpu_percent > 20


def test_without_a_worker_and_with_one_that_ended():
    meter = HostMeter()
    assert meter.read().why("worker_rss_mb") == "the engine does not run"
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    meter.read(worker=child.pid)
    alive = meter.read(worker=child.pid)
    assert alive.worker_rss_mb > 0  # it may not have begun its program yet
    assert alive.worker_cpu_percent is not None
    child.communicate(b"\n")
    gone = meter.read(worker=child.pid)
    assert (gone.worker_rss_mb, gone.worker_cpu_percent) == (None, None)
    assert gone.why("worker_cpu_percent") == "the engine does not run"
    assert gone.why("disk_free_mb") == "not asked for"


def test_another_worker_begins_anew():
    meter = HostMeter()
    meter.read(worker=os.getpid())
    assert meter.read(worker=os.getpid()).worker_cpu_percent is not None
    assert meter.read(worker=os.getppid()).worker_cpu_percent is None


def test_what_the_system_refuses_is_none_with_its_words(monkeypatch, tmp_path):
    def refused(*_):
        raise OSError(5, "Input/output error")

    for name in ("cpu_times", "virtual_memory"):
        monkeypatch.setattr(psutil, name, refused)
    monkeypatch.setattr("shutil.disk_usage", refused)
    monkeypatch.setattr("os.getloadavg", refused, raising=False)
    host = HostMeter(tmp_path).read()
    for figure in ("cpu_percent", "used_mb", "total_mb", "disk_free_mb"):
        assert getattr(host, figure) is None
        assert host.why(figure) == "Input/output error"


def test_a_clock_that_stands_still_is_not_an_idle_machine(monkeypatch):
    times = SimpleNamespace(user=1.0, idle=2.0)
    monkeypatch.setattr(psutil, "cpu_times", lambda: type("T", (tuple,), {"idle": times.idle})((1.0, 2.0)))
    meter = HostMeter()
    meter.read()
    assert meter.read().cpu_percent is None


def test_the_nearest_folder_that_exists(tmp_path):
    assert nearest_folder(tmp_path / "a" / "b") == tmp_path
