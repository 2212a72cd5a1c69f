"""From a demand to bytes, by headers alone: nothing is loaded to know what loading would take."""

from __future__ import annotations

from dataclasses import replace

from vortex_tui.engine import offload, sizes
from vortex_tui.engine.budget import buffers, subject
from vortex_tui.engine.budget.demand import Demand
from vortex_tui.engine.budget.item import Estimate, Item, Kind, Place
from vortex_tui.engine.budget.subject import Gguf
from vortex_tui.engine.model_folder import ModelFolder

MIB = sizes.MIB
# Composed mixes beside the experts they are made of; the newest one always stays.
COMPOSED_BYTES = 512 * MIB
COMPOSED_COUNT = 8
# llama.cpp keeps adapters as they are converted: in 32 bits.
_GGUF_VALUE = 4
# The worker's libraries before any weights, where they were not measured: torch for a CPU, Linux.
_RUNTIME = {"hf": 450 * MIB, "llama_cpp": 75 * MIB}


def estimate(demand: Demand) -> Estimate:
    """What a demand takes at each place. Raises ModelError for headers that do not say enough."""
    if isinstance(demand.model, Gguf):
        return _of_gguf(demand, demand.model)
    return _of_folder(demand, demand.model)


def _of_folder(demand: Demand, folder: ModelFolder) -> Estimate:
    home, value = demand.home, value_bytes(demand)
    weights = sizes.weight_bytes(folder, demand.quantization, value)
    shape = sizes.kv_of_config(folder.config)
    kv = shape.layers * shape.layer_bytes(demand.ctx_tokens, value)
    others = [
        *_runtime(demand),
        Item("buffers", home, buffers.of_folder(demand, folder, value)),
        *_experts(demand, value),
        Item("snapshots", "host", demand.snapshots),
    ]
    whole = Estimate(
        home, demand.ctx_tokens, (Item("weights", home, weights, True), Item("kv", home, kv), *others)
    )
    if home == "host" or not demand.offload or whole.needed("card") <= demand.limit("card"):
        return whole
    return _divided(demand, folder, others)


def _divided(demand: Demand, folder: ModelFolder, others: list[Item]) -> Estimate:
    """As many layers on the card as fit beside everything else; the rest with the CPU."""
    parts = sizes.parts(folder, demand.quantization, demand.ctx_tokens)
    reserve = sum(item.bytes for item in others if item.place == "card")
    plan = offload.plan(parts, demand.limit("card"), reserve)
    if not plan.gpu_bytes:  # then it is loaded as where there is no card
        alone = demand.changed(machine=replace(demand.machine, gpu=None), offload=False)
        return replace(_of_folder(alone, folder), plan=plan)
    kv = {part.name: part.kv for part in parts}
    here = sum(kv[name] for name, where in plan.places.items() if where == "gpu")
    there = sum(kv.values()) - here
    items = (
        Item("weights", "card", plan.gpu_bytes - here, True),
        Item("kv", "card", here),
        Item("weights", "host", plan.host_bytes - there, True),
        Item("kv", "host", there),
        *others,
    )
    return Estimate("card", demand.ctx_tokens, items, plan)


def _of_gguf(demand: Demand, gguf: Gguf) -> Estimate:
    home, header = demand.home, gguf.header
    layers, embedding = subject.gguf_weights(header)
    # The file's size: tensor types newer than this program have one there too.
    whole = max(gguf.file.stat().st_size, layers + embedding) if home == "host" else layers
    kv = sizes.gguf_kv_bytes(header, demand.ctx_tokens, demand.kv_type)
    items = [
        Item("weights", home, whole, True),
        Item("kv", home, kv, True),
        # On a host memory is taken when it is touched; on a card when it is asked for.
        Item("buffers", home, buffers.of_gguf(demand, gguf), home == "card"),
        Item("buffers", home, buffers.of_reader(demand, gguf)),
        *_runtime(demand),
        *_experts(demand, _GGUF_VALUE),
        Item("snapshots", "host", demand.snapshots),
    ]
    if home == "card":
        items.append(Item("weights", "host", embedding, True))
    return Estimate(home, demand.ctx_tokens, tuple(items))


def value_bytes(demand: Demand) -> int:
    """What a value that is not quantised takes in compute: 16 bits on a card, 32 on a CPU."""
    return sizes.GPU_VALUE if demand.home == "card" else sizes.CPU_VALUE


def _runtime(demand: Demand) -> list[Item]:
    host = _RUNTIME[demand.backend] if demand.runtime is None else demand.runtime
    found = [Item("runtime", "host", host, True)]
    if demand.home == "card":
        found.append(Item("runtime", "card", sizes.GPU_WORKING, True))
    return found


def _experts(demand: Demand, value: int) -> list[Item]:
    """The largest of the bank that may be resident at once; places without one count as common ones."""
    count = demand.max_loaded
    if not count:
        return []
    known = list(demand.adapters[:count])
    one = max(known, default=0) or subject.expert_values(demand.model)
    values = sum(known) + one * (count - len(known))
    found = [Item("experts", demand.home, values * value)]
    mixed = min(demand.top_k, count)
    if mixed > 1:
        composed = min(COMPOSED_BYTES, COMPOSED_COUNT * mixed * one * value)
        found.append(Item("composed", demand.home, max(composed, mixed * one * value)))
    return found


def shortage(found: Estimate, demand: Demand, place: Place) -> int:
    """Bytes that are missing at a place; 0 where it fits."""
    return max(0, found.needed(place) - demand.limit(place))


def room(found: Estimate, demand: Demand, kind: Kind) -> int:
    """Bytes that one kind may take at the model's home beside everything else."""
    return max(0, demand.limit(found.home) - found.needed(found.home, without=kind))
