"""The router's fit in the box: made on nano's own bank, shipped with the vectors it needs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np

from vortex_tui import profile
from vortex_tui.engine.client import Engine
from vortex_tui.engine.protocol import Ready
from vortex_tui.evaluation import splits
from vortex_tui.experts import bank
from vortex_tui.fitting.run import Fitting
from vortex_tui.fitting.task import Task
from vortex_tui.routing import background, fitted, vectors

_ENOUGH = 1_000_000


def fit(data_dir: Path) -> None:
    """Fit on nano's splits, keeping what is measured in ``data_dir``, and write what the package ships."""
    asyncio.run(_fit(data_dir))


async def _fit(data_dir: Path) -> None:
    nano = profile.load("nano")
    async with Engine(data_dir, face="router fit") as engine:
        ready = await engine.load(nano)
        task = Task(
            profile=nano,
            data_dir=data_dir,
            entries=bank.scan(ready.fingerprint, bank.roots(data_dir, with_nano=True)),
            router=splits.read(nano, data_dir, "router"),
            calibration=splits.read(nano, data_dir, "calibration"),
            train=splits.find(nano, data_dir, "train"),
            budget=_ENOUGH,
        )
        found = await Fitting(engine, ready, task, lambda stage, share: print(f"{stage} {share:.0%}")).fit()
        fitted.write(found, fitted.SHIPPED / fitted.FILE)
        await _vectors(engine, ready, [*background.everyday(), *found.base_prompts])


async def _vectors(engine: Engine, ready: Ready, texts: list[str]) -> None:
    """Vectors of what nano's folder has none of, so that no first start has to make them."""
    rows = np.array(await engine.embed(texts), np.float32)
    by_text = dict(zip(texts, rows, strict=True))
    for old in fitted.SHIPPED.glob("*.npz"):
        old.unlink()
    file = fitted.SHIPPED / vectors.name_of(ready.encoder)
    vectors.kept(file, lambda asked: np.stack([by_text[text] for text in asked]))(texts)
