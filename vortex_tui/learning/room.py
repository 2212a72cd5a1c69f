"""Do a training and the loaded engine fit beside each other, or must the engine go meanwhile?"""

from __future__ import annotations

from dataclasses import dataclass

import psutil

from vortex_tui.engine import model_folder
from vortex_tui.engine.api import EngineAPI
from vortex_tui.engine.budget import machine
from vortex_tui.engine.protocol import Stats
from vortex_tui.engine.sizes import MIB
from vortex_tui.profile import Profile
from vortex_tui.training import memory, recipe
from vortex_tui.training.recipe import Change

_LOADED = ("ready", "busy")


@dataclass(frozen=True, slots=True)
class Room:
    """Whether the engine is unloaded for a training, and why, in words."""

    unload: bool
    words: str


async def look(profile: Profile, engine: EngineAPI | None, change: Change) -> Room:
    """Hold the training's plan against what the engine leaves. Raises ModelError and its siblings."""
    if engine is None or engine.state.phase not in _LOADED:
        return Room(unload=False, words="no engine of this process was loaded")
    stats = await engine.stats()
    on_gpu = not stats.device.startswith("cpu") and stats.vram_mb is not None
    free = _of_card(profile, stats) if on_gpu else psutil.virtual_memory().available
    return decide(needed(profile, change, on_gpu=on_gpu), free, on_gpu=on_gpu)


def needed(profile: Profile, change: Change, *, on_gpu: bool) -> int:
    """Bytes that a training takes, by the plan that it will itself be held to. Raises ModelError."""
    folder = model_folder.inspect(model_folder.locate(profile.core.hf_model))
    shape = memory.shape_of(folder)
    how = recipe.choose(shape.parameters, folder.max_context, change)
    unpacked = memory.is_unpacked(shape, on_gpu=on_gpu)
    return memory.need(folder, shape, how, on_gpu=on_gpu, unpacked=unpacked).total


def decide(needed: int, free: int, *, on_gpu: bool) -> Room:
    """Unload where ``free`` bytes beside the engine do not hold ``needed``."""
    where = "the card" if on_gpu else "the host's memory"
    numbers = f"the training takes {-(-needed // MIB)} MiB, {where} has {max(free, 0) // MIB} MiB free"
    if needed <= free:
        return Room(unload=False, words=f"not needed: {numbers} beside the engine")
    return Room(unload=True, words=f"unloaded: {numbers} beside it")


def _of_card(profile: Profile, stats: Stats) -> int:
    """What the card and the budget leave beside the engine: the budget is for both of them together."""
    found = machine.read(torch_cuda=True, llama_gpu=True)
    budget = profile.budget.max_vram_mb - (stats.vram_mb or 0.0)
    # What is in use includes the engine.
    return min(int(budget * MIB), (found.gpu or 0) - found.gpu_others)
