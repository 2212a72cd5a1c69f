"""Where training runs, and what WSL is told: paths, words, and nothing that its shell would read."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import wsl as stand_in
from vortex_tui import wsl
from vortex_tui.errors import WslError
from vortex_tui.settings import Server


@pytest.mark.parametrize(
    ("said", "platform", "resolved"),
    [
        ("auto", "win32", "wsl_subprocess_unload"),
        ("auto", "linux", "subprocess_unload"),
        ("auto", "darwin", "subprocess_unload"),
        ("subprocess_unload", "win32", "subprocess_unload"),
        ("wsl_subprocess_unload", "linux", "wsl_subprocess_unload"),
    ],
)
def test_auto_is_wsl_on_windows_alone(said: str, platform: str, resolved: str) -> None:
    assert wsl.strategy(Server.model_validate({"train_strategy": said}), platform) == resolved


@pytest.mark.parametrize(
    ("windows", "linux"),
    [
        (r"C:\x\y", "/mnt/c/x/y"),
        ("d:/Jane Doe/data", "/mnt/d/Jane Doe/data"),
        ("C:\\", "/mnt/c"),
        (r"C:\x\\y\z" + "\\", "/mnt/c/x/y/z"),
        (r"\\?\C:\long", "/mnt/c/long"),
        (r"\\wsl.localhost\Ubuntu\home\me", "/home/me"),
        (r"\\wsl$\Ubuntu", "/"),
        ("/home/me/x", "/home/me/x"),
        ("C:\\naïve\\日本", "/mnt/c/naïve/日本"),
    ],
)
def test_a_path_of_windows_becomes_one_of_linux(windows: str, linux: str) -> None:
    assert wsl.linux_path(windows, "ubuntu") == linux


@pytest.mark.parametrize(
    "path", ["data", "C:data", r"\\server\share\x", r"\\wsl$\Debian\home", "", ".", r"\x\y"]
)
def test_a_path_that_wsl_cannot_see_is_refused(path: str) -> None:
    with pytest.raises(WslError) as refusal:
        wsl.linux_path(path, "Ubuntu")
    assert refusal.value.found
    assert refusal.value.mend


def test_a_command_names_distribution_folder_and_python() -> None:
    server = Server(wsl_distribution="Ubuntu-24.04", wsl_workdir=r"C:\Jane Doe\vortex", wsl_python="python3")
    assert wsl.command(server, "-m", "vortex_tui", "--version") == [
        "wsl.exe", "-d", "Ubuntu-24.04", "--cd", "/mnt/c/Jane Doe/vortex", "--",
        "python3", "-m", "vortex_tui", "--version",
    ]  # fmt: skip
    assert wsl.command(Server()) == ["wsl.exe", "--", "python"]
    assert wsl.command(Server(wsl_workdir="~"))[:3] == ["wsl.exe", "--cd", "~"]


@pytest.mark.parametrize(
    "word", ["$(id)", "a;b", "a`b", "x&y", "it's", 'say "x"', "a\nb", "a\\b", "*", "(1)", ""]
)
def test_what_a_shell_would_read_is_refused_wherever_it_stands(word: str) -> None:
    for server in (Server(wsl_python=word), Server(wsl_distribution=word or "~"), Server()):
        with pytest.raises(WslError, match="cannot be handed to WSL"):
            wsl.command(server, word)


def test_words_arrive_as_they_were_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in.install(tmp_path / "bin", monkeypatch)
    (script := tmp_path / "say.py").write_text("import os, sys; print([os.getcwd(), *sys.argv[1:]])")
    (folder := tmp_path / "Jane Doe").mkdir()
    server = Server(wsl_distribution="Alpine", wsl_workdir=str(folder), wsl_python=sys.executable)
    words = ["--data", "/mnt/c/My Data/ü", "--domains", "a,b", "x=1@2%3:4^5+6"]
    done = subprocess.run(
        wsl.command(server, str(script), *words), capture_output=True, check=True, env=wsl.environment()
    )
    assert ast.literal_eval(done.stdout.decode()) == [str(folder), *words]


def test_what_wsl_prints_is_read_in_either_encoding() -> None:
    text = "Kein \x1b[31mWSL\r\n\r\nFehler\r\n"
    for encoding in ("utf-8", "utf-16-le"):
        assert wsl.words(text.encode(encoding)) == "Kein \\x1b[31mWSL; Fehler"
