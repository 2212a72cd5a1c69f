"""What a person gets wrong: an exit code, words on stderr, nothing on stdout, nothing loaded."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.support.command import run

MISTYPED = "[budget]\nmax_vram = 1\n"
PICKLED = '[core]\nhf_model = "{folder}"\n'


def write(folder: Path, name: str, text: str) -> str:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (
            ["--profile", "nanno", "doctor"],
            2,
            "one of cpu_gguf, gpu_24gb, nano, nano_gguf, rtx4080_16gb_120b_like",
        ),
        (["chat", "--profile", "nanno", "-m", "x"], 2, "--profile nano"),
        (["--profile", "no/such.toml", "experts", "list"], 2, "could not read the profile"),
        (["chat"], 2, "Missing option"),
        (["chat", "-m", ""], 1, "the prompt is empty"),
        (["chat", "-m", " \n\t "], 1, "the prompt is empty"),
        (["route", ""], 1, "the prompt is empty"),
        (["route", "x", "--mode", "best"], 2, "one of hybrid, lexical, dense"),
        (["route", "x", "--mode", "\x1b[31m"], 2, "\\x1b[31m"),
        (["route", "x", "--experts-shown", "0"], 2, "--experts-shown"),
        (["router", "fit", "--budget", "0"], 2, "--budget"),
        (["router", "fit", "--out", "/proc/no/such.json"], 1, "could not write /proc/no/such.json"),
        (["router", "fit", "--out", "."], 1, "choose another place with --out"),
        (["chat", "-m", "x", "--experts", "a=0.5", "--no-experts"], 2, "exclude each other"),
        (["chat", "-m", "x", "--experts", "a=much"], 2, "is not an expert with a weight"),
        (["chat", "-m", "x", "--experts", "a=0.5,a=0.5"], 2, "named twice"),
        (["chat", "-m", "x", "--max-new-tokens", "0"], 2, "--max-new-tokens"),
        (["chat", "-m", "x", "--seed", "-5"], 2, "--seed"),
        (["experts", "show", "nobody"], 1, "there is no expert 'nobody'"),
        (["experts", "verify", "nobody"], 1, "there is no expert 'nobody'"),
        (["experts", "show", "\x1b[31mred"], 1, "\\x1b[31mred"),
        (["--json-out", "x.json"], 2, "--bench"),
        (["--bench", "doctor"], 2, "exclude each other"),
        (["bench", "--runs", "0"], 2, "--runs"),
        (["profiles", "edit", "nano", "--set", "decode.temperature=1"], 2, "is not changed"),
        (["profiles", "edit", "nano"], 2, "nothing to change"),
        (["profiles", "show", "nanno"], 2, "--profile nano"),
        (["profiles", "new", "../up"], 2, "is no name for a profile"),
        (["profiles", "new", "mine", "--set", "budget.max_vram=1"], 2, "'budget.max_vram_mb'"),
        (["no-such-command"], 2, "No such command"),
        ([], 2, "needs a terminal"),
    ],
)
def test_it_is_refused_in_words(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    done = run(*arguments, data=tmp_path)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_mistyped_key_names_the_nearest(tmp_path: Path) -> None:
    done = run("-p", write(tmp_path, "mine.toml", MISTYPED), "doctor", data=tmp_path)
    assert done.returncode == 2
    assert "'budget.max_vram'" in done.stderr
    assert "'budget.max_vram_mb'" in done.stderr


def test_a_missing_model_folder_says_where_it_looked_and_what_mends_it(tmp_path: Path) -> None:
    done = run(
        "chat", "-p", "rtx4080_16gb_120b_like", "-m", "x", data=tmp_path, HF_HUB_CACHE=str(tmp_path / "hub")
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert str(tmp_path / "hub") in done.stderr
    assert str(tmp_path / "Qwen") in done.stderr
    assert "vortex-tui --mock" in done.stderr


def test_pickled_weights_are_never_loaded(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    write(model, "config.json", '{"model_type": "llama"}')
    write(model, "pytorch_model.bin", "cposix\nsystem\n")
    chosen = write(tmp_path, "mine.toml", PICKLED.format(folder=model.as_posix()))
    done = run("chat", "-p", chosen, "-m", "x", data=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "pytorch_model.bin" in done.stderr
    assert "never loaded" in done.stderr


@pytest.mark.parametrize("target", ["no-permission", "folder", "file/below/a/file.json"])
def test_an_output_that_cannot_be_written_is_found_before_the_bench(tmp_path: Path, target: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    if target == "no-permission":
        # As root every folder can be written: a folder of the kernel's cannot.
        target = "/proc/version/out.json" if sys.platform == "linux" else str(tmp_path / "folder")
    done = run("--bench", "--json-out", target, data=tmp_path, timeout=20)
    assert (done.returncode, done.stdout) == (1, "")
    assert "could not write" in done.stderr
    assert not (tmp_path / "logs").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits")
def test_a_full_disk_is_found_before_the_bench(tmp_path: Path) -> None:
    (tmp_path / "out.json").write_text("old")
    import subprocess

    from tests.support.command import PROGRAM, environment

    def full() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))

    done = subprocess.run(
        [*PROGRAM, "--bench", "--json-out", "out.json"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(VORTEX_TUI_DATA=str(tmp_path)),
        preexec_fn=full,
        timeout=20,
        check=False,
    )
    assert done.returncode == 1
    assert "could not write out.json" in done.stderr
    assert (tmp_path / "out.json").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.json"]


def test_a_json_report_may_go_to_a_device(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("no /dev/null")
    assert run("doctor", "--json-out", "/dev/null", data=tmp_path).returncode == 0
    assert not Path("/dev/null").is_file()


def test_a_foreign_manifest_is_listed_with_its_problem_and_shown_escaped(tmp_path: Path) -> None:
    run_folder = tmp_path / "experts_hf/registry/experts/evil/run1"
    run_folder.mkdir(parents=True)
    write(run_folder, "manifest.json", json.dumps({"domain": "\x1b[31m"}))
    done = run("experts", "list", "--json", data=tmp_path)
    assert done.returncode == 0
    problems = {row["id"]: row["problem"] for row in json.loads(done.stdout)["experts"]}
    assert problems["evil/run1"]
    assert not any(problem for id, problem in problems.items() if id != "evil/run1")
    assert "\x1b" not in run("experts", "list", data=tmp_path).stdout
    assert run("experts", "verify", data=tmp_path).returncode == 1
