"""Files with something wrong, given to llama.cpp the way the worker does: refused or run, never an end.

Every case of ENDS was found by killing a process with it; soundness.py and fitting.py refuse them now.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import raw_gguf
from tests.support.command import ROOT
from tests.support.raw_gguf import ARRAY, BOOL, F32, HEADS, HIDDEN, I32, TEXT, U32, U64, Tensor, Typed
from vortex_tui.engine.backends.llama import trial
from vortex_tui.errors import ExpertError, ModelError
from vortex_tui.gguf import fitting, reader, soundness, vocabulary

pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
posix = pytest.mark.skipif(sys.platform == "win32", reason="waits on a pipe with select")

WORDS = raw_gguf.vocabulary()
COUNT = len(WORDS)


def vector(kind: int, size: int = HIDDEN) -> Tensor:
    return Tensor((size,), kind, bytes(8 * size))


ENDS: dict[str, tuple[dict[str, Typed | None], dict[str, Tensor | None]]] = {
    "no blocks": ({"llama.block_count": Typed(U32, 0)}, {}),
    "more blocks than llama.cpp has": ({"llama.block_count": Typed(U32, 513)}, {}),
    "a negative epsilon": ({"llama.attention.layer_norm_rms_epsilon": Typed(F32, -1.0)}, {}),
    "an epsilon that is no number": (
        {"llama.attention.layer_norm_rms_epsilon": Typed(F32, float("nan"))},
        {},
    ),
    "pieces without bytes": ({"tokenizer.ggml.model": Typed(TEXT, "llama")}, {}),
    "no tokenizer": ({"tokenizer.ggml.model": Typed(TEXT, "none")}, {}),
    "one token again and again": ({"tokenizer.ggml.tokens": Typed(ARRAY, ("ab",) * COUNT, TEXT)}, {}),
    "experts of which none is used": ({"llama.expert_count": Typed(U32, 4)}, {}),
    "too many experts": ({"llama.expert_count": Typed(U32, 65_535)}, {}),
    "more experts used than there are": ({"llama.expert_used_count": Typed(U32, 2)}, {}),
    "experts used by block": ({"llama.expert_used_count": Typed(ARRAY, (1, 2), U32)}, {}),
    "groups without experts": ({"llama.expert_group_count": Typed(U32, 1)}, {}),
    "more layers ahead than there are": ({"llama.nextn_predict_layers": Typed(U32, 3)}, {}),
    "an unknown rope": ({"llama.rope.scaling.type": Typed(TEXT, "spiral")}, {}),
    "an alignment of one": (
        {"general.alignment": Typed(U32, 1)},
        {"a.bias": Tensor((1,), 0, bytes(32))},
    ),
    "a norm in half precision": ({}, {"output_norm.weight": vector(1)}),
    "a norm of one row in half precision": ({}, {"output_norm.weight": Tensor((HIDDEN, 1), 1, bytes(256))}),
    "a bias in half precision": ({}, {"blk.0.attn_q.bias": vector(1)}),
    "a bias of whole numbers": ({}, {"blk.0.ffn_down.bias": vector(26)}),
    "frequencies in half precision": ({}, {"rope_freqs.weight": vector(1, HIDDEN // HEADS // 2)}),
    "a head of whole numbers": (
        {},
        {"output.weight": Tensor((HIDDEN, COUNT), 26, bytes(4 * HIDDEN * COUNT))},
    ),
}
# Not an end so far, but a read from beyond an array, or a model that no one can ask.
WRONG: dict[str, tuple[dict[str, Typed | None], dict[str, Tensor | None]]] = {
    "no context": ({"llama.context_length": Typed(U32, 0)}, {}),
    "a context nobody says": ({"llama.context_length": None}, {}),
    "types for fewer tokens": ({"tokenizer.ggml.token_type": Typed(ARRAY, (1, 1), I32)}, {}),
    "types that are truths": ({"tokenizer.ggml.token_type": Typed(ARRAY, (True,) * COUNT, BOOL)}, {}),
    "scores for fewer tokens": ({"tokenizer.ggml.scores": Typed(ARRAY, (0.5,), F32)}, {}),
    "tokens without embeddings": (
        {"tokenizer.ggml.tokens": Typed(ARRAY, (*WORDS, "more"), TEXT), "tokenizer.ggml.token_type": None},
        {},
    ),
    "a vocabulary of no size": ({"llama.vocab_size": Typed(U32, 0)}, {}),
    "a vocabulary of an absurd size": ({"llama.vocab_size": Typed(U64, 2**63)}, {}),
    "a vocabulary of a negative size": ({"llama.vocab_size": Typed(I32, -5)}, {}),
    "an adapter as a model": ({"general.type": Typed(TEXT, "adapter")}, {}),
    "nothing": ({}, dict.fromkeys(raw_gguf.tensors())),
}


class Child:
    """The process that loads mutants; a new one after each death."""

    def __init__(self, base: Path) -> None:
        self._command = [sys.executable, "-m", "tests.support.mutant_loader", str(base)]
        self._process: subprocess.Popen[str] | None = None

    def _alive(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=os.environ | {"GGML_NO_BACKTRACE": "1"}, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        return self._process

    def ask(self, kind: str, file: Path) -> str:
        """What became of a file; ``died`` when that was the process's end."""
        process = self._alive()
        assert process.stdin
        assert process.stdout
        process.stdin.write(f"{kind} {file}\n")
        process.stdin.flush()
        if not select.select([process.stdout], [], [], 60)[0]:
            process.kill()
            return "hung"
        line = process.stdout.readline().strip()
        return line or f"died with {process.wait()}"

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return raw_gguf.write(tmp_path_factory.mktemp("sound") / "sound.gguf")


@pytest.fixture(scope="module")
def child(sound: Path) -> Iterator[Child]:
    made = Child(sound)
    yield made
    made.close()


def check(file: Path) -> None:
    soundness.check(file, reader.read(file, vocabulary.WANTED))


@pytest.mark.parametrize("case", ENDS | WRONG)
def test_what_llama_cpp_does_not_survive_is_refused_before(case: str, tmp_path: Path) -> None:
    said, named = (ENDS | WRONG)[case]
    with pytest.raises(ModelError) as refusal:
        check(raw_gguf.write(tmp_path / "unsound.gguf", said, named))
    assert refusal.value.found
    assert refusal.value.expected
    assert refusal.value.mend


@posix
@pytest.mark.parametrize("case", ["no blocks", "a norm in half precision", "an unknown rope"])
def test_without_the_checks_they_would_end_the_process(case: str, child: Child, tmp_path: Path) -> None:
    file = raw_gguf.write(tmp_path / "unsound.gguf", *ENDS[case])
    assert child.ask("unchecked", file).startswith("died")
    assert child.ask("model", file).startswith("refused")


def test_a_sound_file_is_sound(sound: Path) -> None:
    check(sound)


def test_a_trial_ends_in_the_place_of_the_worker(tmp_path: Path) -> None:
    file = raw_gguf.write(tmp_path / "unsound.gguf", *ENDS["no blocks"])
    with pytest.raises(ModelError, match="does not survive") as refusal:
        trial.check(file, "f16", tmp_path)
    assert "GGML_ASSERT" in refusal.value.found
    assert not (tmp_path / "cache").exists()


def test_a_file_that_was_survived_is_not_tried_again(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial.check(sound, "f16", tmp_path)
    monkeypatch.setattr(sys, "executable", "/no/python")
    trial.check(sound, "f16", tmp_path)
    with pytest.raises(ModelError, match="could not be started"):
        trial.check(sound, "q8_0", tmp_path)


KEYS = sorted(raw_gguf.metadata())
values = st.one_of(
    st.none(),
    st.integers(0, 2**32 - 1).map(lambda n: Typed(U32, n)),
    st.integers(0, 600).map(lambda n: Typed(U32, n)),
    st.floats(width=32).map(lambda x: Typed(F32, x)),
    st.text(max_size=8).map(lambda t: Typed(TEXT, t)),
    st.lists(st.integers(0, 300), max_size=4).map(lambda ns: Typed(ARRAY, ns, U32)),
)
said_wrong = st.dictionaries(st.sampled_from(KEYS), values, min_size=1, max_size=3)
flips = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6)
bounded = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def survived(child: Child, kind: str, file: Path) -> None:
    became = child.ask(kind, file)
    assert became.startswith(("ok", "refused")), became


@posix
@pytest.mark.slow
@bounded
@given(said_wrong)
def test_whatever_a_header_says_the_process_goes_on(
    child: Child, tmp_path: Path, said: dict[str, Any]
) -> None:
    survived(child, "model", raw_gguf.write(tmp_path / "mutant.gguf", said))


@posix
@pytest.mark.slow
@bounded
@given(flips, st.floats(0, 1), st.booleans())
def test_whatever_bytes_are_changed_the_process_goes_on(
    child: Child, tmp_path: Path, changes: list[tuple[float, int]], share: float, cut: bool
) -> None:
    said, named = raw_gguf.metadata(), raw_gguf.tensors()
    start, rest = bytearray(raw_gguf.header(said, named)), raw_gguf.data(named)
    for place, value in changes:
        start[int(place * len(start))] = value
    whole = bytes(start) + rest
    (tmp_path / "mutant.gguf").write_bytes(whole[: int(share * len(whole))] if cut else whole)
    survived(child, "model", tmp_path / "mutant.gguf")


MISFITS: dict[str, bytes] = {
    "another architecture": raw_gguf.adapter(general__architecture=Typed(TEXT, "qwen2")),
    "a model": raw_gguf.adapter(general__type=Typed(TEXT, "model")),
    "another kind": raw_gguf.adapter(adapter__type=Typed(TEXT, "control_vector")),
    "no alpha": raw_gguf.adapter(adapter__lora__alpha=None),
    "an alpha that is no number": raw_gguf.adapter(adapter__lora__alpha=Typed(F32, float("nan"))),
    "half a pair": raw_gguf.adapter({"blk.0.attn_q.weight.lora_b": None}),
    "a layer that is not there": raw_gguf.adapter(
        {
            "blk.9.attn_q.weight.lora_a": raw_gguf.tensor((HIDDEN, 2), 0),
            "blk.9.attn_q.weight.lora_b": raw_gguf.tensor((2, HIDDEN), 0),
        }
    ),
    "other inputs": raw_gguf.adapter({"blk.0.attn_q.weight.lora_a": raw_gguf.tensor((HIDDEN * 2, 2), 0)}),
    "other outputs": raw_gguf.adapter({"blk.0.attn_q.weight.lora_b": raw_gguf.tensor((2, HIDDEN * 2), 0)}),
    "two ranks": raw_gguf.adapter({"blk.0.attn_q.weight.lora_b": raw_gguf.tensor((3, HIDDEN), 0)}),
    "no matrix": raw_gguf.adapter({"blk.0.attn_q.weight.lora_a": raw_gguf.tensor((HIDDEN,), 0)}),
    "whole numbers": raw_gguf.adapter(
        {"blk.0.attn_q.weight.lora_a": Tensor((HIDDEN, 2), 26, bytes(8 * HIDDEN))}
    ),
    "a cut file": raw_gguf.adapter()[:-1],
    "no tensors": raw_gguf.adapter(
        dict.fromkeys(
            f"blk.0.{layer}.weight.lora_{side}" for layer in ("attn_q", "ffn_down") for side in "ab"
        )
    ),
}


@pytest.mark.parametrize("case", MISFITS)
def test_an_adapter_that_does_not_fit_is_refused_by_its_header(
    case: str, sound: Path, tmp_path: Path
) -> None:
    (tmp_path / "misfit.gguf").write_bytes(MISFITS[case])
    with pytest.raises(ExpertError, match="does not fit") as refusal:
        fitting.check(tmp_path / "misfit.gguf", reader.read(sound))
    assert refusal.value.found
    assert refusal.value.expected
    assert "remove" in refusal.value.mend


@posix
def test_an_adapter_that_fits_is_worn(child: Child, tmp_path: Path) -> None:
    (tmp_path / "adapter.gguf").write_bytes(raw_gguf.adapter())
    assert child.ask("adapter", tmp_path / "adapter.gguf") == "ok"


@posix
@pytest.mark.slow
@bounded
@given(flips)
def test_whatever_an_adapter_says_the_process_goes_on(
    child: Child, tmp_path: Path, changes: list[tuple[float, int]]
) -> None:
    raw = bytearray(raw_gguf.adapter())
    for place, value in changes:
        raw[int(place * len(raw)) % 900] = value
    (tmp_path / "mutant.gguf").write_bytes(raw)
    survived(child, "adapter", tmp_path / "mutant.gguf")
