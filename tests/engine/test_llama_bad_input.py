"""Bad GGUF files and settings, through a real worker: refused in words, and the worker lives to answer."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.engine.test_engine import GREEDY, answers
from tests.support import raw_gguf
from tests.support.raw_gguf import ARRAY, F32, HIDDEN, I32, TEXT, U32, U64, Typed
from vortex_tui import profile
from vortex_tui.engine.client import Engine
from vortex_tui.engine.protocol import BARE, Sampling
from vortex_tui.errors import BudgetError, ExpertError, ModelError, VortexError
from vortex_tui.profile import Profile

pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

SHORT = Sampling(temperature=0.0, max_new_tokens=4)
SAID, NAMED = raw_gguf.metadata(), raw_gguf.tensors()
WHOLE = raw_gguf.render(SAID, NAMED)
INFOS = WHOLE.index(b"token_embd.weight")
DATA = len(raw_gguf.header(SAID, NAMED))


def gguf(file: Path | str, ctx_tokens: int = 64, **core: Any) -> Profile:
    """Nano's profile with a GGUF in place of its weights."""
    nano = profile.load("nano")
    changed = {"backend": "llama_cpp", "llama_cpp_model_path": str(file), **core}
    return nano.model_copy(
        update={
            "core": nano.core.model_copy(update=changed),
            "budget": nano.budget.model_copy(update={"ctx_tokens": ctx_tokens}),
        }
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(data: Path) -> AsyncIterator[Engine]:
    async with Engine(data, face="test") as engine:
        yield engine


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return raw_gguf.write(tmp_path_factory.mktemp("sound") / "sound.gguf")


async def refused(engine: Engine, wanted: Profile, sound: Path, kind: type[VortexError] = ModelError) -> str:
    """Load what cannot be; the error's words. The same worker then loads a sound file and answers."""
    pid = engine.pid
    with pytest.raises(kind) as refusal:
        await engine.load(wanted)
    error = refusal.value
    assert error.message
    assert error.found
    assert error.expected
    assert error.mend
    await engine.load(gguf(sound))
    assert await answers(engine, "hi", sampling=SHORT, choice=BARE)
    assert engine.pid == pid
    return str(error)


def written(**said: Typed | None) -> Callable[[], bytes]:
    """A file with keys changed or left out; ``__`` stands for a dot."""
    changed = {key.replace("__", "."): each for key, each in said.items()}
    kept = {key: each for key, each in (SAID | changed).items() if each is not None}
    return lambda: raw_gguf.render(kept, NAMED)


def patched(mark: bytes, skip: int, patch: bytes) -> Callable[[], bytes]:
    """The sound file with ``patch`` at ``skip`` bytes behind the first ``mark``."""
    at = WHOLE.index(mark) + len(mark) + skip
    return lambda: WHOLE[:at] + patch + WHOLE[at + len(patch) :]


def without(*names: str) -> Callable[[], bytes]:
    return lambda: raw_gguf.render(SAID, {name: each for name, each in NAMED.items() if name not in names})


HUGE = struct.pack("<Q", 2**63 - 1)
FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "no GGUF": (lambda: b"PK\x03\x04" + bytes(500), "begins with"),
    "nothing": (lambda: b"", "not a whole GGUF"),
    "cut in the header": (lambda: WHOLE[:13], "not a whole GGUF"),
    "cut in the metadata": (lambda: WHOLE[: INFOS // 2], "not a whole GGUF"),
    "cut in the tensors' names": (lambda: WHOLE[: INFOS + 60], "not a whole GGUF"),
    "cut before the data": (lambda: WHOLE[:DATA], "not a whole GGUF"),
    "cut in the data": (lambda: WHOLE[: (DATA + len(WHOLE)) // 2], "not a whole GGUF"),
    "without its last byte": (lambda: WHOLE[:-1], "not a whole GGUF"),
    "an architecture of nobody": (written(general__architecture=Typed(TEXT, "nobody")), "nobody"),
    "no architecture": (written(general__architecture=None), "architecture"),
    "no tensors": (without(*NAMED), "no norm weights"),
    "no embeddings": (without("token_embd.weight"), "token_embd"),
    "a block without its keys": (without("blk.1.attn_k.weight"), "blk.1.attn_k.weight"),
    "no norms": (without(*(name for name in NAMED if "norm" in name)), "no norm weights"),
    "a text of absurd length": (patched(b"tokenizer.ggml.pre", 4, HUGE), "bytes of text"),
    "an array of absurd length": (patched(b"tokenizer.ggml.merges", 8, HUGE), "elements"),
    "no context": (written(llama__context_length=Typed(U32, 0)), "context_length = 0"),
    "fewer blocks than tensors": (written(llama__block_count=Typed(U32, 1)), "llama.cpp"),
    "more blocks than tensors": (written(llama__block_count=Typed(U32, 3)), "blk.2"),
    "absurdly many blocks": (written(llama__block_count=Typed(U32, 2**32 - 1)), "block_count"),
    "a vocabulary of nothing": (written(llama__vocab_size=Typed(U32, 0)), "vocab_size"),
    "a negative vocabulary": (written(llama__vocab_size=Typed(I32, -5)), "vocab_size"),
    "an absurd vocabulary": (written(llama__vocab_size=Typed(U64, 2**62)), "vocab_size"),
    "an epsilon below zero": (
        written(llama__attention__layer_norm_rms_epsilon=Typed(F32, -1.0)), "epsilon"
    ),
    "one token twice": (
        written(tokenizer__ggml__tokens=Typed(ARRAY, ("ab",) * len(raw_gguf.vocabulary()), TEXT)), "twice"
    ),
    "a template that is none": (written(tokenizer__chat_template=Typed(TEXT, "{% for %}")), "template"),
    # Sound as far as we know, and an assertion of llama.cpp's: only the trial meets it.
    "an end nobody foresaw": (
        lambda: raw_gguf.render(raw_gguf.metadata("smallthinker"), NAMED), "does not survive"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
async def test_a_bad_file_is_refused_and_the_worker_lives(
    case: str, engine: Engine, sound: Path, tmp_path: Path
) -> None:
    make, told = FILES[case]
    (tmp_path / "bad.gguf").write_bytes(make())
    assert told in await refused(engine, gguf(tmp_path / "bad.gguf"), sound)


@pytest.mark.parametrize(
    "path", ["", "/tmp", "/no/such/file.gguf", "a" * 5000, "~nobody-of-that-name/a.gguf"]
)
async def test_a_path_without_a_file_is_refused(path: str, engine: Engine, sound: Path) -> None:
    wanted = gguf(path, hf_model="/no/such/model")
    assert "no GGUF that is there" in await refused(engine, wanted, sound)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root reads everything")
async def test_an_unreadable_file_is_refused(engine: Engine, sound: Path, tmp_path: Path) -> None:
    raw_gguf.write(tmp_path / "closed.gguf").chmod(0)
    assert "Permission denied" in await refused(engine, gguf(tmp_path / "closed.gguf"), sound)


async def test_a_path_of_any_letters_works(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "модель 模型 ü"
    folder.mkdir()
    ready = await engine.load(gguf(raw_gguf.write(folder / "a b – ё.gguf")))
    assert ready.backend == "llama_cpp"
    assert await answers(engine, "hi", sampling=SHORT, choice=BARE)


@pytest.mark.parametrize("template", [None, Typed(TEXT, "")])
async def test_a_missing_template_is_named(engine: Engine, tmp_path: Path, template: Typed | None) -> None:
    file = raw_gguf.write(tmp_path / "plain.gguf", {"tokenizer.chat_template": template})
    ready = await engine.load(gguf(file))
    assert any("no chat template: ChatML" in note for note in ready.notes)
    assert await answers(engine, "hi", sampling=SHORT, choice=BARE)


@pytest.mark.parametrize(
    "template", ["{{ 1 / 0 }}", "{{ raise_exception('never') }}", "{{ messages[9].role }}", "{# nothing #}"]
)
async def test_a_template_that_fails_is_told_in_words(
    template: str, engine: Engine, tmp_path: Path, sound: Path
) -> None:
    pid = engine.pid
    file = raw_gguf.write(tmp_path / "odd.gguf", {"tokenizer.chat_template": Typed(TEXT, template)})
    await engine.load(gguf(file))
    with pytest.raises(ModelError, match="template refuses"):
        await answers(engine, "hi", sampling=SHORT, choice=BARE)
    await engine.load(gguf(sound))
    assert engine.pid == pid


async def test_a_context_beyond_the_trained_one_is_cut_and_told(engine: Engine, sound: Path) -> None:
    ready = await engine.load(gguf(sound, ctx_tokens=4096))
    assert ready.ctx_tokens == raw_gguf.CONTEXT
    assert any("trained for 128 tokens" in note for note in ready.notes)


async def test_a_context_beyond_the_memory_is_refused(engine: Engine, sound: Path, tmp_path: Path) -> None:
    file = raw_gguf.write(tmp_path / "long.gguf", {"llama.context_length": Typed(U32, 2**31 - 1)})
    told = await refused(engine, gguf(file, ctx_tokens=2**30), sound, BudgetError)
    assert "too much for the host's memory" in told
    assert "ctx_tokens" in told


async def test_after_all_of_it_nano_answers(engine: Engine) -> None:
    pid = engine.pid
    await engine.load(gguf("", ctx_tokens=256))
    assert await answers(engine, "What is 37 + 58?", sampling=GREEDY) == ["95"]
    assert engine.pid == pid


async def test_an_adapter_that_does_not_fit_is_refused(engine: Engine, data: Path) -> None:
    """A converted file is damaged, and what vouches for it says it is whole: only its header tells."""
    await engine.load(gguf("", ctx_tokens=256))
    pid, expert = engine.pid, (await engine.experts())[0]
    await engine.attach(expert.id)
    await engine.detach(expert.id)
    planted = 0
    for sidecar in (data / "cache" / "gguf").glob("*.json"):
        planted += _plant(sidecar.with_suffix(".gguf"), sidecar)
    assert planted
    with pytest.raises(ExpertError, match="does not fit") as refusal:
        await engine.attach(expert.id)
    assert refusal.value.found
    assert refusal.value.expected
    assert "remove" in refusal.value.mend
    assert engine.pid == pid
    assert await answers(engine, "hi", sampling=GREEDY, choice=BARE)


def _plant(file: Path, sidecar: Path) -> bool:
    """Put an adapter of another shape in the place of a converted one, with its size and hash."""
    import hashlib
    import json

    from vortex_tui.gguf import reader

    if reader.read(file).kind != "adapter":
        return False
    wide = {"blk.0.attn_q.weight.lora_a": raw_gguf.tensor((HIDDEN * 3, 2), 0)}
    raw = raw_gguf.adapter(wide)
    file.write_bytes(raw)
    sidecar.write_text(json.dumps({"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}))
    return True
