"""Arrow: experts told from their weights alone, and the base none the wiser."""

from __future__ import annotations

import json
import weakref
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.support import tiny
from vortex_tui import paths
from vortex_tui.engine import model_folder
from vortex_tui.engine.backends import hf_arrow
from vortex_tui.engine.backends.base import Affinities
from vortex_tui.engine.backends.hf import HfBackend
from vortex_tui.engine.backends.llama.backend import LlamaBackend
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.errors import ExpertError, ProfileError
from vortex_tui.experts import adapter, bank, manifest, mix
from vortex_tui.experts.adapter import Adapter
from vortex_tui.experts.mix import MixPart

PROMPT = "What is 37 + 58?"


def opened(folder: ModelFolder, quantization: str) -> HfBackend:
    return HfBackend(folder, quantization, lambda _stage, _done: None)


def read(folder: Path) -> Adapter:
    return adapter.read(manifest.load(folder / manifest.MANIFEST), folder)


def background() -> list[str]:
    return (paths.nano() / "background.txt").read_text(encoding="utf-8").split("\n")[:-1]


@pytest.fixture(scope="module")
def nano() -> HfBackend:
    return opened(model_folder.inspect(model_folder.locate("nano")), "nf4")


@pytest.fixture(scope="module")
def experts() -> dict[str, Adapter]:
    entries = bank.champions(bank.scan(None, [paths.nano() / "experts"]))
    return {domain: read(entry.folder) for domain, entry in sorted(entries.items())}


@pytest.fixture(scope="module")
def arrow(nano: HfBackend, experts: dict[str, Adapter]) -> Affinities:
    return nano.affinities(experts.items(), background())


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[HfBackend, dict[str, Adapter]]:
    """A random base, with experts of which two leave most matrices alone."""
    root = tmp_path_factory.mktemp("small")
    folder = tiny.base(root / "base")
    targets = {"all": tiny.TARGETS, "queries": ("q_proj",), "downs": ("down_proj",), "outputs": ("o_proj",)}
    made = {
        name: read(tiny.expert(root, folder, name, seed=at, targets=of))
        for at, (name, of) in enumerate(targets.items())
    }
    return opened(folder, "none"), made


def leader(shares: Mapping[str, float]) -> str:
    return max(shares, key=lambda name: shares[name])


def logits(backend: HfBackend, text: str) -> Tensor:
    with torch.inference_mode():
        scores: Tensor = backend._model(input_ids=torch.tensor([backend.encode(text)])).logits
    return scores


def hooks(backend: HfBackend) -> int:
    return sum(len(module._forward_pre_hooks) for module in backend._model.modules())


def test_nanos_own_prompts_are_kin_to_their_experts(arrow: Affinities, experts: dict[str, Adapter]) -> None:
    asked = defaultdict(list)
    for line in (paths.nano() / "evaluation" / "calibration.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["kind"] == "held":
            asked[row["domains"][0]].append(row["prompt"])
    told = {domain: [arrow(prompt) for prompt in asked[domain][::12]] for domain in experts}
    right = [leader(shares) == domain for domain, each in told.items() for shares in each]
    # Chance is 0.07; without the background it is 0.26.
    assert sum(right) / len(right) > 0.4
    # By the mean of its own prompts, half of the domains are told.
    means = {
        domain: {name: sum(shares[name] for shares in each) for name in experts}
        for domain, each in told.items()
    }
    assert sum(leader(means[domain]) == domain for domain in experts) >= len(experts) / 2


def test_shares_are_positive_and_sum_to_one_in_the_order_of_the_experts(
    arrow: Affinities, experts: dict[str, Adapter]
) -> None:
    for text in (PROMPT, "", "日本語 " * 2000, "<|im_start|>"):
        shares = arrow(text)
        assert list(shares) == list(experts)
        assert all(0.0 <= share <= 1.0 for share in shares.values())
        assert sum(shares.values()) == pytest.approx(1.0)
        assert arrow(text) == shares


def test_what_lies_beyond_512_tokens_is_not_read(arrow: Affinities) -> None:
    long = "list the files " * 400
    assert arrow(long + "What is 37 + 58?") == arrow(long + "SELECT name FROM users")


def test_the_order_of_the_experts_changes_no_share(
    nano: HfBackend, experts: dict[str, Adapter], arrow: Affinities
) -> None:
    turned = nano.affinities(reversed(experts.items()), background())(PROMPT)
    assert turned == pytest.approx(arrow(PROMPT), abs=1e-4)


def test_the_base_is_the_same_to_the_bit_and_nothing_stays_on_it(
    small: tuple[HfBackend, dict[str, Adapter]],
) -> None:
    backend, made = small
    before = logits(backend, PROMPT)
    affinities = backend.affinities(made.items(), ["a", "b"])
    affinities(PROMPT)
    assert hooks(backend) == 0
    assert torch.equal(logits(backend, PROMPT), before)


def test_attached_and_active_experts_change_no_share(tmp_path: Path) -> None:
    folder = tiny.base(tmp_path / "base")
    made = {name: read(tiny.expert(tmp_path, folder, name, seed=at)) for at, name in enumerate("ab")}
    backend = opened(folder, "none")
    bare = logits(backend, PROMPT)
    expected = backend.affinities(made.items(), ["x", "y z"])(PROMPT)
    for each in made.values():
        backend.attach(each)
    worn = mix.make([MixPart("a", made["a"].content_hash, 1.0), MixPart("b", made["b"].content_hash, 0.5)])
    prompt, answer = backend.encode(PROMPT), [5, 6]
    loss = backend.nll([prompt], [answer], worn)
    affinities = backend.affinities(made.items(), ["x", "y z"])
    assert affinities(PROMPT) == expected
    assert torch.equal(logits(backend, PROMPT), bare)
    assert backend.nll([prompt], [answer], worn) == loss
    assert affinities(PROMPT) == expected


def test_a_router_that_is_still_held_keeps_no_closed_model(tmp_path: Path) -> None:
    folder = tiny.base(tmp_path / "base")
    backend = opened(folder, "none")
    affinities = backend.affinities([("a", read(tiny.expert(tmp_path, folder, "a")))], ["x"])
    model = weakref.ref(backend._model)
    backend.close()
    assert model() is None
    del affinities


def test_hooks_go_also_when_the_pass_fails(
    small: tuple[HfBackend, dict[str, Adapter]], monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, made = small
    affinities = backend.affinities(made.items(), [])

    def fail(*_args: Any) -> Tensor:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(hf_arrow._Prototypes, "shares", fail)
    with pytest.raises(RuntimeError, match="out of memory"):
        affinities(PROMPT)
    assert hooks(backend) == 0


def test_an_expert_without_some_matrices_is_compared_where_it_has_one(
    small: tuple[HfBackend, dict[str, Adapter]],
) -> None:
    backend, made = small
    with_all = backend.affinities(made.items(), ["a", "b c", "d"])(PROMPT)
    assert sum(with_all.values()) == pytest.approx(1.0)
    # An expert of matrices that no other has is neither favoured nor left behind.
    scores = backend.affinities(made.items(), []).__self__._scores(PROMPT)  # type: ignore[attr-defined]
    assert scores[list(made).index("outputs")] == pytest.approx(1.0)
    assert scores.std() > 0.01


def test_an_expert_that_changes_nothing_has_an_equal_share(
    small: tuple[HfBackend, dict[str, Adapter]], monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, made = small
    monkeypatch.setattr(hf_arrow, "first_direction", lambda _a, _b: None)
    assert backend.affinities(made.items(), ["a"])(PROMPT) == pytest.approx(dict.fromkeys(made, 0.25))


def test_no_experts_are_no_shares(small: tuple[HfBackend, dict[str, Adapter]]) -> None:
    assert small[0].affinities([], ["a"])(PROMPT) == {}


@pytest.mark.parametrize(("outputs", "inputs", "rank"), [(48, 64, 4), (64, 16, 16), (8, 64, 16), (64, 8, 16)])
def test_the_first_direction_is_that_of_the_whole_product(outputs: int, inputs: int, rank: int) -> None:
    torch.manual_seed(outputs)
    a, b = torch.randn(rank, inputs), torch.randn(outputs, rank)
    found = hf_arrow.first_direction(a, b)
    assert found is not None
    assert found.norm() == pytest.approx(1.0, abs=1e-5)
    expected = torch.linalg.svd(b.double() @ a.double()).Vh[0]
    assert abs(float(found.double() @ expected)) == pytest.approx(1.0, abs=1e-4)


def test_a_zero_update_has_no_direction_and_no_number_has_none() -> None:
    assert hf_arrow.first_direction(torch.randn(4, 8), torch.zeros(8, 4)) is None
    broken = hf_arrow.first_direction(torch.full((4, 8), torch.nan), torch.randn(8, 4))
    assert broken is not None
    assert broken.isnan().all()


def test_weights_that_are_not_finite_are_refused(
    small: tuple[HfBackend, dict[str, Adapter]], monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, made = small
    monkeypatch.setattr(hf_arrow, "first_direction", lambda a, _b: torch.full((a.shape[1],), torch.nan))
    with pytest.raises(ExpertError, match="not finite"):
        backend.affinities(made.items(), [])


def test_an_expert_of_another_base_is_refused(
    nano: HfBackend, small: tuple[HfBackend, dict[str, Adapter]], experts: dict[str, Adapter]
) -> None:
    with pytest.raises(ExpertError, match="does not fit"):
        small[0].affinities(experts.items(), [])
    with pytest.raises(ExpertError, match="does not fit"):
        nano.affinities(small[1].items(), [])


def test_llama_cpp_says_what_arrow_needs() -> None:
    with pytest.raises(ProfileError, match="arrow needs the hf backend") as caught:
        LlamaBackend.affinities(SimpleNamespace(), (), ())  # type: ignore[arg-type]
    assert "core.backend" in caught.value.mend
