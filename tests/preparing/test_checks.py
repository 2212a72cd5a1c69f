"""Each check on real files: what passes, what is refused, and in which words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support import tiny
from tests.support.preparing import HOST, MIB, card, of_folder, of_gguf, profile
from vortex_tui import paths
from vortex_tui.doctor.report import Check
from vortex_tui.engine import fingerprint, model_folder, sizes
from vortex_tui.engine.budget.machine import Machine
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.gguf import convert, reader
from vortex_tui.preparing import libraries
from vortex_tui.preparing.report import Prepared
from vortex_tui.preparing.run import prepare
from vortex_tui.profile import Profile, load


@pytest.fixture
def base(tmp_path: Path) -> ModelFolder:
    return tiny.base(tmp_path / "tiny", layers=4)


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = model_folder.inspect(paths.nano() / "base")
    return convert.base(folder, tmp_path_factory.mktemp("gguf")).path


def judged(asked: Profile, data: Path, machine: Machine = HOST) -> Prepared:
    return prepare(asked, data, on_machine=machine)


def check(found: Prepared, id: str) -> Check:
    return next(check for check in found.checks if check.id == id)


def test_nano_is_safe(tmp_path: Path) -> None:
    found = judged(load("nano"), tmp_path)
    assert found.safe
    assert found.case.fingerprint == fingerprint.of_folder(model_folder.inspect(paths.nano() / "base"))
    assert {stamp.name for stamp in found.case.files} >= {
        "model.safetensors",
        "config.json",
        "tokenizer.json",
    }


def test_truncated_weights_fail_and_what_needs_them_is_skipped(base: ModelFolder, tmp_path: Path) -> None:
    (file,) = base.headers
    file.write_bytes(file.read_bytes()[:-10])
    found = judged(of_folder(base.path), tmp_path)
    assert found.failed == ("weights",)
    assert "is not a whole safetensors file" in check(found, "weights").found
    assert check(found, "memory").status == check(found, "hashes").status == "skip"


def test_a_missing_model_leaves_no_route(tmp_path: Path) -> None:
    found = judged(of_folder(tmp_path / "nowhere"), tmp_path)
    assert found.failed == ("weights",)
    assert "is not on this machine" in check(found, "weights").found


def test_a_remote_backend_has_no_route(tmp_path: Path) -> None:
    found = judged(profile({"backend": "remote"}), tmp_path)
    assert "route" in found.failed
    assert "not built in" in check(found, "route").found


def test_a_gguf_that_is_there_is_preferred(gguf: Path, tmp_path: Path) -> None:
    found = judged(of_gguf(gguf, hf_model="nano"), tmp_path)
    assert found.case.route is not None
    assert (found.case.route.backend, "preferred" in found.case.route.reason) == ("llama_cpp", True)
    fallen = judged(of_gguf(gguf), tmp_path)
    assert fallen.case.route is not None
    assert fallen.case.route.reason.startswith("fell back to llama.cpp: the model 'nobody/nothing'")
    written = json.loads(fallen.save().read_text(encoding="utf-8"))
    assert written["route"] == {"backend": "llama_cpp", "reason": fallen.case.route.reason}
    assert set(found.failed) <= {"libraries"}  # llama-cpp-python may not be installed
    assert [stamp.name for stamp in found.case.files] == [gguf.name]
    assert check(found, "tokenizer").found == "2048 tokens, 2048 embeddings"
    assert found.case.fingerprint == fingerprint.of_gguf(gguf)


def test_a_truncated_gguf_fails(gguf: Path, tmp_path: Path) -> None:
    short = tmp_path / "short.gguf"
    short.write_bytes(gguf.read_bytes()[:-1000])
    found = judged(of_gguf(short), tmp_path)
    assert "weights" in found.failed
    assert "is not a whole GGUF file" in check(found, "weights").found


def test_a_gguf_that_is_missing_is_told_beside_the_folder_that_answers(
    base: ModelFolder, tmp_path: Path
) -> None:
    found = judged(of_folder(base.path, llama_cpp_model_path=str(tmp_path / "no.gguf")), tmp_path)
    assert found.safe
    assert check(found, "route").status == "warn"


def test_nanos_gguf_is_made_when_llama_cpp_is_asked_for(tmp_path: Path) -> None:
    found = judged(profile({"backend": "llama_cpp"}), tmp_path)
    assert set(found.failed) <= {"libraries"}
    assert found.case.files[0].name.endswith(".gguf")


def needed(found: Prepared) -> int:
    """Bytes on the card when everything is in use."""
    assert found.case.admission is not None
    return found.case.admission.estimate.needed("card")


def test_a_card_is_held_against_all_that_a_load_may_take(base: ModelFolder, tmp_path: Path) -> None:
    asked = of_folder(base.path)
    found = judged(asked, tmp_path, card(4096))
    assert found.safe
    assert check(found, "memory").details[0].endswith("of 2,048 MiB")
    there = Machine(needed(found), 8192 * MIB, torch_cuda=True)
    assert judged(asked, tmp_path, there).safe
    short = judged(asked, tmp_path, Machine(there.gpu - 1 if there.gpu else 0, there.host, torch_cuda=True))
    assert short.failed == ("memory",)
    assert "experts.max_loaded = 5 (saves" in check(short, "memory").mend


def test_the_budget_counts_even_on_a_larger_card(base: ModelFolder, tmp_path: Path) -> None:
    found = judged(profile({"hf_model": str(base.path)}, max_vram_mb=512), tmp_path, card(24_000))
    assert found.failed == ("memory",)


def test_a_card_that_torch_cannot_use_does_not_count(base: ModelFolder, tmp_path: Path) -> None:
    machine = Machine(gpu=512 * MIB, host=8192 * MIB, torch_cuda=False)
    found = judged(of_folder(base.path), tmp_path, machine)
    assert found.safe
    assert found.case.admission is not None
    assert found.case.admission.estimate.home == "host"


def test_a_small_host_is_refused(base: ModelFolder, tmp_path: Path) -> None:
    found = judged(of_folder(base.path), tmp_path, Machine(None, 400 * MIB))
    assert found.failed == ("memory",)
    assert "400 MiB may be used" in check(found, "memory").expected


def test_plain_weights_pass_only_where_they_fit(base: ModelFolder, tmp_path: Path) -> None:
    plain = of_folder(base.path, hf_quantization="none")
    assert judged(plain, tmp_path, card(4096)).safe
    assert judged(plain, tmp_path, card(512)).failed == ("memory", "safe_route")


def test_offloading_makes_a_small_card_do(base: ModelFolder, tmp_path: Path) -> None:
    asked = of_folder(base.path, hf_quantization="none", hf_offload="safe")
    parts = sizes.parts(base, "none", 128)
    whole = judged(of_folder(base.path, hf_quantization="none"), tmp_path, card(4096))
    # Room for the embedding and two of four layers.
    room = needed(whole) - sum(part.gpu + part.kv for part in parts[3:])
    machine = Machine(gpu=room, host=8192 * MIB, torch_cuda=True)
    found = judged(asked, tmp_path, machine)
    assert found.safe
    assert needed(found) == room
    assert "3 of 6 parts beyond the budget are on the CPU" in check(found, "memory").found
    assert judged(asked, tmp_path, Machine(room, 400 * MIB, torch_cuda=True)).failed == ("memory",)


def test_a_tokenizer_that_changes_text_is_refused(base: ModelFolder, tmp_path: Path) -> None:
    file = base.path / "tokenizer.json"
    words = json.loads(file.read_bytes())
    words["normalizer"] = {"type": "Lowercase"}
    file.write_text(json.dumps(words), "utf-8")
    found = judged(of_folder(base.path), tmp_path)
    assert found.failed == ("tokenizer",)
    assert "texts changed" in check(found, "tokenizer").found


@pytest.mark.parametrize("content", [None, "", "{}", '{"model": 3}'])
def test_a_broken_tokenizer_is_refused(base: ModelFolder, tmp_path: Path, content: str | None) -> None:
    file = base.path / "tokenizer.json"
    file.unlink()
    if content is not None:
        file.write_text(content, "utf-8")
    assert {"tokenizer", "identity"} <= set(judged(of_folder(base.path), tmp_path).failed)


def test_a_missing_package_is_named(
    base: ModelFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries, "installed", lambda name: name != "bitsandbytes")
    found = judged(of_folder(base.path), tmp_path)
    assert found.failed == ("libraries",)
    assert "no bitsandbytes" in check(found, "libraries").found
    assert judged(of_folder(base.path, hf_quantization="none"), tmp_path).safe


def test_a_gguf_is_held_against_the_card_that_llama_cpp_can_use(gguf: Path, tmp_path: Path) -> None:
    asked = of_gguf(gguf)
    assert "memory" in judged(asked, tmp_path, card(100)).failed
    other = Machine(gpu=100 * MIB, host=8192 * MIB, torch_cuda=True)
    assert "memory" not in judged(asked, tmp_path, other).failed


def test_k_and_v_of_a_gguf_follow_their_type(gguf: Path) -> None:
    header = reader.read(gguf)
    plain, small = (sizes.gguf_kv_bytes(header, 512, kind) for kind in ("f16", "q8_0"))
    assert plain == 6 * 512 * 2 * 2 * 64 * 2
    assert small == plain * 34 // 64
