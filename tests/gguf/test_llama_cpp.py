"""transformers with PEFT against llama.cpp: one base, one adapter, a mix of three, the same logits."""

from __future__ import annotations

import ctypes
import dataclasses
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from peft import PeftModel
from peft.tuners.lora import LoraLayer
from transformers import AutoModelForCausalLM

from tests.support import gguf_models, peft_expert, tiny
from vortex_tui import paths
from vortex_tui.engine import fingerprint, model_folder
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.experts.adapter import Adapter
from vortex_tui.gguf import adapter, base, geometry

pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed: pip install '.[llama_cpp]'")

POSITIONS, TEXTS = 96, 6
COSINE, SAME_ARGMAX = 0.9999, 0.99
LORA: tuple[dict[str, Any], ...] = (
    {"r": 8, "lora_alpha": 16},
    {"r": 4, "lora_alpha": 8, "use_rslora": True},
    {"r": 4, "lora_alpha": 8, "rank_pattern": {"q_proj": 2}, "alpha_pattern": {"k_proj": 20, "up_proj": 3}},
)
SEVEN = list(peft_expert.SEVEN)
FUSED = {"target_modules": ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"]}
FUSED_LORA = (
    LORA[0] | FUSED,
    LORA[1] | FUSED,
    {"r": 4, "lora_alpha": 8, "rank_pattern": {"qkv_proj": 2}, "alpha_pattern": {"o_proj": 20}} | FUSED,
)
MIXES = {
    "the base": (),
    "one": (1.0,),
    "rslora": (0.0, 1.0),
    "patterns": (0.0, 0.0, 1.0),
    "three": (0.5, 0.3, 0.4),
}


@dataclasses.dataclass
class Pair:
    """A model twice: as a folder with its adapters, and as GGUF files."""

    folder: ModelFolder
    file: Path
    saved: list[Path]
    converted: list[Path]


def llama(folder: Path, file: Path) -> ModelFolder:
    made = tiny.base(folder)
    base.convert(made, file)
    return made


def written(make: Callable[[Path], ModelFolder]) -> Callable[[Path, Path], ModelFolder]:
    """A base that this program does not convert, written by the tests."""

    def both(folder: Path, file: Path) -> ModelFolder:
        made = make(folder)
        gguf_models.write(made, file)
        return made

    return both


BASES: dict[str, Callable[[Path, Path], ModelFolder]] = {
    "llama": llama,
    "qwen2": written(gguf_models.qwen2),
    "qwen3": written(gguf_models.qwen3),
    "phi3": written(gguf_models.phi3),
    "gemma2": written(gguf_models.gemma2),
    "gemma3": written(gguf_models.gemma3),
}


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """So small a model's operations are shorter than waking a second thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module", params=BASES)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    root = tmp_path_factory.mktemp("pair")
    folder = BASES[request.param](root / "base", root / "base.gguf")
    loaded = AutoModelForCausalLM.from_pretrained(folder.path, dtype=torch.float32)
    saved, converted = [], []
    for number, lora in enumerate(FUSED_LORA if request.param == "phi3" else LORA):
        place = root / f"adapter-{number}"
        expert = peft_expert.make(loaded, place, seed=number + 1, **{"target_modules": SEVEN} | lora)
        saved.append(place / "adapter")
        converted.append(_convert(expert, folder, root / f"adapter-{number}.gguf"))
    return Pair(folder, root / "base.gguf", saved, converted)


def _convert(expert: Adapter, folder: ModelFolder, target: Path) -> Path:
    adapter.convert(expert, geometry.of_config(folder.config), target)
    return target


def texts() -> list[list[int]]:
    draw = np.random.default_rng(11)
    return [draw.integers(5, 2000, POSITIONS).tolist() for _ in range(TEXTS)]


def expected(pair: Pair, weights: tuple[float, ...]) -> np.ndarray:
    """Logits (positions, vocabulary) of transformers with PEFT, in float32."""
    model = AutoModelForCausalLM.from_pretrained(pair.folder.path, dtype=torch.float32).eval()
    if weights:
        names = [str(number) for number in range(len(weights))]
        model = PeftModel.from_pretrained(model, pair.saved[0], adapter_name="0")
        for name in names[1:]:
            model.load_adapter(pair.saved[int(name)], adapter_name=name)
        model.base_model.set_adapter(names, inference_mode=True)
        for layer in model.modules():
            if isinstance(layer, LoraLayer):
                for name, weight in zip(names, weights, strict=True):
                    layer.set_scale(name, weight)
    with torch.no_grad():
        return torch.cat([model(torch.tensor([ids])).logits[0] for ids in texts()]).numpy()


@cache
def hush() -> object:
    """Let llama.cpp say nothing; the callback must outlive every call into the library."""
    import llama_cpp.llama_cpp as native

    silent = native.llama_log_callback(lambda _level, _text, _data: None)
    native.llama_log_set(silent, None)
    native.llama_backend_init()
    return silent


class Llama:
    """The fewest of llama.cpp's calls that give the logits of whole texts."""

    def __init__(self, pair: Pair) -> None:
        import llama_cpp.llama_cpp as native

        self._native = native
        hush()
        self._model = native.llama_model_load_from_file(
            str(pair.file).encode(), native.llama_model_default_params()
        )
        assert self._model
        self._adapters = [
            native.llama_adapter_lora_init(self._model, str(f).encode()) for f in pair.converted
        ]
        assert all(self._adapters)
        settings = native.llama_context_default_params()
        settings.n_ctx = settings.n_batch = settings.n_ubatch = POSITIONS
        settings.n_threads = settings.n_threads_batch = 1
        self._context = native.llama_init_from_model(self._model, settings)
        assert self._context

    def logits(self, weights: tuple[float, ...]) -> np.ndarray:
        """(positions, vocabulary) under a mix."""
        worn = [(a, w) for a, w in zip(self._adapters, weights, strict=False) if w]
        pointers = (self._native.llama_adapter_lora_p_ctypes * max(1, len(worn)))(*[a for a, _ in worn])
        scales = (ctypes.c_float * max(1, len(worn)))(*[w for _, w in worn])
        assert self._native.llama_set_adapters_lora(self._context, pointers, len(worn), scales) == 0
        return np.concatenate([self._text(ids) for ids in texts()])

    def _text(self, ids: list[int]) -> np.ndarray:
        native = self._native
        native.llama_memory_clear(native.llama_get_memory(self._context), True)
        batch = native.llama_batch_init(len(ids), 0, 1)
        batch.n_tokens = len(ids)
        for place, id in enumerate(ids):
            batch.token[place], batch.pos[place] = id, place
            batch.n_seq_id[place], batch.seq_id[place][0] = 1, 0
            batch.logits[place] = True
        assert native.llama_decode(self._context, batch) == 0
        size = native.llama_vocab_n_tokens(native.llama_model_get_vocab(self._model))
        rows = np.ctypeslib.as_array(native.llama_get_logits(self._context), (len(ids), size)).copy()
        native.llama_batch_free(batch)
        return rows

    def close(self) -> None:
        self._native.llama_free(self._context)
        self._native.llama_model_free(self._model)


@pytest.fixture
def loaded(pair: Pair) -> Iterator[Llama]:
    model = Llama(pair)
    yield model
    model.close()


def alike(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """The least cosine of two rows, and the share of rows with one and the same largest value."""
    scale = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    cosines = (one * other).sum(axis=1) / scale
    return float(cosines.min()), float((one.argmax(axis=1) == other.argmax(axis=1)).mean())


@pytest.mark.parametrize("mix", MIXES)
def test_llama_cpp_computes_what_transformers_and_peft_do(mix: str, pair: Pair, loaded: Llama) -> None:
    cosine, same = alike(expected(pair, MIXES[mix]), loaded.logits(MIXES[mix]))
    assert cosine >= COSINE
    assert same >= SAME_ARGMAX


def test_a_wrong_weight_would_be_noticed(pair: Pair, loaded: Llama) -> None:
    cosine, same = alike(expected(pair, (0.5, 0.3, 0.4)), loaded.logits((0.5, 0.3, 0.5)))
    assert cosine < COSINE or same < SAME_ARGMAX


WORDS = (
    "What is 37 + 58?",
    "1234567890 12.5 3/4\n\n  x = [1,\t2]  \r\n",
    "Grüße, naïve café — “quotes” … 日本語 한국어 😀🚀",
    "don't we'll I'M THEY'RE   spaces    and_underscores camelCase",
    "def f(x):\n    return x**2  # ²\n",
    "<|user|>\nSELECT * FROM t WHERE a >= 10;<|end|>\n<|assistant|>\n",
    "",
)


@pytest.mark.parametrize("text", WORDS)
def test_nanos_gguf_reads_text_into_the_same_tokens(text: str, tmp_path: Path) -> None:
    import llama_cpp.llama_cpp as native
    from tokenizers import Tokenizer

    hush()
    folder = model_folder.inspect(paths.nano() / "base")
    base.convert(folder, tmp_path / "nano.gguf")
    settings = native.llama_model_default_params()
    settings.vocab_only = True
    model = native.llama_model_load_from_file(str(tmp_path / "nano.gguf").encode(), settings)
    vocabulary, raw = native.llama_model_get_vocab(model), text.encode()
    ids = (ctypes.c_int32 * (len(raw) + 8))()
    # "add special" is asked for: the file itself says that nothing is to be put in front.
    count = native.llama_tokenize(vocabulary, raw, len(raw), ids, len(ids), True, True)
    native.llama_model_free(model)
    expected = Tokenizer.from_file(str(folder.path / "tokenizer.json")).encode(text, add_special_tokens=False)
    assert list(ids[:count]) == expected.ids


@pytest.mark.parametrize("file_type", [7, 2])  # Q8_0 and Q4_0: their blocks fit the tiny rows
def test_a_quantised_gguf_keeps_the_identity_of_its_model(pair: Pair, file_type: int, tmp_path: Path) -> None:
    import llama_cpp.llama_cpp as native

    hush()
    settings = native.llama_model_quantize_default_params()
    settings.ftype, settings.nthread = file_type, 1
    target = tmp_path / "small.gguf"
    done = native.llama_model_quantize(str(pair.file).encode(), str(target).encode(), ctypes.byref(settings))
    assert done == 0
    assert fingerprint.of_gguf(target) == fingerprint.of_folder(pair.folder)
