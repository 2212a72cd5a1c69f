"""A wheel, installed where there is no checkout, answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow

# Placed in the new environment: every process of it refuses to import textual.
NO_TEXTUAL = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "textual":
            raise ModuleNotFoundError("No module named 'textual'", name=name)
sys.meta_path.insert(0, Refuse())
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel that was built from it."""
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)],
        check=True,
        capture_output=True,
    )
    return out


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel alone, that sees the packages of this one."""
    folder = tmp_path_factory.mktemp("env")
    venv.create(folder, with_pip=False)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    (wheel,) = built.glob("*.whl")
    python = str(scripts / "python")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", "--quiet"]
    subprocess.run([*pip, str(wheel)], check=True)
    site = Path(
        subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
    )
    here = {sysconfig.get_paths()[kind] for kind in ("purelib", "platlib")}
    (site / "packages.pth").write_text("\n".join(sorted(here)))
    (site / "sitecustomize.py").write_text(NO_TEXTUAL)
    return scripts


def program(installed: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed program in an empty home, outside the checkout."""
    home.mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
    return subprocess.run(
        [str(installed / "vortex-tui"), *arguments],
        cwd=home,
        env={"HOME": str(home), "USERPROFILE": str(home), "PATH": os.defpath, **kept},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_wheel_and_the_sdist_carry_profiles_themes_and_nano(built: Path) -> None:
    (wheel,), (sdist,) = built.glob("*.whl"), built.glob("*.tar.gz")
    in_wheel = set(zipfile.ZipFile(wheel).namelist())
    with tarfile.open(sdist) as archive:
        in_sdist = {name.partition("/")[2] for name in archive.getnames()}
    for folder in ("profiles", "themes", "data/nano"):
        for file in (ROOT / folder).rglob("*"):
            if file.is_file():
                name = file.relative_to(ROOT).as_posix()
                assert f"vortex_tui/_assets/{name}" in in_wheel
                assert name in in_sdist


def test_nothing_but_the_program_is_in_the_wheel(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert len(tops) == 2
    assert "vortex_tui" in tops


def test_the_installed_program_answers_without_textual(installed: Path, tmp_path: Path) -> None:
    done = program(installed, tmp_path / "home", "chat", "-m", "What is 37 + 58?")
    assert (done.stdout, done.returncode) == ("95\n", 0), done.stderr


def test_the_installed_program_finds_its_own_nano_and_keeps_state_in_the_users_folder(
    installed: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    done = program(installed, home, "doctor", "--json-out", "-")
    checks = {check["id"]: check for check in json.loads(done.stdout)["checks"]}
    assert checks["weights"]["status"] == "pass"
    assert str(ROOT) not in checks["weights"]["found"]
    assert str(home) in checks["data_folder"]["found"]
    assert done.returncode == 0


def test_the_installed_program_knows_the_shipped_profiles(installed: Path, tmp_path: Path) -> None:
    done = program(installed, tmp_path / "home", "--profile", "none", "doctor")
    assert done.returncode == 2
    every = "cpu_gguf, gpu_24gb, nano, nano_gguf, rtx4080_16gb_120b_like, rtx4080_16gb_120b_like_gguf"
    assert every in done.stderr
