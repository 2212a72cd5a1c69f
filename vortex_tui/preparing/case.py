"""What is under examination, filled in by one check after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from vortex_tui.engine import backend_route
from vortex_tui.engine.backend_route import BackendRoute
from vortex_tui.engine.budget.admission import Admission
from vortex_tui.engine.budget.machine import Machine
from vortex_tui.engine.budget.subject import Gguf, Model
from vortex_tui.engine.prepared import Stamp
from vortex_tui.errors import ModelError
from vortex_tui.profile import Profile

# A file's name, how much of it has been read, its size (bytes).
OnHashed = Callable[[str, int, int], None]


@dataclass(slots=True)
class Case:
    """A profile on a machine; the later fields are empty until their check has found them."""

    profile: Profile
    data_dir: Path
    machine: Machine
    on_hashed: OnHashed = lambda *_: None

    route: BackendRoute | None = None
    found: Model | None = None
    admission: Admission | None = None
    fingerprint: str = ""
    files: list[Stamp] = field(default_factory=list)

    @property
    def model(self) -> Model:
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
