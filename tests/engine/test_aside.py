"""Experts outside the bank: named, never routed to; and routers other than the profile's own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from vortex_tui import paths, profile
from vortex_tui.engine.client import Engine
from vortex_tui.engine.protocol import ChatMessage, Conversation, Done, Named, Sampling
from vortex_tui.errors import ExpertError
from vortex_tui.settings import Router

ASKED: Conversation = (ChatMessage(role="user", content="What is 37 + 58?"),)


def control() -> Path:
    (folder,) = (paths.nano() / "control" / "multitask").iterdir()
    return folder


async def test_an_expert_aside_answers_by_name_and_is_never_routed_to(tmp_path: Path) -> None:
    async with Engine(tmp_path, face="test") as engine:
        await engine.load(profile.load("nano"), aside=[control()])
        answer = engine.generate(
            [ASKED], Sampling(max_new_tokens=8, temperature=0), Named(weights={"multitask": 1.0})
        )
        done = [event async for event in answer if isinstance(event, Done)]
        routed = (await engine.route([ASKED]))[0]
    assert [event.text for event in done] == ["95"]
    assert "multitask" not in {candidate.expert.partition("/")[0] for candidate in routed.candidates}


async def test_a_folder_that_is_no_expert_is_refused(tmp_path: Path) -> None:
    async with Engine(tmp_path / "data", face="test") as engine:
        with pytest.raises(ExpertError, match="cannot be used"):
            await engine.load(profile.load("nano"), aside=[tmp_path])


async def test_another_router_decides_when_it_is_asked_for(tmp_path: Path) -> None:
    async with Engine(tmp_path, face="test") as engine:
        await engine.load(profile.load("nano"))
        own = (await engine.route([ASKED]))[0]
        off = (await engine.route([ASKED], Router(mode="off")))[0]
    assert own.mix
    assert own.mode == "hybrid"
    assert not off.mix
    assert off.mode == "off"


async def test_a_candidate_is_routed_to_on_trial_and_only_then(tmp_path: Path) -> None:
    (champion,) = (paths.nano() / "experts" / "arithmetic").iterdir()
    folder = tmp_path / "arithmetic" / "cand-1"
    shutil.copytree(champion, folder)
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**told, "run_id": "cand-1"}), encoding="utf-8")
    async with Engine(tmp_path / "data", face="test") as engine:
        await engine.load(profile.load("nano"), candidates=[folder])
        usual = (await engine.route([ASKED]))[0]
        tried = (await engine.route([ASKED], on_trial=True))[0]
        again = (await engine.route([ASKED]))[0]
        named = Named(weights={"arithmetic/cand-1": 1.0})
        answer = engine.generate([ASKED], Sampling(max_new_tokens=8, temperature=0), named)
        done = [event async for event in answer if isinstance(event, Done)]
        listed = {info.id for info in await engine.experts()}
        await engine.load(profile.load("nano"))
        with pytest.raises(ExpertError, match="no candidate"):
            await engine.route([ASKED], on_trial=True)
    experts = [share.expert for share in tried.mix]
    assert experts == ["arithmetic/cand-1"]
    assert [share.expert for share in usual.mix] == [share.expert for share in again.mix]
    assert usual.mix[0].expert.startswith("arithmetic/release")
    assert "arithmetic/cand-1" not in listed
    assert not {one.expert for one in tried.candidates} & {usual.mix[0].expert}
    assert [event.text for event in done] == ["95"]
    # What passes leaves the bank's own index and vectors as they were.
    assert len(list((tmp_path / "data" / "cache" / "router").glob("*-*"))) == 1
