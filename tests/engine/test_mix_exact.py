"""The mix is Wx + Σ wᵢ·sᵢ·BᵢAᵢx: exactly, for any weights, over NF4 as over plain weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import safetensors.torch
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peft import PeftModel

from tests.support import tiny
from vortex_tui.engine.backends.hf import HfBackend
from vortex_tui.engine.backends.hf_load import load_model
from vortex_tui.engine.backends.hf_lora import separate
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.errors import ExpertError
from vortex_tui.experts import adapter, manifest, mix
from vortex_tui.experts.adapter import Adapter
from vortex_tui.experts.mix import Mix, MixPart

IDS = torch.tensor([[5, 300, 41, 77, 1200, 9]])
TOLERANCE = {"atol": 2e-4, "rtol": 1e-4}


class Bench:
    """A loaded tiny backend with four experts of different ranks, and the bare model beside it."""

    def __init__(self, folder: Path, quantization: str) -> None:
        self.model: ModelFolder = tiny.base(folder / "base")
        self.folders = [
            tiny.expert(folder / "experts", self.model, f"e{n}", seed=n, rank=2 + n, alpha=4 + n)
            for n in range(1, 5)
        ]
        self.experts: list[Adapter] = [
            adapter.read(manifest.load(each / manifest.MANIFEST), each) for each in self.folders
        ]
        self.bare = load_model(self.model, quantization)
        self.backend = HfBackend(self.model, quantization, lambda *_: None)
        for each in self.experts:
            self.backend.attach(each)

    @torch.inference_mode()
    def mixed(self, chosen: Mix) -> torch.Tensor:
        self.backend._slots.activate(separate(chosen))
        return self.backend._model(IDS).logits

    @torch.inference_mode()
    def composed(self, chosen: Mix) -> torch.Tensor:
        """The same mix as one adapter, as it is from its second use on."""
        self.backend._slots.form(chosen)
        self.backend._slots.activate(self.backend._slots.form(chosen))
        return self.backend._model(IDS).logits

    @torch.inference_mode()
    def summed(self, weights: list[float]) -> torch.Tensor:
        """The bare model with every delta added by hand, from the files."""
        hooks = [hook for each, w in zip(self.experts, weights, strict=True) for hook in self._add(each, w)]
        try:
            return self.bare(IDS).logits
        finally:
            for hook in hooks:
                hook.remove()

    def _add(self, each: Adapter, weight: float) -> Iterator[torch.utils.hooks.RemovableHandle]:
        tensors = safetensors.torch.load(each.weights)
        scale = weight * each.manifest.alpha / each.manifest.rank
        for name in each.modules:
            a = tensors[f"base_model.model.{name}.lora_A.weight"]
            b = tensors[f"base_model.model.{name}.lora_B.weight"]
            layer = self.bare.get_submodule(name)
            yield layer.register_forward_hook(
                lambda _m, x, y, a=a, b=b: y + scale * (x[0].float() @ a.T @ b.T)
            )

    def mix(self, weights: list[float]) -> Mix:
        pairs = zip(self.experts, weights, strict=True)
        return mix.make(MixPart(e.manifest.id, e.content_hash, w) for e, w in pairs)


@pytest.fixture(scope="module", params=["nf4", "none"])
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("mix"), request.param)


steps = st.integers(-20, 38).map(lambda n: n * mix.STEP)
four = st.lists(steps, min_size=4, max_size=4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(weights=four)
def test_a_mix_is_the_explicit_sum_of_its_deltas(bench: Bench, weights: list[float]) -> None:
    torch.testing.assert_close(bench.mixed(bench.mix(weights)), bench.summed(weights), **TOLERANCE)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(weights=four, off=st.integers(0, 3))
def test_the_comparison_sees_one_weight_off_by_one_step(bench: Bench, weights: list[float], off: int) -> None:
    wrong = [w + mix.STEP * (n == off) for n, w in enumerate(weights)]
    with pytest.raises(AssertionError):
        torch.testing.assert_close(bench.mixed(bench.mix(wrong)), bench.summed(weights), **TOLERANCE)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(weights=four)
def test_a_composed_mix_is_the_same_sum(bench: Bench, weights: list[float]) -> None:
    chosen, active = bench.mix(weights), bench.mix([0.35, 0.0, 0.0, 0.65])
    bench.mixed(active)
    torch.testing.assert_close(bench.composed(chosen), bench.summed(weights), **TOLERANCE)
    torch.testing.assert_close(bench.mixed(active), bench.summed([0.35, 0.0, 0.0, 0.65]), **TOLERANCE)


def test_only_a_few_composed_mixes_stay_and_a_lost_one_is_composed_anew(bench: Bench) -> None:
    slots = bench.backend._slots
    bench.composed(bench.mix([0.05, 0.5, 0.0, 0.0]))
    outlived = slots.peek(bench.mix([0.05, 0.5, 0.0, 0.0]))
    for step in range(2, 14):
        weights = [0.05 * step, 0.5, 0.0, 0.0]
        torch.testing.assert_close(bench.composed(bench.mix(weights)), bench.summed(weights), **TOLERANCE)
    first = bench.mix([0.05, 0.5, 0.0, 0.0])
    assert slots.peek(first).key == first.hash
    with torch.inference_mode():
        slots.activate(outlived)
        logits = bench.backend._model(IDS).logits
    torch.testing.assert_close(logits, bench.summed([0.05, 0.5, 0.0, 0.0]), **TOLERANCE)
    torch.testing.assert_close(bench.composed(first), bench.summed([0.05, 0.5, 0.0, 0.0]), **TOLERANCE)
    adapters = [name for name in bench.backend._model.peft_config if name.startswith("composed-")]
    assert len(adapters) <= 9


def test_one_expert_at_weight_one_is_plain_peft(bench: Bench) -> None:
    quantization = bench.backend.quantization
    for n, folder in enumerate(bench.folders):
        plain = PeftModel.from_pretrained(
            load_model(bench.model, quantization), folder / manifest.ADAPTER
        ).eval()
        with torch.inference_mode():
            expected = plain(IDS).logits
        weights = [float(n == k) for k in range(4)]
        torch.testing.assert_close(bench.mixed(bench.mix(weights)), expected, atol=1e-5, rtol=1e-5)


def test_no_expert_is_the_bare_base_bit_for_bit(bench: Bench) -> None:
    bench.mixed(bench.mix([1.0, 0.5, 0.5, 1.0]))
    with torch.inference_mode():
        bare = bench.bare(IDS).logits
    assert torch.equal(bench.mixed(Mix()), bare)
    assert not torch.equal(bench.mixed(bench.mix([0.05, 0.0, 0.0, 0.0])), bare)


def test_detaching_leaves_the_others_and_the_base_as_they_were(bench: Bench) -> None:
    only = bench.mix([0.0, 1.0, 0.0, 0.0])
    before = bench.mixed(only)
    bench.mixed(bench.mix([1.0, 0.0, 0.0, 0.0]))
    bench.backend.detach(bench.experts[0].content_hash)
    try:
        assert torch.equal(bench.mixed(only), before)
    finally:
        bench.backend.attach(bench.experts[0])
    assert torch.equal(bench.mixed(only), before)


def test_an_adapter_that_fails_to_attach_changes_nothing(bench: Bench, tmp_path: Path) -> None:
    only = bench.mix([0.0, 1.0, 0.0, 0.0])
    before, bare = bench.mixed(only), bench.mixed(Mix())
    other = tiny.base(tmp_path / "deeper", layers=3)
    folder = tiny.expert(tmp_path / "bank", other, "deeper", seed=9)
    foreign = adapter.read(manifest.load(folder / manifest.MANIFEST), folder)
    # Past the check of shapes, so that PEFT itself meets a layer that is not there.
    bench.backend._slots._linears |= {m: (f.inputs, f.outputs) for m, f in foreign.modules.items()}
    with pytest.raises(ExpertError, match="do not fit the base"):
        bench.backend.attach(foreign)
    assert torch.equal(bench.mixed(Mix()), bare)
    assert torch.equal(bench.mixed(only), before)
