"""Merged adapters against PEFT's own ``add_weighted_adapter``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import peft_expert
from vortex_tui.errors import ExpertError
from vortex_tui.evaluation import merging
from vortex_tui.evaluation.merging import METHODS, Method, Source
from vortex_tui.experts import adapter, bank
from vortex_tui.experts.bank import BankEntry

WEIGHTS = (0.65, 0.35)


@pytest.fixture(scope="module")
def base() -> Any:
    from transformers import LlamaConfig

    return peft_expert.model(
        LlamaConfig(
            vocab_size=32, hidden_size=24, intermediate_size=40, num_hidden_layers=2,
            num_attention_heads=2, num_key_value_heads=1,
        )
    )  # fmt: skip


@pytest.fixture(scope="module")
def folders(base: Any, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    made = []
    for seed, (domain, alpha) in enumerate((("sums", 8), ("laws", 12))):
        folder = tmp_path_factory.mktemp("bank") / domain / "run-1"
        lora = {"r": 4, "lora_alpha": alpha, "target_modules": ["q_proj", "down_proj"]}
        peft_expert.save(base, folder, seed=seed, **lora)
        peft_expert.describe(folder, domain=domain)
        made.append(folder)
    return made


def sources(folders: list[Path]) -> list[Source]:
    return [merging.source(entry(folder)) for folder in folders]


def entry(folder: Path) -> BankEntry:
    (found,) = bank.aside(peft_expert.ANY_BASE, [folder])
    return found


def of_peft(base: Any, folders: list[Path], method: Method) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """PEFT's A and B by module."""
    from peft import PeftModel

    model: Any = PeftModel.from_pretrained(base, folders[0] / "adapter", adapter_name="one")
    model.load_adapter(folders[1] / "adapter", adapter_name="two")
    more = {"density": merging.DENSITY} if method == "ties" else {}
    model.add_weighted_adapter(["one", "two"], list(WEIGHTS), "both", combination_type=method, **more)
    layers = {name: m for name, m in model.named_modules() if hasattr(m, "lora_A") and "both" in m.lora_A}
    found = {
        name.removeprefix("base_model.model."): tuple(
            side["both"].weight.detach().numpy() * factor
            for side, factor in ((layer.lora_A, 1.0), (layer.lora_B, layer.scaling["both"]))
        )
        for name, layer in layers.items()
    }
    model.unload()
    return found


@pytest.mark.parametrize("method", METHODS)
def test_it_is_what_peft_makes(base: Any, folders: list[Path], method: Method, tmp_path: Path) -> None:
    target = tmp_path / f"merged-{method}" / "sums-laws"
    made = merging.write(sources(folders), WEIGHTS, method, target)
    ours = merging.source(entry(target))
    assert made.alpha == made.rank == 4
    theirs = of_peft(base, folders, method)
    assert len(theirs) == 4
    for module, (a, b) in theirs.items():
        mine = [ours.tensors[f"base_model.model.{module}.lora_{side}.weight"] for side in "AB"]
        np.testing.assert_allclose(mine[1] @ mine[0], b @ a, atol=1e-5)


def test_a_merged_adapter_is_a_real_expert(folders: list[Path], tmp_path: Path) -> None:
    made = merging.write(sources(folders), WEIGHTS, "svd", tmp_path / "merged-svd" / "sums-laws")
    assert bank.verify(entry(tmp_path / "merged-svd" / "sums-laws")) == ""
    assert adapter.read(made, tmp_path / "merged-svd" / "sums-laws").content_hash == made.content_hash


@pytest.mark.parametrize("method", ["linear", "svd"])
def test_one_expert_merged_alone_is_itself(folders: list[Path], method: Method) -> None:
    one = sources(folders)[0]
    a, b = (one.tensors[f"base_model.model.model.layers.0.self_attn.q_proj.lora_{s}.weight"] for s in "AB")
    merged_a, merged_b = merging.merge(method, [((a, b), one.scaling)])
    np.testing.assert_allclose(merged_b @ merged_a, one.scaling * (b @ a), atol=1e-5)


def test_experts_of_different_ranks_are_refused(base: Any, folders: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "tax" / "run-1"
    peft_expert.save(base, other, r=2, lora_alpha=2, target_modules=["q_proj", "down_proj"])
    peft_expert.describe(other, domain="tax")
    with pytest.raises(ExpertError, match="cannot be merged"):
        merging.write(sources([folders[0], other]), WEIGHTS, "ties", tmp_path / "x" / "y")
