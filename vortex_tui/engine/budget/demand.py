"""What a profile asks of a model on a machine: everything the estimate follows from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vortex_tui.engine import backend_route
from vortex_tui.engine.budget.item import Place
from vortex_tui.engine.budget.machine import MIB, Machine
from vortex_tui.engine.budget.subject import Gguf, Model, backend_of
from vortex_tui.profile import Profile


@dataclass(frozen=True, slots=True)
class Demand:
    """A model, what is asked of it, and where. Sizes in bytes; ``host_budget`` 0 is no limit.

    ``adapters`` are the values of each of the bank's largest experts; ``runtime`` what the worker's
    libraries take, where that was measured.
    """

    model: Model
    machine: Machine
    quantization: str
    ctx_tokens: int
    kv_type: str
    max_loaded: int
    top_k: int
    snapshots: int
    offload: bool
    card_budget: int
    host_budget: int = 0
    adapters: tuple[int, ...] = ()
    runtime: int | None = None

    @property
    def backend(self) -> str:
        """hf or llama_cpp."""
        return backend_of(self.model)

    @property
    def home(self) -> Place:
        """Where the model computes: on the card, where its backend can use one."""
        return "host" if self.machine.gpu_for(self.backend) is None else "card"

    def limit(self, place: Place) -> int:
        """Bytes that may be used there: what is free, within the profile's budget."""
        if place == "card":
            there = (self.machine.gpu_for(self.backend) or 0) - self.machine.gpu_others
            return max(0, min(self.card_budget, there))
        return min(self.host_budget or self.machine.host, self.machine.host)

    def changed(self, **fields: object) -> Demand:
        """The same with other wishes."""
        return replace(self, **fields)  # type: ignore[arg-type]


def of(
    profile: Profile,
    model: Model,
    machine: Machine,
    adapters: Sequence[int] = (),
    runtime: int | None = None,
) -> Demand:
    """A profile's demand of a model."""
    core, budget, experts = profile.core, profile.budget, profile.experts
    trained = model.header.context_length if isinstance(model, Gguf) else model.max_context
    return Demand(
        model=model,
        machine=machine,
        quantization=core.hf_quantization,
        ctx_tokens=backend_route.context(profile, trained)[0],
        kv_type=core.kv_type,
        max_loaded=experts.max_loaded if experts.enabled else 0,
        top_k=experts.router.top_k,
        snapshots=budget.kv_host_mb * MIB,
        offload=core.hf_offload == "safe",
        card_budget=budget.max_vram_mb * MIB,
        host_budget=budget.max_host_mb * MIB,
        adapters=tuple(sorted(adapters, reverse=True)),
        runtime=runtime,
    )
