"""The doctor: each check's verdict, and what becomes of a check that crashes."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support import raw_gguf
from tests.support.command import run
from tests.support.raw_gguf import U32, Typed
from vortex_tui import paths, profile
from vortex_tui.doctor import bank, builds, folders, hardware, model, software
from vortex_tui.doctor.context import Context, Finding
from vortex_tui.doctor.gpu import Gpu, gpus
from vortex_tui.doctor.report import Check, Report
from vortex_tui.doctor.run import Row, examine, shallow
from vortex_tui.profile import Profile

GPU = Gpu("RTX 4080", 16376, 15800, "560.1")


def context(tmp_path: Path, **core: Any) -> Context:
    nano = profile.load("nano")
    return Context(nano.model_copy(update={"core": nano.core.model_copy(update=core)}), tmp_path)


def with_gpus(monkeypatch: pytest.MonkeyPatch, *found: Gpu) -> None:
    monkeypatch.setattr(hardware, "gpus", lambda: list(found))
    monkeypatch.setattr(software, "gpus", lambda: list(found))


def test_nano_on_this_machine_is_well(tmp_path: Path) -> None:
    report = shallow(profile.load("nano"), tmp_path)
    assert report.ok, report.having("fail")
    assert all(check.found for check in report.checks)
    assert list(tmp_path.iterdir()) == []


def test_a_check_that_crashes_is_a_failed_check(tmp_path: Path) -> None:
    def crash(_: Context) -> Finding:
        raise RuntimeError("driver says 7")

    report = examine([Row("x", "X", crash), Row("y", "Y", lambda _: Finding("pass"))], context(tmp_path))
    assert [check.status for check in report.checks] == ["fail", "pass"]
    assert "RuntimeError: driver says 7" in report.checks[0].found
    assert not report.ok


def test_warnings_and_skipped_checks_do_not_fail_a_report() -> None:
    report = Report((Check("a", "A", "warn"), Check("b", "B", "skip"), Check("c", "C", "pass")))
    assert report.ok
    assert report.counts() == {"pass": 1, "warn": 1, "fail": 0, "skip": 1}
    assert report.find("b") is report.checks[1]
    assert report.find("z") is None
    assert json.loads(json.dumps(report.to_json()))["schema"] == 1


def test_missing_weights_say_where_it_looked(tmp_path: Path) -> None:
    found = model.weights(context(tmp_path, hf_model="some/model"))
    assert found.status == "fail"
    assert "some/model" in found.found
    assert "cache" in found.found
    assert "vortex-tui --mock" in found.mend


def test_truncated_weights_are_named(tmp_path: Path) -> None:
    copy = tmp_path / "model"
    shutil.copytree(paths.nano() / "base", copy)
    file = copy / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    found = model.weights(context(tmp_path, hf_model=str(copy)))
    assert found.status == "fail"
    assert "not a whole safetensors file" in found.found


def gguf(tmp_path: Path, ctx_tokens: int, **changes: Any) -> Finding:
    file = raw_gguf.write(tmp_path / "model.gguf", changes)
    given = context(tmp_path, llama_cpp_model_path=str(file))
    budget = given.profile.budget.model_copy(update={"ctx_tokens": ctx_tokens})
    return model.weights(Context(given.profile.model_copy(update={"budget": budget}), tmp_path))


def test_a_gguf_says_what_it_is(tmp_path: Path) -> None:
    found = gguf(tmp_path, raw_gguf.CONTEXT)
    assert found.status == "pass"
    for said in ("llama F16", "0.03 M parameters", "a chat template", "trained for 128 tokens"):
        assert said in found.found
    assert "no chat template" in gguf(tmp_path, 128, **{"tokenizer.chat_template": None}).found


def test_a_context_beyond_what_a_gguf_was_trained_for_is_warned_of(tmp_path: Path) -> None:
    found = gguf(tmp_path, raw_gguf.CONTEXT + 1)
    assert found.status == "warn"
    assert "trained for 128 tokens, not 129" in found.found
    assert "128 or less" in found.expected


def test_a_gguf_that_llama_cpp_would_not_survive_fails(tmp_path: Path) -> None:
    found = gguf(tmp_path, 64, **{"llama.block_count": Typed(U32, 0)})
    assert found.status == "fail"
    assert "llama.block_count = 0" in found.found
    assert found.mend


@pytest.mark.parametrize("content", [b"GGUF....", b"PK..", None])
def test_what_is_no_gguf_fails(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "model.gguf"
    if content is not None:
        file.write_bytes(content)
    found = model.weights(context(tmp_path, llama_cpp_model_path=str(file)))
    assert found.status == "fail"
    assert found.mend


@pytest.mark.parametrize("path", ["/tmp", "~nobody-of-that-name/model.gguf", "a" * 5000, "a\0b"])
def test_a_path_that_no_gguf_can_have_fails(tmp_path: Path, path: str) -> None:
    assert model.weights(context(tmp_path, llama_cpp_model_path=path)).status == "fail"


@pytest.mark.parametrize(("fallback", "status"), [("llama_cpp", "pass"), ("none", "fail")])
def test_a_gguf_stands_in_for_a_missing_model_only_where_it_may(
    tmp_path: Path, fallback: str, status: str
) -> None:
    file = raw_gguf.write(tmp_path / "model.gguf", {"llama.context_length": Typed(U32, 1 << 20)})
    core = {"hf_model": "some/model", "llama_cpp_model_path": str(file), "fallback": fallback}
    assert model.weights(context(tmp_path, **core)).status == status


def test_looking_into_a_gguf_loads_no_llama_cpp(tmp_path: Path) -> None:
    file = raw_gguf.write(tmp_path / "model.gguf")
    code = (
        "import sys; from pathlib import Path; from vortex_tui import profile;"
        "from vortex_tui.doctor import model; from vortex_tui.doctor.context import Context;"
        "nano = profile.load('nano');"
        f"core = nano.core.model_copy(update={{'llama_cpp_model_path': {str(file)!r}}});"
        "found = model.weights(Context(nano.model_copy(update={'core': core}), Path('.')));"
        "sys.exit(found.status == 'fail' or bool({'llama_cpp', 'torch'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_settings_that_contradict_each_other_are_warned_of(tmp_path: Path) -> None:
    nano = profile.load("nano")
    narrow = nano.model_copy(update={"budget": nano.budget.model_copy(update={"ctx_tokens": 64})})
    assert model.profile(Context(narrow, tmp_path)).status == "warn"
    assert model.profile(Context(nano, tmp_path)).status == "pass"


def test_nano_needs_no_gpu_and_a_7b_wants_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_gpus(monkeypatch)
    assert hardware.gpu(context(tmp_path)).status == "skip"
    assert hardware.gpu(Context(profile.load("rtx4080_16gb_120b_like"), tmp_path)).status == "warn"


@pytest.mark.parametrize(
    ("gpu", "status"),
    [
        (GPU, "pass"),
        (Gpu("small", 8192, 8000, ""), "warn"),
        (Gpu("busy", 16376, 2000, ""), "warn"),
        (Gpu("shared", None, None, ""), "warn"),
    ],
)
def test_a_gpu_is_held_against_the_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gpu: Gpu, status: str
) -> None:
    with_gpus(monkeypatch, gpu)
    rtx: Profile = profile.load("rtx4080_16gb_120b_like")
    assert hardware.gpu(Context(rtx, tmp_path)).status == status


def test_a_cpu_torch_beside_a_gpu_is_told_how_to_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_gpus(monkeypatch, GPU)
    monkeypatch.setattr(builds, "torch_cuda", lambda: None)
    found = software.torch_build(context(tmp_path))
    assert found.status == "warn"
    assert "--index-url" in found.mend


def test_a_missing_package_and_a_wrong_version_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.metadata.version

    def version(name: str) -> str:
        if name == "peft":
            raise importlib.metadata.PackageNotFoundError
        return "0.1" if name == "transformers" else real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(importlib.metadata, "requires", lambda _: ["transformers<6,>=5.0", "peft>=0.18"])
    found = software.packages(context(tmp_path))
    assert found.status == "fail"
    assert "no peft" in found.found
    assert "transformers 0.1, not <6,>=5.0" in found.found


def test_llama_cpp_is_needed_only_by_a_profile_that_uses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(software, "_version", lambda _: None)
    assert software.llama_cpp(context(tmp_path)).status == "skip"
    assert software.llama_cpp(context(tmp_path, backend="llama_cpp")).status == "fail"


def disk_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_mb: int, **budget: int) -> Finding:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free_mb * 2**20))
    nano = profile.load("nano")
    given = nano.model_copy(update={"budget": nano.budget.model_copy(update=budget)})
    return folders.room(Context(given, tmp_path))


@pytest.mark.parametrize(
    ("free_mb", "status"), [(10**6, "pass"), (1500, "warn"), (1000, "fail"), (0, "fail")]
)
def test_the_disk_is_held_against_the_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_mb: int, status: str
) -> None:
    found = disk_check(tmp_path / "not" / "made", monkeypatch, free_mb)
    assert found.status == status
    assert "min_disk_free_mb 1024" in found.expected
    assert disk_check(tmp_path, monkeypatch, free_mb, min_disk_free_mb=0).status == "pass"


def test_the_cache_is_told_beside_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "holds 0 of 20480 MiB" in disk_check(tmp_path, monkeypatch, 10**6).found
    (tmp_path / "cache/gguf").mkdir(parents=True)
    (tmp_path / "cache/gguf/x.gguf").write_bytes(bytes(3 * 2**20))
    found = disk_check(tmp_path, monkeypatch, 10**6, max_cache_mb=2)
    assert (found.status, "holds 3 of 2 MiB" in found.found) == ("warn", True)


def test_a_file_where_the_data_folder_should_be_fails(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert folders.data_folder(context(tmp_path / "file")).status == "fail"
    assert folders.data_folder(context(tmp_path / "file" / "below")).status == "fail"


def damaged_bank(tmp_path: Path) -> Path:
    """The user's registry with one of nano's experts, a byte of it changed."""
    source = next((paths.nano() / "experts" / "arithmetic").iterdir())
    copy = tmp_path / "experts_hf/registry/experts/arithmetic" / source.name
    shutil.copytree(source, copy)
    weights = copy / "adapter" / "adapter_model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(bytes(content))
    return copy


def test_a_damaged_expert_fails_and_is_named(tmp_path: Path) -> None:
    copy = damaged_bank(tmp_path)
    found = bank.experts(context(tmp_path))
    assert found.status == "fail"
    assert "files changed" in found.found
    assert str(copy) in found.mend


def test_an_expert_of_another_base_is_a_warning(tmp_path: Path) -> None:
    copy = damaged_bank(tmp_path)
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["base_fingerprint"] = "0" * 64
    (copy / "manifest.json").write_text(json.dumps(manifest))
    found = bank.experts(context(tmp_path))
    assert found.status == "warn"
    assert "another base" in found.found


def test_the_command_exits_1_on_a_failure_and_says_it_in_json(tmp_path: Path) -> None:
    done = run("doctor", "-p", "rtx4080_16gb_120b_like", "--json-out", "-", data=tmp_path)
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["ok"] is False
    weights = next(check for check in report["checks"] if check["id"] == "weights")
    assert weights["status"] == "fail"
    assert "vortex-tui --mock" in weights["mend"]
    assert "Weights" in done.stderr


def test_the_mocked_profile_is_well(tmp_path: Path) -> None:
    done = run("doctor", "-p", "rtx4080_16gb_120b_like", "--mock", data=tmp_path)
    assert done.returncode == 0, done.stdout


def test_gpus_are_read_one_by_one_and_a_silent_one_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    import pynvml

    def memory(handle: int) -> SimpleNamespace:
        if handle:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NO_PERMISSION)
        return SimpleNamespace(total=16 << 30, free=8 << 30, used=8 << 30)

    fakes = {
        "nvmlInit": lambda: None,
        "nvmlShutdown": lambda: None,
        "nvmlSystemGetDriverVersion": lambda: "560",
        "nvmlDeviceGetCount": lambda: 2,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetName": lambda handle: f"GPU {handle}",
        "nvmlDeviceGetMemoryInfo": memory,
    }
    for name, fake in fakes.items():
        monkeypatch.setattr(pynvml, name, fake)
    assert gpus() == [Gpu("GPU 0", 16384, 8192, "560"), Gpu("GPU 1", None, None, "560")]
