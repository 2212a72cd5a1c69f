"""Headers of GGUF files: what they say, and that no file, however made, harms or holds up its reader."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import gguf
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import tiny
from vortex_tui.errors import ModelError
from vortex_tui.gguf import base, reader, tensor_types

_START = b"GGUF" + struct.pack("<I", 3)
_HUGE = 2**63 - 1


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gguf")
    base.convert(tiny.base(folder / "base"), folder / "made.gguf")
    return folder / "made.gguf"


def test_a_header_says_what_the_model_is(file: Path) -> None:
    header = reader.read(file)
    assert (header.kind, header.architecture, header.quantization) == ("model", "llama", "F16")
    assert header.parameters == sum(tensor.n_elements for tensor in gguf.GGUFReader(file).tensors)
    assert header.context_length == 256
    assert header.has_chat_template
    assert header.parts == 1


def test_tensors_are_where_llama_cpps_own_reader_sees_them(file: Path) -> None:
    header = reader.read(file)
    theirs = {tensor.name: tensor for tensor in gguf.GGUFReader(file).tensors}
    assert header.tensors.keys() == theirs.keys()
    for name, tensor in header.tensors.items():
        assert tensor.start == theirs[name].data_offset
        assert tensor.shape == tuple(reversed(theirs[name].shape.tolist()))
        assert tensor.type_name == theirs[name].tensor_type.name
        assert reader.read_tensor(file, tensor) == theirs[name].data.tobytes()


def test_long_arrays_are_passed_over_unless_they_are_wanted(file: Path) -> None:
    assert reader.read(file).strings("tokenizer.ggml.tokens") == ()
    wanted = reader.read(file, frozenset({"tokenizer.ggml.tokens"}))
    assert len(wanted.strings("tokenizer.ggml.tokens")) == 2048
    assert wanted.numbers("tokenizer.ggml.token_type") == ()


def test_the_tables_are_those_of_the_format() -> None:
    sizes = {t.value: (t.name, *gguf.GGML_QUANT_SIZES[t]) for t in gguf.GGMLQuantizationType}
    ours = {number: (t.name, t.block, t.bytes) for number, t in tensor_types.TENSOR_TYPES.items()}
    # The package may be older or newer than our tables: what both know is the same.
    shared = ours.keys() & sizes.keys()
    assert len(shared) > 25
    assert {number: ours[number] for number in shared} == {number: sizes[number] for number in shared}
    named = {t.value: t.name.removeprefix("MOSTLY_").removeprefix("ALL_") for t in gguf.LlamaFileType}
    shared = named.keys() & tensor_types.FILE_TYPES.keys()
    assert len(shared) > 25
    assert {n: named[n] for n in shared} == {n: tensor_types.FILE_TYPES[n] for n in shared}


def test_the_quantization_is_that_of_most_values_when_nobody_named_it(tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "q.gguf", "llama")
    writer.add_tensor("a.weight", np.zeros((4, 36), np.uint8), raw_dtype=gguf.GGMLQuantizationType.Q4_0)
    writer.add_tensor("b.weight", np.zeros(8, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    header = reader.read(tmp_path / "q.gguf")
    assert header.quantization == "Q4_0"
    assert header.tensors["a.weight"].shape == (4, 64)


def counts(tensors: int, keys: int) -> bytes:
    return struct.pack("<QQ", tensors, keys)


def key(name: bytes) -> bytes:
    return struct.pack("<Q", len(name)) + name


HOSTILE = {
    "nothing": b"",
    "another file": b"PK\x03\x04" + bytes(64),
    "a version to come": b"GGUF" + struct.pack("<I", 9) + bytes(64),
    "a big-endian machine": b"GGUF" + struct.pack(">I", 3) + bytes(64),
    "huge counts": _START + counts(_HUGE, _HUGE) + bytes(64),
    "many tensors of nothing": _START + counts(262_144, 0) + bytes(1024),
    "a long key": _START + counts(0, 1) + struct.pack("<Q", _HUGE),
    "a long text": _START + counts(0, 1) + key(b"k") + struct.pack("<IQ", 8, _HUGE),
    "a long array": _START + counts(0, 1) + key(b"k") + struct.pack("<IIQ", 9, 0, _HUGE),
    "an array of nothings": _START
    + counts(0, 1)
    + key(b"k")
    + struct.pack("<IIQ", 9, 8, 4_000_000)
    + bytes(999),
    "arrays in arrays": _START + counts(0, 1) + key(b"k") + struct.pack("<IIQ", 9, 9, 1) * 99,
    "an unknown type": _START + counts(0, 1) + key(b"k") + struct.pack("<IQ", 99, 0),
    "a key twice": _START + counts(0, 2) + 2 * (key(b"k") + struct.pack("<II", 4, 1)) + bytes(64),
    "a bad alignment": _START
    + counts(0, 1)
    + key(b"general.alignment")
    + struct.pack("<II", 4, 3)
    + bytes(64),
    "many dimensions": _START + counts(1, 0) + key(b"t") + struct.pack("<I", 2**31) + bytes(99),
    "a huge tensor": _START
    + counts(1, 0)
    + key(b"t")
    + struct.pack("<IQQIQ", 2, 2**62, 2**62, 0, 0)
    + bytes(99),
    "a tensor far away": _START + counts(1, 0) + key(b"t") + struct.pack("<IQIQ", 1, 4, 0, 2**62) + bytes(99),
    "half a block": _START + counts(1, 0) + key(b"t") + struct.pack("<IQIQ", 1, 5, 2, 0) + bytes(99),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_at_once(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "hostile.gguf"
    file.write_bytes(HOSTILE[kind])
    started = time.monotonic()
    with pytest.raises(ModelError, match="is not a whole GGUF file") as refusal:
        reader.read(file)
    assert refusal.value.found
    assert time.monotonic() - started < 2.0


def test_a_missing_file_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No such file"):
        reader.read(tmp_path / "none.gguf")


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short_is_refused(share: float, file: Path, tmp_path: Path) -> None:
    raw = file.read_bytes()
    (tmp_path / "cut.gguf").write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises(ModelError, match="is not a whole GGUF file"):
        reader.read(tmp_path / "cut.gguf")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=8))
def test_changed_bytes_give_a_header_or_a_refusal(
    file: Path, tmp_path: Path, changes: list[tuple[int, int]]
) -> None:
    raw = bytearray(file.read_bytes())
    for place, value in changes:
        raw[place] = value
    (tmp_path / "changed.gguf").write_bytes(raw)
    try:
        header = reader.read(tmp_path / "changed.gguf")
    except ModelError:
        return
    assert isinstance(header.quantization, str)
    assert header.parameters >= 0
