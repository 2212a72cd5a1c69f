"""A whole bench on nano, as a user runs it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import ROOT, run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def benched(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], float, str]:
    """The report, the seconds of the whole command, and its stdout."""
    folder = tmp_path_factory.mktemp("bench")
    start = time.monotonic()
    done = run("--profile", "nano", "--bench", "--json-out", "out.json", data=folder)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "out.json").read_text()), time.monotonic() - start, done.stdout


def test_its_json_is_valid_against_the_schema_in_the_docs(benched: tuple[dict[str, Any], float, str]) -> None:
    import jsonschema

    schema = json.loads((ROOT / "docs/bench.schema.json").read_text())
    jsonschema.validate(benched[0], schema, cls=jsonschema.Draft202012Validator)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**benched[0], "tokens_per_sec": None}, schema)


def test_it_takes_less_than_a_minute(benched: tuple[dict[str, Any], float, str]) -> None:
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
        "--json-out", "-", data=tmp_path,
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert (report["profile"], report["mock"], report["model"]["name"]) == (
        "rtx4080_16gb_120b_like",
        True,
        "nano",
    )
