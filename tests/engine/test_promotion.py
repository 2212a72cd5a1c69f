"""A running engine follows a promotion and a rollback between two requests: the real nano, no restart."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
import safetensors.numpy

from tests.support import judged
from tests.support.judged import TERMS
from vortex_tui import paths, profile
from vortex_tui.engine.client import Engine
from vortex_tui.engine.protocol import (
    BARE,
    ROUTED,
    ChatMessage,
    Choice,
    Conversation,
    Done,
    Named,
    Sampling,
    Token,
)
from vortex_tui.errors import StorageError
from vortex_tui.experts import aliases, manifest
from vortex_tui.promotion import anew, promote
from vortex_tui.promotion.report import Version
from vortex_tui.promotion.rollback import rollback
from vortex_tui.promotion.site import Site

GREEDY = Sampling(temperature=0.0, max_new_tokens=24)
SUM, UNIT = "What is 37 + 58?", "What is 3 kg in g?"
(SHIPPED,) = (paths.nano() / "experts" / "arithmetic").iterdir()


def turn(role: str, text: str) -> ChatMessage:
    return ChatMessage(role=role, content=text)  # type: ignore[arg-type]


def ask(text: str) -> Conversation:
    return (turn("user", text),)


async def answer(engine: Engine, asked: Conversation, choice: Choice = ROUTED) -> Done:
    async for event in engine.generate([asked], GREEDY, choice):
        done = event
    assert isinstance(done, Done)
    return done


def mute(site: Site, id: str = "arithmetic/mute") -> Version:
    """A candidate that is nano's own expert of sums without its effect: it answers as the base does."""
    folder = site.quarantine / id
    shutil.copytree(SHIPPED, folder)
    file = folder / manifest.ADAPTER / manifest.WEIGHTS_FILE
    tensors = safetensors.numpy.load(file.read_bytes())
    changed = {name: np.zeros_like(t) if "lora_B" in name else t for name, t in tensors.items()}
    file.write_bytes(safetensors.numpy.save(changed))
    config = (folder / manifest.ADAPTER / manifest.CONFIG_FILE).read_bytes()
    hashed = manifest.content_hash(config, file.read_bytes())
    said = json.loads((folder / manifest.MANIFEST).read_bytes())
    said |= {"run_id": folder.name, "content_hash": hashed}
    (folder / manifest.MANIFEST).write_text(json.dumps(said), "utf-8")
    return Version(id=id, content_hash=hashed)


def promoted(site: Site, version: Version) -> None:
    promote.approve(site, judged.known(site, judged.judged(site, version)))
    promote.promote(site, version.id, TERMS)


@pytest_asyncio.fixture
async def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Engine]:
    monkeypatch.setattr(paths, "user_data", lambda: tmp_path / "user")
    async with Engine(tmp_path / "data", face="test") as opened:
        await opened.load(profile.load("nano"))
        yield opened


@pytest.fixture
def nano(tmp_path: Path) -> Site:
    base = json.loads((SHIPPED / manifest.MANIFEST).read_bytes())["base_fingerprint"]
    return Site(tmp_path / "data", base, with_nano=True)


async def champion(engine: Engine) -> str:
    (id,) = [info.id for info in await engine.experts() if info.champion and info.domain == "arithmetic"]
    return id


async def test_a_promotion_and_a_rollback_are_followed_without_a_restart(engine: Engine, nano: Site) -> None:
    shipped = f"arithmetic/{SHIPPED.name}"
    process = (await engine.stats()).pid
    assert (await answer(engine, ask(SUM))).text == "95"
    bare = await answer(engine, ask(SUM), BARE)
    unit = await answer(engine, ask(UNIT))
    promoted(nano, mute(nano))
    muted = await answer(engine, ask(SUM))
    assert [share.expert for share in muted.mix] == ["arithmetic/mute"]
    assert muted.text == bare.text != "95"
    assert await champion(engine) == "arithmetic/mute"
    # Another expert, its K/V and its place in memory are as they were.
    follow = (*ask(UNIT), turn("assistant", unit.text), turn("user", "And 5 kg?"))
    again, followed = await answer(engine, ask(UNIT)), await answer(engine, follow)
    assert (again.text, again.mix, again.adapter_load_ms) == (unit.text, unit.mix, 0.0)
    assert followed.kv_reused_tokens > 0
    assert rollback(nano).candidate == Version(
        id=shipped, content_hash=json.loads((SHIPPED / manifest.MANIFEST).read_bytes())["content_hash"]
    )
    back = await answer(engine, ask(SUM))
    assert ([share.expert for share in back.mix], back.text) == ([shipped], "95")
    assert await champion(engine) == shipped
    assert (await engine.stats()).pid == process
    # What was reused is what an engine computes that knows nothing of it.
    await engine.load(profile.load("nano"))
    same = Named(weights={share.expert: share.weight for share in followed.mix})
    cold = await answer(engine, follow, same)
    assert (cold.text, cold.mix_hash, cold.kv_reused_tokens) == (followed.text, followed.mix_hash, 0)


@pytest.mark.slow
async def test_an_answer_under_way_ends_as_it_began(engine: Engine, nano: Site) -> None:
    candidate = mute(nano)
    long = Sampling(temperature=1.0, seed=3, max_new_tokens=120, min_new_tokens=120)
    alone = [event async for event in engine.generate([ask(SUM)], long)][-1]
    running = engine.generate([ask(SUM)], long)
    seen, later = 0, None
    async for event in running:
        seen += isinstance(event, Token)
        if seen == 3 and later is None:
            promoted(nano, candidate)
            later = engine.generate([ask(SUM)], GREEDY)
    assert isinstance(alone, Done)
    assert isinstance(event, Done)
    assert (event.text, event.mix) == (alone.text, alone.mix)
    assert later is not None
    done = [each async for each in later][-1]
    assert isinstance(done, Done)
    assert [share.expert for share in done.mix] == ["arithmetic/mute"]


@pytest.mark.slow
async def test_a_champion_whose_files_are_gone_leaves_its_domain_without_an_expert(
    engine: Engine, nano: Site
) -> None:
    promoted(nano, mute(nano))
    shutil.rmtree(nano.registry / "arithmetic" / "mute")
    ready = await engine.load(profile.load("nano"))
    assert ready.experts == 13
    told = {info.id: info.problem for info in await engine.experts() if info.domain == "arithmetic"}
    assert "rollback arithmetic" in told["arithmetic/mute"]
    assert "arithmetic" not in {
        share.expert.partition("/")[0] for share in (await answer(engine, ask(SUM))).mix
    }
    rollback(nano, "arithmetic")
    assert (await answer(engine, ask(SUM))).text == "95"


@pytest.mark.slow
async def test_damaged_aliases_are_refused_in_words_until_they_are_mended(engine: Engine, nano: Site) -> None:
    promoted(nano, mute(nano))
    rollback(nano)
    aliases.file_of(nano.data_dir).write_bytes(b"{")
    for _ in range(2):
        with pytest.raises(StorageError, match="does not say who the champions are"):
            await answer(engine, ask(SUM))
    anew.mend(nano)
    assert (await answer(engine, ask(SUM))).text == "95"


async def test_a_bank_in_which_a_candidate_is_judged_stays_as_it_was_loaded(
    engine: Engine, nano: Site
) -> None:
    candidate, other = mute(nano), mute(nano, "arithmetic/other")
    await engine.load(profile.load("nano"), None, candidates=[nano.quarantine / candidate.id])
    promoted(nano, other)
    on_trial = await engine.route([ask(SUM)], on_trial=True)
    assert [share.expert for share in on_trial[0].mix] == [candidate.id]
    tried = await answer(engine, ask(SUM), Named(weights={candidate.id: 1.0}))
    assert [share.expert for share in tried.mix] == [candidate.id]
    assert await champion(engine) == f"arithmetic/{SHIPPED.name}"
    await engine.load(profile.load("nano"))
    assert await champion(engine) == other.id
