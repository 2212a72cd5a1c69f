"""What is refused before an adapter touches the base, and why."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.torch
import torch

from tests.support import tiny
from vortex_tui.engine import fingerprint
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.engine.safetensors_file import parse_header
from vortex_tui.errors import ExpertError
from vortex_tui.experts import adapter, bank, finite, manifest
from vortex_tui.experts.manifest import ExpertManifest


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> ModelFolder:
    return tiny.base(tmp_path_factory.mktemp("base"))


@pytest.fixture
def folder(tmp_path: Path, base: ModelFolder) -> Path:
    return tiny.expert(tmp_path, base, "sums")


def rehash(folder: Path, **changes: object) -> ExpertManifest:
    """The manifest with changed fields and the hash of the files as they are now."""
    files = folder / manifest.ADAPTER
    content = manifest.content_hash(
        (files / manifest.CONFIG_FILE).read_bytes(), (files / manifest.WEIGHTS_FILE).read_bytes()
    )
    old = manifest.load(folder / manifest.MANIFEST)
    changed = old.model_copy(update={"content_hash": content, **changes})
    manifest.save(changed, folder)
    return changed


def reconfigure(**changes: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        file = folder / manifest.ADAPTER / manifest.CONFIG_FILE
        file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), **changes}), "utf-8")
        rehash(folder)

    return change


def truncate(folder: Path) -> None:
    file = folder / manifest.ADAPTER / manifest.WEIGHTS_FILE
    file.write_bytes(file.read_bytes()[:-100])
    rehash(folder)


def flip_one_bit(folder: Path) -> None:
    file = folder / manifest.ADAPTER / manifest.WEIGHTS_FILE
    raw = bytearray(file.read_bytes())
    raw[-1] ^= 1
    file.write_bytes(raw)


def plant(value: float) -> Callable[[Path], None]:
    """A value in the last place of the last tensor, and a hash that is right for it."""

    def change(folder: Path) -> None:
        file = folder / manifest.ADAPTER / manifest.WEIGHTS_FILE
        file.write_bytes(file.read_bytes()[:-4] + struct.pack("<f", value))
        rehash(folder)

    return change


def pickle_instead(folder: Path) -> None:
    file = folder / manifest.ADAPTER / manifest.WEIGHTS_FILE
    file.rename(file.with_name("adapter_model.bin"))


REFUSED = {
    "its files changed": flip_one_bit,
    "pickled weights adapter_model.bin": pickle_instead,
    "bytes where the header names": truncate,
    "use_dora": reconfigure(use_dora=True),
    "modules_to_save": reconfigure(modules_to_save=["lm_head"]),
    "it trains biases": reconfigure(bias="all"),
    "it is not a LoRA": reconfigure(peft_type="IA3"),
    "its rank differs": lambda folder: rehash(folder, rank=8),
    "rank 4": reconfigure(r=8),
    "its alpha differs": reconfigure(lora_alpha=float("inf")),
    "rank_pattern": reconfigure(rank_pattern={"q_proj": 2}),
    "nan or infinity in base_model.model.": plant(float("nan")),
    "no numbers": plant(float("-inf")),
    "its target modules differ": lambda folder: rehash(folder, target_modules=("q_proj",)),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_a_bad_adapter_is_refused_with_its_reason(folder: Path, reason: str) -> None:
    REFUSED[reason](folder)
    with pytest.raises(ExpertError) as refusal:
        adapter.read(manifest.load(folder / manifest.MANIFEST), folder)
    assert reason in str(refusal.value)
    assert "vortex-tui experts verify" in refusal.value.mend


def test_a_whole_adapter_is_read(folder: Path) -> None:
    found = adapter.read(manifest.load(folder / manifest.MANIFEST), folder)
    assert found.modules["model.layers.1.self_attn.q_proj"] == adapter.Factors(4, 64, 64)


@pytest.mark.parametrize(
    ("dtype", "worst", "finite_but_large"),
    [
        (torch.float64, float("nan"), 1e308),
        (torch.float32, float("nan"), 3e38),
        (torch.float16, float("inf"), 65504.0),
        (torch.bfloat16, float("-inf"), 3e38),
        (torch.bfloat16, float("nan"), -3e38),
    ],
)
def test_what_is_no_number_is_found_in_every_float_type(
    dtype: torch.dtype, worst: float, finite_but_large: float
) -> None:
    def first(value: float) -> str:
        tensor = torch.zeros(3, 70_000, dtype=dtype)
        tensor[2, 69_999] = value
        counts = torch.full((5,), -1, dtype=torch.int64)  # every bit set, and no float
        raw = safetensors.torch.save({"a": torch.ones(7, dtype=dtype), "b": tensor, "counts": counts})
        return finite.first_infinite(parse_header(raw, len(raw), Path("x")), raw)

    assert first(worst) == "b"
    assert first(finite_but_large) == ""


def test_an_adapter_whose_layers_the_base_lacks_is_refused(folder: Path) -> None:
    found = adapter.read(manifest.load(folder / manifest.MANIFEST), folder)
    linears = {name: (shape.inputs, shape.outputs) for name, shape in found.modules.items()}
    adapter.check_shapes(found, linears)
    wrong = linears | {"model.layers.1.self_attn.q_proj": (64, 128)}
    with pytest.raises(ExpertError, match=r"q_proj does not fit the base"):
        adapter.check_shapes(found, wrong)


def test_an_expert_for_a_sibling_base_of_the_same_shape_is_refused(tmp_path: Path, base: ModelFolder) -> None:
    # A fine-tune: one norm weight differs, every shape is the same.
    sibling_path = tmp_path / "sibling"
    tiny.base(sibling_path)
    (weights,) = sibling_path.glob("*.safetensors")
    tensors = safetensors.torch.load_file(weights)
    tensors["model.norm.weight"] += 0.01
    safetensors.torch.save_file(tensors, weights)
    sibling = tiny.model_folder.inspect(sibling_path)
    tiny.expert(tmp_path / "bank", sibling, "sums")
    (entry,) = bank.scan(fingerprint.of_folder(base), [tmp_path / "bank"])
    assert "made for another base" in entry.problem
    with pytest.raises(ExpertError, match="cannot be used"):
        bank.usable(entry)


def test_one_seed_makes_one_fingerprint(tmp_path: Path, base: ModelFolder) -> None:
    assert fingerprint.of_folder(tiny.base(tmp_path / "again")) == fingerprint.of_folder(base)
    assert fingerprint.of_folder(tiny.base(tmp_path / "deeper", layers=3)) != fingerprint.of_folder(base)


def test_a_damaged_manifest_is_listed_with_its_problem(tmp_path: Path, folder: Path) -> None:
    (folder / manifest.MANIFEST).write_text('{"domain": "sums"', "utf-8")
    (entry,) = bank.scan(None, [tmp_path])
    assert entry.manifest is None
    assert "is not an expert's manifest" in entry.problem
    assert entry.id == "sums/run-1"


def test_a_manifest_of_another_folder_is_a_problem(tmp_path: Path, folder: Path) -> None:
    folder.rename(folder.with_name("run-9"))
    (entry,) = bank.scan(None, [tmp_path])
    assert "not of this folder" in entry.problem


@pytest.mark.usefixtures("folder")
def test_an_unknown_expert_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ExpertError, match="one of sums"):
        bank.find("suns", bank.scan(None, [tmp_path]))
