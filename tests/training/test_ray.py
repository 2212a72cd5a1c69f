"""Jobs on a real Ray cluster of two processors on this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from tests.support.command import environment
from tests.training.conftest import MakePlan
from vortex_tui.errors import UsageError
from vortex_tui.training import service
from vortex_tui.training.events import Failed, Finished, Step
from vortex_tui.training.executors.on_ray import OnRay

pytestmark = pytest.mark.slow
_SECONDS = 120.0


@pytest.fixture
def head(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a cluster that ``ray start --head`` made for this test alone."""
    pytest.importorskip("ray", reason="the extra ray is not installed")
    program = shutil.which("ray", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("the extra ray is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Sockets lie below it, and their paths may not be long.
    folder = tmp_path_factory.mktemp("r")
    line = [program, "start", "--head", "--block", "--num-cpus=2", "--include-dashboard=false",
            "--node-ip-address=127.0.0.1", f"--port={port}", f"--temp-dir={folder}"]  # fmt: skip
    process = subprocess.Popen(
        line, env=environment(RAY_USAGE_STATS_ENABLED="0"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        encoding="utf-8",
    )  # fmt: skip
    try:
        _wait(port)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(port: int) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)
    pytest.fail("ray start --head did not come up")


@pytest.mark.skipif(os.name == "nt", reason="Ray on Windows is a beta")
async def test_domains_are_trained_on_a_cluster_and_one_that_fails_takes_no_other_with_it(
    short: MakePlan, head: str
) -> None:
    plan = short("reversal", "acronyms", at_once=2)
    (plan.data_dir / "corpora" / "acronyms" / "train.jsonl").write_text("{", encoding="utf-8")
    async with aclosing(service.train(plan, OnRay(head))) as told:
        events = [event async for event in told]
    (finished,) = [event for event in events if isinstance(event, Finished)]
    (failed,) = [event for event in events if isinstance(event, Failed)]
    assert (finished.domain, failed.domain, failed.code) == ("reversal", "acronyms", "corpus")
    assert [event.step for event in events if isinstance(event, Step)] == [1, 2, 3, 4, 5, 6]
    assert (Path(plan.jobs[0].quarantine) / "reversal" / finished.run_id / "manifest.json").is_file()


async def test_without_a_cluster_it_is_said_how_to_start_one(short: MakePlan) -> None:
    pytest.importorskip("ray", reason="the extra ray is not installed")
    with pytest.raises(UsageError, match="no Ray cluster") as refused:
        async for _ in service.train(short("reversal"), OnRay()):
            pass
    assert "ray start --head" in refused.value.mend
