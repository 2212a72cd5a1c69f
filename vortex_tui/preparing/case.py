"""What is under examination, filled in by one check after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from vortex_tui.engine import backend_route
from vortex_tui.engine.backend_route import BackendRoute
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.engine.prepared import Stamp
from vortex_tui.errors import ModelError
from vortex_tui.gguf.header import Header
from vortex_tui.preparing.machine import Machine
from vortex_tui.profile import Profile

# A file's name, how much of it has been read, its size (bytes).
OnHashed = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Gguf:
    """A GGUF and what it says of itself."""

    file: Path
    header: Header


@dataclass(frozen=True, slots=True)
class Totals:
    """Bytes of weights, K/V and working room on ``device``, its limit, and what is offloaded to the host."""

    device: str
    ctx_tokens: int
    weights: int
    kv: int
    working: int
    limit: int
    offloaded: int = 0
    offloaded_parts: int = 0

    @property
    def needed(self) -> int:
        """All of it together."""
        return self.weights + self.kv + self.working


@dataclass(slots=True)
class Case:
    """A profile on a machine; the later fields are empty until their check has found them."""

    profile: Profile
    data_dir: Path
    machine: Machine
    on_hashed: OnHashed = lambda *_: None

    route: BackendRoute | None = None
    found: ModelFolder | Gguf | None = None
    totals: Totals | None = None
    fingerprint: str = ""
    files: list[Stamp] = field(default_factory=list)

    @property
    def model(self) -> ModelFolder | Gguf:
        """The model, whose files are whole. Raises ModelError when that was not found."""
        if self.found is None:
            raise ModelError("the weights could not be read")
        return self.found

    @property
    def ctx_tokens(self) -> int:
        """The context the engine would give it."""
        model = self.model
        trained = model.header.context_length if isinstance(model, Gguf) else model.max_context
        return backend_route.context(self.profile, trained)[0]
