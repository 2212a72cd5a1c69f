"""Web refusal: nothing goes out, and a client that did would be noticed."""

from __future__ import annotations

import asyncio
import os
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.command import ROOT
from vortex_tui import profile
from vortex_tui.doctor import trap
from vortex_tui.doctor.context import Context, Finding
from vortex_tui.doctor.outside import web
from vortex_tui.doctor.patient import admitted
from vortex_tui.errors import InternalError

# Imported by every Python that finds it on its path: a client in the worker that nobody asked for.
PLANTED = """
import os, sys, urllib.request
if "HF_ENDPOINT" in os.environ and "vortex_tui.engine.worker" in " ".join(sys.orig_argv):
    try:
        urllib.request.urlopen({address}, timeout=5)
    except OSError:
        pass
"""


async def examined(tmp_path: Path, **tools: bool) -> Finding:
    nano = profile.load("nano")
    opened = nano.tools.web.model_copy(update=tools)
    given = nano.model_copy(update={"tools": nano.tools.model_copy(update={"web": opened})})
    async with admitted(Context(given, tmp_path / "data")) as patient:
        return await web(patient)


async def test_nothing_goes_out_and_every_request_is_refused_in_words(tmp_path: Path) -> None:
    found = await examined(tmp_path)
    assert found.status == "pass", found
    assert "nobody connected" in found.found
    assert "the web tool is closed" in found.found


async def test_an_open_web_tool_is_warned_of(tmp_path: Path) -> None:
    found = await examined(tmp_path, enabled=True)
    assert (found.status, found.expected) == ("warn", "tools.web.enabled = false")


@pytest.mark.parametrize(
    "address",
    ["'https://huggingface.co/x'", "'http://example.org/'", "os.environ['HF_ENDPOINT'] + '/api/models/x'"],
)
async def test_a_client_that_goes_out_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(PLANTED.format(address=address), "utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{ROOT}")
    found = await examined(tmp_path)
    assert found.status == "fail"
    # One of the engine that is examined, one of that which was asked for what is not here.
    assert "2 connection(s) were tried" in found.found
    assert found.found.split("first: ")[1].startswith(("CONNECT huggingface.co:443", "GET http://"))


async def test_a_model_that_is_loaded_after_all_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vortex_tui.doctor.outside._HUB_NAME", "nano")
    found = await examined(tmp_path)
    assert found.status == "fail"
    assert "a model by its hub name was loaded" in found.found


async def test_without_a_listener_nothing_is_proven(tmp_path: Path) -> None:
    async with admitted(Context(profile.load("nano"), tmp_path)) as patient:
        assert (await web(replace(patient, trap=None))).status == "fail"


async def test_a_trap_tells_each_connection_by_its_first_line() -> None:
    async with trap.opened() as opened:
        assert await opened.heard() == []
        port = int(opened.environment["HF_ENDPOINT"].rpartition(":")[2])
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x1b[31mhello\n")
        assert await opened.heard() == ["\\x1b[31mhello"]
        writer.close()


async def test_every_way_out_leads_into_the_trap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("NO_PROXY", "*")
    async with trap.opened() as opened:
        for name, value in opened.environment.items():
            monkeypatch.setenv(name, value)

        def fetch(address: str) -> None:
            with pytest.raises((urllib.error.URLError, OSError)):
                urllib.request.urlopen(address, timeout=5)

        for address in ("http://example.org/", "https://example.org/"):
            await asyncio.to_thread(fetch, address)
        assert [line.split()[0] for line in await opened.heard()] == ["GET", "CONNECT"]


async def test_a_deaf_trap_says_so() -> None:
    async with trap.opened() as opened:
        pass
    with pytest.raises(InternalError, match="nothing is proven"):
        await opened.heard()
