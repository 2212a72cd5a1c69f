"""What a plan says of each job before anything is started."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support import judged
from vortex_tui import paths, profile
from vortex_tui.experts import manifest
from vortex_tui.promotion.rollback import rollback
from vortex_tui.promotion.site import Site
from vortex_tui.training import plan


def test_the_parent_is_who_serves_and_not_who_is_newest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "user_data", lambda: tmp_path / "user")
    data = tmp_path / "data"
    corpus = data / "corpora" / "arithmetic"
    corpus.mkdir(parents=True)
    lines = [json.dumps({"prompt": f"{n} + 1", "response": str(n + 1)}) for n in range(8)]
    (corpus / "train.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (shipped,) = (paths.nano() / "experts" / "arithmetic").iterdir()
    base = manifest.load(shipped / manifest.MANIFEST).base_fingerprint
    site = Site(data, base, with_nano=True)
    judged.promoted(site, "arithmetic/zz")

    def parent() -> str:
        return plan.make(profile.load("nano"), data, ["arithmetic"]).jobs[0].parent

    assert parent() == "arithmetic/zz"
    rollback(site, "arithmetic")
    assert parent() == f"arithmetic/{shipped.name}"
