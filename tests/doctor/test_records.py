"""Baselines, approvals, the ledger, the router's fit, the builds, and what is open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vortex_tui import profile
from vortex_tui.bench import host
from vortex_tui.doctor import builds, model, openness, records, routing, software
from vortex_tui.doctor.context import Context
from vortex_tui.doctor.gpu import Gpu
from vortex_tui.routing import fitted

RTX = "rtx4080_16gb_120b_like"


def context(tmp_path: Path, name: str = "nano", *, mock: bool = False, **tables: Any) -> Context:
    loaded = profile.load(name)
    given = profile.parse(profile.Profile.model_dump(loaded, mode="json") | tables, Path(f"{name}.toml"))
    return Context(given.mocked() if mock else given, tmp_path, mock)


def baselines(tmp_path: Path, *keys: dict[str, Any]) -> None:
    (tmp_path / "bench").mkdir()
    document = {"schema": 1, "entries": [{"key": key, "tokens_per_sec": [1.0]} for key in keys]}
    (tmp_path / "bench/baseline.json").write_text(json.dumps(document))


def key(name: str = RTX, machine: str = "here", mock: bool = False) -> dict[str, Any]:
    return {"profile": name, "host": machine, "mock": mock}


def test_a_baseline_is_needed_by_a_real_profile_alone(tmp_path: Path) -> None:
    assert records.baseline(context(tmp_path, RTX)).status == "warn"
    assert records.needed_baseline(context(tmp_path, RTX)).status == "fail"
    assert "--update-baseline" in records.needed_baseline(context(tmp_path, RTX)).mend
    assert "--mock" in records.needed_baseline(context(tmp_path, RTX, mock=True)).found
    assert records.needed_baseline(context(tmp_path)).status == "skip"


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ([key()], "pass"),
        ([key(machine="elsewhere")], "fail"),
        ([key("other")], "fail"),
        ([key(mock=True)], "fail"),
        ([], "fail"),
    ],
)
def test_a_baseline_is_of_this_profile_and_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: list[dict[str, Any]], status: str
) -> None:
    class Here:
        fingerprint = "here"

    monkeypatch.setattr(host, "host", Here)
    baselines(tmp_path, *found)
    assert records.needed_baseline(context(tmp_path, RTX)).status == status


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"entries": 3}', '{"entries": [{"key": 1}]}', "\x00"])
def test_a_baseline_in_an_unknown_form_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench/baseline.json").write_text(content)
    found = records.needed_baseline(context(tmp_path, RTX))
    assert (found.status, "does not know" in found.found) == ("fail", True)
    assert "--update-baseline" in found.mend
    assert records.baseline(context(tmp_path, RTX)).status == "warn"


def test_an_approval_that_lies_about_is_told(tmp_path: Path) -> None:
    assert records.approval(context(tmp_path)).status == "skip"
    (tmp_path / "APPROVE_PROMOTION").touch()
    assert records.approval(context(tmp_path)).status == "warn"


@pytest.mark.parametrize(
    ("content", "status"), [(None, "skip"), ('{"a": 1}\n', "pass"), ("{}\n{", "fail"), ("3\n", "fail")]
)
def test_the_ledger_is_read_line_by_line(tmp_path: Path, content: str | None, status: str) -> None:
    if content is not None:
        (tmp_path / "logs").mkdir()
        (tmp_path / "logs/promotions.jsonl").write_text(content)
    assert records.ledger(context(tmp_path)).status == status


def test_a_fit_is_in_the_box_stale_or_own(tmp_path: Path) -> None:
    assert "in the box" in routing.router_fit(context(tmp_path)).found
    stale = fitted.shipped().model_copy(update={"bank": "other"})
    fitted.write(stale, fitted.file_of(tmp_path, "e" * 32))
    found = routing.router_fit(context(tmp_path))
    assert (found.status, found.mend) == ("warn", "vortex-tui router fit")
    fitted.write(fitted.shipped(), fitted.file_of(tmp_path, "f" * 32))
    assert routing.router_fit(context(tmp_path)).status == "pass"


def test_a_fit_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "router").mkdir()
    (tmp_path / "router/lexical.json").write_text("{")
    assert "cannot be read" in routing.router_fit(context(tmp_path)).found


@pytest.mark.parametrize("host_name", ["127.0.0.1", "localhost", "::1", "127.9.9.9"])
def test_an_own_address_is_this_machine_alone(tmp_path: Path, host_name: str) -> None:
    assert openness.bind(context(tmp_path, server={"host": host_name})).status == "pass"


@pytest.mark.parametrize("host_name", ["0.0.0.0", "::", "", "192.168.0.2", "localhost.evil.org"])
def test_any_other_address_is_warned_of(tmp_path: Path, host_name: str) -> None:
    assert openness.bind(context(tmp_path, server={"host": host_name})).status == "warn"


@pytest.mark.parametrize(
    ("enabled", "strict", "domains", "status"),
    [
        (False, True, [], "pass"),
        (True, True, ["docs.python.org"], "pass"),
        (True, True, [], "warn"),
        (True, False, ["docs.python.org"], "warn"),
    ],
)
def test_the_web_is_closed_or_open_to_named_domains(
    tmp_path: Path, enabled: bool, strict: bool, domains: list[str], status: str
) -> None:
    security = {"web": {"strict": strict, "allowlist_domains": domains}}
    given = context(tmp_path, tools={"web": {"enabled": enabled}}, security=security)
    assert openness.web(given).status == status
    assert openness.web(context(tmp_path, security={"allow_download": True})).status == "warn"


def test_a_cpu_llama_cpp_beside_a_gpu_is_told_how_to_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(software, "gpus", lambda: [Gpu("RTX 4080", 16376, 15800, "560.1")])
    monkeypatch.setattr(software, "_version", lambda _: "0.3.36")
    monkeypatch.setattr(builds, "llama_gpu", lambda: False)
    found = software.llama_cpp(context(tmp_path, "nano_gguf"))
    assert (found.status, "GGML_CUDA=on" in found.mend) == ("warn", True)
    assert software.llama_cpp(context(tmp_path)).status == "pass"
    assert builds.llama_install("win32").startswith("$env:")


@pytest.mark.parametrize(("driver", "wheel"), [("560.1", "cu126"), ("580.65", "cu130"), ("", "cu130")])
def test_the_build_fits_the_driver(driver: str, wheel: str) -> None:
    assert builds.torch_install(driver).endswith(wheel)


def test_hashes_are_held_against_the_record(tmp_path: Path) -> None:
    from vortex_tui.preparing.run import prepare

    given = context(tmp_path)
    assert model.prepared_record(given).status == "skip"
    file = prepare(given.profile, tmp_path).save()
    assert model.prepared_record(given).status == "pass"
    said = json.loads(file.read_text())
    said["files"][0]["sha256"] = "0" * 64
    file.write_text(json.dumps(said))
    assert model.prepared_record(given).status == "fail"
