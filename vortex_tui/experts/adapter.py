"""A LoRA adapter's two files, read once, checked against their hash and understood before use.

Format: PEFT (https://huggingface.co/docs/peft), safetensors only.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vortex_tui.engine.safetensors_file import Header, parse_header
from vortex_tui.errors import ExpertError, ModelError
from vortex_tui.escape import one_line
from vortex_tui.experts.manifest import (
    ADAPTER,
    CONFIG_FILE,
    WEIGHTS_FILE,
    ExpertManifest,
    content_hash,
)

_TENSOR = re.compile(r"^base_model\.model\.(?P<module>.+)\.lora_(?P<side>[AB])\.weight$")
# What these change is more than Σ w·s·B·A: refused by name.
_UNSUPPORTED = (
    "use_dora",
    "lora_bias",
    "modules_to_save",
    "layer_replication",
    "trainable_token_indices",
    "target_parameters",
    "use_qalora",
    "use_bdlora",
    "alora_invocation_tokens",
    "arrow_config",
    "kasa_config",
    "monteclora_config",
    "velora_config",
)
# A rank and an alpha of their own for some modules: only readers that know them ask for them.
_PATTERNS = ("rank_pattern", "alpha_pattern")
# The other ways to begin (PiSSA, OLoRA, LoftQ, …) take something out of the base's weights.
_HARMLESS_BEGINNINGS = (True, False, None, "gaussian", "eva", "orthogonal")


@dataclass(frozen=True, slots=True)
class Factors:
    """Shapes of one module's update: A is (rank, inputs), B is (outputs, rank)."""

    rank: int
    inputs: int
    outputs: int


@dataclass(frozen=True, slots=True)
class Adapter:
    """A verified adapter: ``weights`` are the very bytes that were hashed."""

    manifest: ExpertManifest
    config: dict[str, Any]
    weights: bytes = field(repr=False)
    modules: dict[str, Factors]

    @property
    def values(self) -> int:
        """Values in all factors."""
        return sum(each.rank * (each.inputs + each.outputs) for each in self.modules.values())

    @property
    def content_hash(self) -> str:
        """The key of the adapter wherever it is loaded."""
        return self.manifest.content_hash


def _refuse(manifest: ExpertManifest, what: str, found: str, expected: str) -> ExpertError:
    return ExpertError(
        f"the expert {manifest.id} is refused: {what}",
        found=one_line(found),
        expected=expected,
        mend=f"vortex-tui experts verify {manifest.id}, then restore or remove it",
    )


def _read(manifest: ExpertManifest, folder: Path) -> tuple[bytes, bytes]:
    adapter = folder / ADAPTER
    try:
        return (adapter / CONFIG_FILE).read_bytes(), (adapter / WEIGHTS_FILE).read_bytes()
    except OSError as error:
        pickled = [file.name for file in sorted(adapter.glob("*.bin"))]
        found = f"pickled weights {', '.join(pickled)}" if pickled else str(error)
        raise _refuse(
            manifest, "its files cannot be read", found, f"{CONFIG_FILE} and {WEIGHTS_FILE}, never a pickle"
        ) from error


def _config(manifest: ExpertManifest, raw: bytes, *, patterns: bool) -> dict[str, Any]:
    try:
        config = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _refuse(manifest, f"{CONFIG_FILE} is not JSON", str(error), "PEFT's configuration") from error
    if not isinstance(config, dict) or config.get("peft_type") != "LORA":
        kind = config.get("peft_type") if isinstance(config, dict) else type(config).__name__
        raise _refuse(manifest, "it is not a LoRA", str(kind), "peft_type LORA")
    refused = _UNSUPPORTED if patterns else _UNSUPPORTED + _PATTERNS
    if used := [key for key in refused if config.get(key)]:
        raise _refuse(manifest, "it uses what cannot be mixed exactly", ", ".join(used), "plain LoRA")
    if (begun := config.get("init_lora_weights")) not in _HARMLESS_BEGINNINGS:
        raise _refuse(manifest, "its training began by changing the base", str(begun), "an unchanged base")
    if config.get("bias", "none") != "none":
        raise _refuse(manifest, "it trains biases", str(config["bias"]), "bias none")
    return config


def _factors(manifest: ExpertManifest, header: Header) -> dict[str, Factors]:
    sides: dict[str, dict[str, tuple[int, ...]]] = {}
    for name, entry in header.tensors.items():
        match = _TENSOR.match(name)
        if match is None or len(entry.shape) != 2:
            raise _refuse(manifest, "an unknown tensor", f"{name} {entry.shape}", "only lora_A and lora_B")
        sides.setdefault(match["module"], {})[match["side"]] = entry.shape
    modules: dict[str, Factors] = {}
    for module, shapes in sides.items():
        a, b = shapes.get("A"), shapes.get("B")
        if a is None or b is None or a[0] != b[1]:
            raise _refuse(
                manifest, f"the factors of {module} do not match", f"A {a}, B {b}", "A (r, in), B (out, r)"
            )
        modules[module] = Factors(a[0], a[1], b[0])
    return modules


def _check_declared(manifest: ExpertManifest, config: dict[str, Any], modules: dict[str, Factors]) -> None:
    targets = {module.rsplit(".", 1)[-1] for module in modules}
    if targets != set(manifest.target_modules):
        raise _refuse(
            manifest,
            "its target modules differ",
            ", ".join(sorted(targets)),
            ", ".join(manifest.target_modules),
        )
    # With a pattern the ranks differ on purpose.
    found = set() if config.get("rank_pattern") else {factors.rank for factors in modules.values()}
    ranks = found | {config.get("r")}
    if ranks != {manifest.rank}:
        raise _refuse(manifest, "its rank differs", f"ranks {ranks}", f"rank {manifest.rank}")
    if config.get("lora_alpha") != manifest.alpha:
        raise _refuse(manifest, "its alpha differs", str(config.get("lora_alpha")), f"alpha {manifest.alpha}")


def _check_finite(manifest: ExpertManifest, header: Header, weights: bytes) -> None:
    from vortex_tui.experts import finite  # numpy: who only lists a bank does without it

    if name := finite.first_infinite(header, weights):
        raise _refuse(
            manifest, "it has weights that are no numbers", f"nan or infinity in {name}", "finite weights"
        )


def read(manifest: ExpertManifest, folder: Path, *, patterns: bool = False) -> Adapter:
    """Read and check the adapter beside its manifest in ``folder``.

    ``patterns``: the caller heeds rank_pattern and alpha_pattern; else they are refused.

    Raises ExpertError when a file is missing, pickled or damaged, when the bytes are not
    those that were hashed, when rank, modules or kind are not what the manifest says, or when a
    weight is no finite number.
    """
    config_bytes, weights = _read(manifest, folder)
    actual = content_hash(config_bytes, weights)
    if actual != manifest.content_hash:
        raise _refuse(manifest, "its files changed", f"hash {actual[:16]}…", f"{manifest.content_hash[:16]}…")
    config = _config(manifest, config_bytes, patterns=patterns)
    try:
        header = parse_header(weights, len(weights), folder / ADAPTER / WEIGHTS_FILE)
    except ModelError as error:
        raise _refuse(manifest, "its weights are damaged", error.found, error.expected) from error
    modules = _factors(manifest, header)
    _check_declared(manifest, config, modules)
    _check_finite(manifest, header, weights)
    return Adapter(manifest, config, weights, modules)


def check_base(manifest: ExpertManifest, fingerprint: str) -> None:
    """Raise ExpertError unless the expert was made for the base with ``fingerprint``."""
    if manifest.base_fingerprint != fingerprint:
        raise _refuse(
            manifest,
            "it was made for another base",
            f"base {manifest.base_fingerprint[:16]}…",
            f"{fingerprint[:16]}…",
        )


def check_shapes(adapter: Adapter, linears: dict[str, tuple[int, int]]) -> None:
    """Raise ExpertError unless every module is a linear layer of the base; ``linears``: (inputs, outputs)."""
    for module, factors in adapter.modules.items():
        expected = linears.get(module)
        if expected != (factors.inputs, factors.outputs):
            raise _refuse(
                adapter.manifest,
                f"{one_line(module)} does not fit the base",
                f"{factors.inputs} → {factors.outputs}",
                f"{expected[0]} → {expected[1]}" if expected else "a linear layer of that name",
            )
