"""The router's encoder from a folder: what it gives, and what is refused before anything is loaded."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch

from tests.support import tiny_encoder
from vortex_tui.engine import encoder_folder
from vortex_tui.engine.encoding import BaseEncoder, Encoder, open_encoder
from vortex_tui.engine.folder_encoder import FolderEncoder
from vortex_tui.errors import ModelError

TEXTS = ["What is 37 + 58?", "say it", "", "Wie geht's? " * 60, "\udc80 bytes", "日本語", "[CLS] [PAD]"]


class Base:
    """As much of a backend as the encoder asks for."""

    name, quantization = "hf", "nf4"

    def embed(self, texts: list[str]) -> np.ndarray[Any, Any]:
        return np.ones((len(texts), 1), np.float32)


def opened(name: str | Path) -> Encoder:
    encoder = open_encoder(str(name), Base(), "f" * 64)  # type: ignore[arg-type]
    assert encoder is not None
    return encoder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_encoder.folder(tmp_path_factory.mktemp("encoder") / "tiny")


@pytest.fixture(scope="module")
def encoder(made: Path) -> Encoder:
    return opened(made)


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "copy")


def change(file: Path, **values: Any) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(content | values), encoding="utf-8")


def weights(folder: Path, edit: Callable[[dict[str, torch.Tensor]], None]) -> None:
    file = folder / "model.safetensors"
    tensors = safetensors.torch.load_file(file)
    edit(tensors)
    safetensors.torch.save_file(tensors, file, {"format": "pt"})


def test_vectors_are_float32_of_unit_length(encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), tiny_encoder.WIDTH)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=-1), 1.0, atol=1e-5)


def test_a_text_has_one_vector_whatever_it_is_encoded_with(encoder: Encoder) -> None:
    together = encoder.encode(TEXTS * 4)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    np.testing.assert_allclose(together, np.tile(alone, (4, 1)), atol=1e-5)
    assert np.abs(alone[0] - alone[1]).max() > 0.01


def test_no_texts_are_no_vectors(encoder: Encoder) -> None:
    assert len(encoder.encode([])) == 0


def test_a_text_counts_up_to_512_tokens(encoder: Encoder) -> None:
    long = "a " * 510  # and two at its ends
    np.testing.assert_allclose(*encoder.encode([long, long + "b " * 300]), atol=1e-6)
    assert np.abs(np.subtract(*encoder.encode([long, "a " * 509 + "b"]))).max() > 1e-4


def test_a_shorter_limit_of_its_own_stays(tmp_path: Path) -> None:
    short = opened(tiny_encoder.folder(tmp_path / "short", positions=64, max_seq_length=16))
    np.testing.assert_allclose(*short.encode(["a " * 14, "a " * 14 + "b"]), atol=1e-6)


def test_loading_leaves_the_random_numbers_of_others_alone(made: Path) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    opened(made)
    assert torch.equal(torch.rand(3), expected)


def test_half_precision_computes_in_float32(encoder: Encoder, copy: Path) -> None:
    weights(copy, lambda tensors: tensors.update({k: v.half() for k, v in tensors.items()}))
    change(copy / "config.json", dtype="float16")
    np.testing.assert_allclose(opened(copy).encode(TEXTS), encoder.encode(TEXTS), atol=0.02)


def test_the_identity_is_of_what_decides_the_vectors(made: Path, copy: Path) -> None:
    def identity() -> str:
        return encoder_folder.inspect(copy).identity()

    first = identity()
    assert first == encoder_folder.inspect(made).identity()
    (copy / "README.md").write_text("read me", encoding="utf-8")
    assert identity() == first
    change(copy / "1_Pooling" / "config.json", pooling_mode_cls_token=True, pooling_mode_mean_tokens=False)
    second = identity()
    assert second != first
    weights(copy, lambda tensors: tensors["embeddings.word_embeddings.weight"][7, 3].add_(1e-3))
    assert identity() not in (first, second)


def test_base_and_lexical_need_no_folder() -> None:
    assert open_encoder("lexical", Base(), "f" * 64) is None  # type: ignore[arg-type]
    base = opened("base")
    assert isinstance(base, BaseEncoder)
    assert base.identity == "\0".join(("f" * 64, "hf", "nf4"))
    assert base.encode(["a", "b"]).shape == (2, 1)
    base.close()


def test_a_folder_may_be_named_from_here_or_from_home(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(made.parent)
    assert encoder_folder.locate("tiny") == made.resolve()
    monkeypatch.setenv("HOME", str(made.parent))
    monkeypatch.setenv("USERPROFILE", str(made.parent))
    monkeypatch.chdir(tmp_path)
    assert encoder_folder.locate("~/tiny") == made.resolve()


@pytest.mark.parametrize(
    "name", ["/no/such/folder", "~nobody-of-that-name/x", "a\0b", "a" * 5000, "org/model"]
)
def test_a_folder_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(ModelError, match="there is no encoder") as caught:
        opened(name)
    assert "experts.router.encoder" in caught.value.mend


def listing(*changes: Any, **of: Any) -> Callable[[Path], None]:
    listed = changes[0] if changes else tiny_encoder.modules(**of)
    return lambda folder: (folder / "modules.json").write_text(json.dumps(listed), encoding="utf-8") and None


def pickled(folder: Path) -> None:
    torch.save(safetensors.torch.load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def cut(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def dense_without_weights(folder: Path) -> None:
    listing(path="2_Dense", type="sentence_transformers.models.Dense")(folder)
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / "pytorch_model.bin").write_bytes(b"x")


def auto_map(name: str) -> Callable[[Path], None]:
    return lambda folder: change(folder / name, auto_map={"AutoModel": "modeling.Model"})


def lost_shard(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")


def foreign_shard(folder: Path) -> None:
    index = {"weight_map": {"a": "../copy/model.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")


REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    "no modules": (lambda folder: (folder / "modules.json").unlink(), "modules.json cannot be read"),
    "modules not JSON": (lambda folder: (folder / "modules.json").write_bytes(b"\xff["), "cannot be read"),
    "no list": (listing({"0": "Transformer"}), "lists no modules"),
    "empty list": (listing([]), "lists no modules"),
    "no type": (listing([{"path": ""}]), "not understood"),
    "another's class": (listing(first="os.path.join"), "not the library's own"),
    "a class of the folder": (listing(first="custom_st.Transformer"), "not the library's own"),
    "a look-alike": (listing(first="sentence_transformers_evil.models.Transformer"), "not the library's own"),
    "an import of its": (listing(first="sentence_transformers.base.model.torch"), "not the library's own"),
    "a line more": (listing(first="sentence_transformers.models.Transformer\n"), "not the library's own"),
    "outside": (listing(path="../1_Pooling"), "outside of it"),
    "absolute": (listing(path="/etc"), "outside of it"),
    "own code": (auto_map("config.json"), "code of its own"),
    "own loading": (
        lambda folder: change(folder / "sentence_bert_config.json", model_args={"use_kernels": True}),
        "a way of its own",
    ),
    "own tokenizer": (auto_map("tokenizer_config.json"), "code of its own"),
    "pickle": (pickled, "no safetensors weights"),
    "pickled layer": (dense_without_weights, "no safetensors weights in 2_Dense"),
    "truncated": (cut, "not a whole safetensors file"),
    "a shard is lost": (lost_shard, "no safetensors weights"),
    "a shard elsewhere": (foreign_shard, "not a shard index"),
    "adapter": (lambda folder: (folder / "adapter_config.json").write_bytes(b"{}"), "an adapter"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_safe_or_whole_is_refused_without_the_library(
    copy: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil, told = REFUSED[case]
    spoil(copy)
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ModelError, match=told) as caught:
        opened(copy)
    assert caught.value.found
    assert caught.value.mend


def test_without_the_library_the_extra_is_named(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ModelError, match="sentence-transformers") as caught:
        opened(made)
    assert 'pip install "vortex-tui[encoder]"' in caught.value.mend


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_vectors_that_are_not_finite_are_refused(copy: Path, value: float) -> None:
    weights(copy, lambda tensors: tensors["embeddings.word_embeddings.weight"].fill_(value))
    with pytest.raises(ModelError, match="not finite"):
        opened(copy)


def test_weights_that_are_not_in_the_file_are_refused(copy: Path) -> None:
    weights(copy, lambda tensors: tensors.__delitem__("encoder.layer.1.output.dense.weight"))
    with pytest.raises(ModelError, match="weights are missing"):
        opened(copy)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", "{}"),
        ("config.json", '{"model_type": "bert", "hidden_size": 33}'),
        ("config.json", "[]"),
        ("tokenizer.json", "{"),
        ("1_Pooling/config.json", "nothing"),
        ("sentence_bert_config.json", '{"unknown": 1}'),
    ],
)
def test_a_configuration_that_nothing_understands_is_an_error_in_words(
    copy: Path, file: str, content: str
) -> None:
    (copy / file).write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match="refused"):
        FolderEncoder(encoder_folder.inspect(copy)).encode(["a"])
