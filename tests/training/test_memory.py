"""A training that does not fit is refused before anything is loaded, with what would make it fit."""

from __future__ import annotations

import math
from collections import namedtuple
from pathlib import Path

import pytest

from vortex_tui.engine import model_folder
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.engine.safetensors_file import Header, TensorEntry
from vortex_tui.engine.sizes import MIB
from vortex_tui.errors import BudgetError, StorageError
from vortex_tui.training import memory, recipe
from vortex_tui.training.recipe import Change

GIB = 1024 * MIB
HIDDEN, INNER, LAYERS, VOCABULARY = 3584, 18944, 28, 152064


def seven_billion() -> ModelFolder:
    """The headers of a model of Qwen2.5-7B's shape."""
    shapes = {"model.embed_tokens.weight": (VOCABULARY, HIDDEN), "lm_head.weight": (VOCABULARY, HIDDEN)}
    for layer in range(LAYERS):
        at = f"model.layers.{layer}"
        shapes |= {
            f"{at}.self_attn.q_proj.weight": (HIDDEN, HIDDEN),
            f"{at}.self_attn.k_proj.weight": (512, HIDDEN),
            f"{at}.self_attn.v_proj.weight": (512, HIDDEN),
            f"{at}.self_attn.o_proj.weight": (HIDDEN, HIDDEN),
            f"{at}.mlp.gate_proj.weight": (INNER, HIDDEN),
            f"{at}.mlp.up_proj.weight": (INNER, HIDDEN),
            f"{at}.mlp.down_proj.weight": (HIDDEN, INNER),
        }
    entries, at = {}, 0
    for name, shape in shapes.items():
        end = at + 2 * math.prod(shape)
        entries[name], at = TensorEntry("BF16", shape, at, end), end
    config = {"num_hidden_layers": LAYERS, "hidden_size": HIDDEN, "num_attention_heads": 28}
    return ModelFolder(Path("seven"), config, {Path("seven/model.safetensors"): Header(entries, 0)})


def check(change: Change, available: int) -> memory.Need:
    folder = seven_billion()
    shape = memory.shape_of(folder)
    how = recipe.choose(shape.parameters, 32768, change)
    return memory.check(folder, shape, how, available, on_gpu=True, unpacked=False)


def test_a_seven_billion_base_is_trained_in_a_budget_of_sixteen_gigabytes() -> None:
    found = check(Change(), 15500 * MIB)
    assert 5 * GIB < found.weights < 7 * GIB  # the layers at four bits, embedding and head in sixteen
    assert found.total < 15500 * MIB


def test_what_does_not_fit_is_told_with_the_options_that_would() -> None:
    with pytest.raises(BudgetError) as refused:
        check(Change(gradient_checkpointing=False), 15500 * MIB)
    assert refused.value.mend == "--gradient-checkpointing"
    assert "base" in refused.value.expected
    assert "activations" in refused.value.expected


def test_the_options_that_are_told_do_fit() -> None:
    with pytest.raises(BudgetError) as refused:
        check(Change(length=16384), 12 * GIB)
    words = refused.value.mend.split()
    assert words[0] == "--length"
    check(Change(length=int(words[1])), 12 * GIB)


def test_a_base_that_does_not_fit_at_all_is_told_so() -> None:
    with pytest.raises(BudgetError, match="does not fit") as refused:
        check(Change(), 4 * GIB)
    assert "smaller base" in refused.value.mend


def test_a_full_disk_is_noticed_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(10**9, 10**9, 10 * MIB))
    shape = memory.shape_of(seven_billion())
    with pytest.raises(StorageError, match="no room") as refused:
        memory.check_disk(tmp_path / "not" / "there", shape, 16)
    assert refused.value.found == "10 MiB free"


def test_the_shape_of_nano_is_that_of_its_files() -> None:
    shape = memory.shape_of(model_folder.inspect(model_folder.locate("nano")))
    assert (shape.layers, shape.hidden, shape.inner, shape.vocabulary) == (6, 256, 768, 2048)
    assert memory.trained_parameters(shape, 16) == 466_944


def test_the_recipe_follows_the_size_of_the_base_and_what_is_said() -> None:
    tiny, large = recipe.choose(5_000_000, 4096, Change()), recipe.choose(7_000_000_000, 4096, Change())
    assert tiny.rate > large.rate
    assert large.gradient_checkpointing
    assert not tiny.gradient_checkpointing
    said = recipe.choose(7_000_000_000, 4096, Change(rank=8, steps=7))
    assert (said.rank, said.alpha, said.steps(10_000)) == (8, 16, 7)
    assert recipe.choose(7_000_000_000, 512, Change()).length == 512
    with pytest.raises(recipe.TrainingError, match="longer than the base"):
        recipe.choose(5_000_000, 4096, Change(length=8192))
