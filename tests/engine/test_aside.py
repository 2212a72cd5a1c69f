"""Experts outside the bank: named, never routed to; and routers other than the profile's own."""

from __future__ import annotations

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
