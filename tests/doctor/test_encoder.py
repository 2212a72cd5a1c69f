"""The doctor's line for the router's encoder: the folder as the worker would see it, without its library."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import tiny_encoder
from vortex_tui import profile
from vortex_tui.doctor import encoder
from vortex_tui.doctor.context import Context, Finding
from vortex_tui.profile import Profile


def looked_at(tmp_path: Path, name: str, **router: Any) -> Finding:
    nano = profile.load("nano")
    settings = nano.experts.router.model_copy(update={"encoder": name, **router})
    experts = nano.experts.model_copy(update={"router": settings})
    given: Profile = nano.model_copy(update={"experts": experts})
    return encoder.encoder(Context(given, tmp_path))


@pytest.mark.parametrize("name", ["base", "lexical"])
def test_no_folder_is_nothing_to_look_at(tmp_path: Path, name: str) -> None:
    found = looked_at(tmp_path, name)
    assert (found.status, found.found) == ("skip", f"{name}: no folder needed")


def test_a_whole_folder_passes_with_its_size_and_library(tmp_path: Path) -> None:
    found = looked_at(tmp_path, str(tiny_encoder.folder(tmp_path / "tiny")))
    assert found.status == "pass"
    assert "MiB at " in found.found
    assert f"sentence-transformers {importlib.metadata.version('sentence-transformers')}" in found.found


def test_a_folder_that_would_be_refused_fails_with_the_same_words(tmp_path: Path) -> None:
    missing = looked_at(tmp_path, "/no/such/encoder")
    assert missing.status == "fail"
    assert "there is no encoder" in missing.found
    folder = tiny_encoder.folder(tmp_path / "tiny")
    (folder / "modules.json").write_text('[{"path": "", "type": "os.system"}]', encoding="utf-8")
    found = looked_at(tmp_path, str(folder))
    assert found.status == "fail"
    assert "os.system" in found.found
    assert found.mend
    assert looked_at(tmp_path, str(folder), mode="off").status == "skip"


def test_without_the_library_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    folder = tiny_encoder.folder(tmp_path / "tiny")
    monkeypatch.setattr(importlib.metadata, "version", absent)
    found = looked_at(tmp_path, str(folder))
    assert found.status == "fail"
    assert ".[encoder]" in found.mend


def test_looking_at_a_folder_loads_no_library(tmp_path: Path) -> None:
    folder = tiny_encoder.folder(tmp_path / "tiny")
    code = (
        "import sys; from pathlib import Path; from vortex_tui.doctor import encoder;"
        "from vortex_tui.engine import encoder_folder;"
        f"encoder_folder.inspect(Path({str(folder)!r}));"
        "sys.exit(bool({'torch', 'transformers', 'sentence_transformers'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
