"""A whole bench on nano, as a user runs it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import ROOT, run

pytestmark = pytest.mark.slow
# Seconds: a machine that others load as well is no reason to fail.
_PATIENCE = 400


def _spent() -> float:
    """Processor seconds of what this process started and waited for: wall time is also that of others."""
    times = os.times()
    return times.children_user + times.children_system


@pytest.fixture(scope="module")
def benched(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], float, str]:
    """The report, the processor seconds of the whole command and its worker, and its stdout."""
    folder = tmp_path_factory.mktemp("bench")
    start = _spent()
    done = run("--profile", "nano", "--bench", "--json-out", "out.json", data=folder, timeout=_PATIENCE)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "out.json").read_text()), _spent() - start, done.stdout


def test_its_json_is_valid_against_the_schema_in_the_docs(benched: tuple[dict[str, Any], float, str]) -> None:
    import jsonschema

    schema = json.loads((ROOT / "docs/bench.schema.json").read_text())
    jsonschema.validate(benched[0], schema, cls=jsonschema.Draft202012Validator)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**benched[0], "tokens_per_sec": None}, schema)


def test_it_takes_less_than_a_minute_of_a_core(benched: tuple[dict[str, Any], float, str]) -> None:
    assert benched[1] < 60


def test_its_figures_agree_with_each_other(benched: tuple[dict[str, Any], float, str]) -> None:
    report = benched[0]
    assert report["profile"] == "nano"
    assert report["mock"] is False
    assert report["tokens_per_sec"] <= report["decode_tokens_per_sec"] * 1.5
    assert report["prefill_tokens_per_sec"] > report["decode_tokens_per_sec"]
    assert report["adapter_load_ms"] > 0
    assert report["rss_peak_mb"] > 100
    for name, spread in report["spread"].items():
        assert spread["min"] <= report[name] <= spread["max"]


def test_the_routed_case_has_experts(benched: tuple[dict[str, Any], float, str]) -> None:
    assert benched[0]["active_adapters"]


def test_the_table_is_on_stdout_when_the_json_is_not(benched: tuple[dict[str, Any], float, str]) -> None:
    assert "routed" in benched[2]


def test_a_mocked_profile_benches_nano_under_its_own_name(tmp_path: Path) -> None:
    done = run(
        "bench", "-p", "rtx4080_16gb_120b_like", "--mock", "--runs", "1", "--max-new-tokens", "8",
        "--json-out", "-", data=tmp_path, timeout=_PATIENCE,
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert (report["profile"], report["mock"], report["model"]["name"]) == (
        "rtx4080_16gb_120b_like",
        True,
        "nano",
    )
    judged = {one["threshold"]: one for one in report["judgement"]["thresholds"]}
    assert judged["required_ctx"]["verdict"] == "pass"
    assert judged["required_ctx"]["value"] == 4096
    assert judged["min_tokens_per_sec"]["verdict"] != "not_applicable"
    assert all("nano stood in" in one["reason"] for one in judged.values())


def _profile(folder: Path, minimum: float, regression: float = 0.9) -> str:
    folder.mkdir(exist_ok=True)
    file = folder / "gated.toml"
    file.write_text(
        "[core]\nhf_model = 'nano'\n[budget]\nctx_tokens = 256\n[experts]\nmax_loaded = 2\n"
        f"[bench_thresholds]\nmin_tokens_per_sec = {minimum}\nmax_regression = {regression}\n"
        "required_ctx = 256\n"
    )
    return str(file)


def _bench(folder: Path, *more: str, minimum: float = 0.1, regression: float = 0.9) -> tuple[int, str, str]:
    profile = _profile(folder, minimum, regression)
    asked = ("bench", "-p", profile, "--runs", "2", "--max-new-tokens", "8", *more)
    done = run(*asked, data=folder, timeout=_PATIENCE)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def based(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a baseline of a temporary profile."""
    folder = tmp_path_factory.mktemp("based")
    code, _, told = _bench(folder, "--update-baseline")
    assert code == 0, told
    assert "a baseline takes 10 runs" in told
    return folder


def test_the_baseline_says_what_it_may_be_compared_with(based: Path) -> None:
    (entry,) = json.loads((based / "bench/baseline.json").read_text())["entries"]
    assert len(entry["tokens_per_sec"]) == 10
    assert entry["key"] | {"host": "", "model": ""} == {
        "profile": "gated", "mock": False, "host": "", "model": "", "backend": "hf", "quantization": "nf4",
        "device": "cpu", "headline": "routed", "prompt_tokens": 176, "max_new_tokens": 8, "suite": 1,
    }  # fmt: skip


def test_every_bench_is_kept_as_the_last_one_and_in_the_history(based: Path) -> None:
    report = json.loads((based / "bench/last_gated.json").read_text())
    lines = [json.loads(line) for line in (based / "bench/history.jsonl").read_text().splitlines()]
    (entry,) = json.loads((based / "bench/baseline.json").read_text())["entries"]
    assert lines[0]["key"] == entry["key"]
    assert lines[-1]["created"] == report["created"]


def test_a_bench_like_its_baseline_passes(based: Path) -> None:
    code, table, told = _bench(based)
    assert code == 0, told
    assert table.startswith("verdict: pass\n")
    assert "of the baseline (" in table
    assert "n/a          max_vram_peak_mb: no GPU" in table
    assert max(map(len, table.splitlines())) <= 80


def test_a_bench_below_its_minimum_fails_with_the_reason(based: Path) -> None:
    code, table, _ = _bench(based, "--json-out", "out.json", minimum=1e9)
    assert code == 1
    assert table.startswith("verdict: FAIL\n")
    assert "wanted 1e+09" in table
    judged = json.loads((based / "out.json").read_text())["judgement"]
    assert judged["verdict"] == "fail"


def test_a_bench_of_too_few_runs_is_open(based: Path) -> None:
    code, table, _ = _bench(based, "--max-runs", "2")
    assert code == 3
    assert "this bench has 2 of at least 5 runs" in table


def test_a_mocked_run_is_not_judged_by_a_real_baseline_nor_the_other_way(based: Path) -> None:
    code, table, _ = _bench(based, "--mock")
    assert code == 0
    assert "no baseline for this machine; there is one, but it was measured with --mock, or" in " ".join(
        table.split()
    )


def test_a_damaged_baseline_is_found_before_the_bench_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "bench/baseline.json"
    file.parent.mkdir()
    file.write_text("{")
    for more in ((), ("--update-baseline",)):
        done = run("bench", *more, data=tmp_path, timeout=20)
        assert (done.returncode, done.stdout) == (1, "")
        assert "move the file away" in done.stderr
    assert file.read_text() == "{"
    assert not (tmp_path / "logs").exists()
