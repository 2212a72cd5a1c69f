"""Bad candidates to be planted: what each is, how it is made of a good expert, why it must be refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vortex_tui.doctor import copies
from vortex_tui.engine.safetensors_file import parse_header
from vortex_tui.errors import ExpertError
from vortex_tui.experts import manifest
from vortex_tui.experts.bank import BankEntry

DOMAIN = "doctor-planted"
# Bytes of a value that is no number, as they lie in a file.
_NANS = {
    "F64": bytes.fromhex("000000000000f87f"),
    "F32": bytes.fromhex("0000c07f"),
    "F16": bytes.fromhex("007e"),
    "BF16": bytes.fromhex("c07f"),
}


@dataclass(frozen=True, slots=True)
class Plant:
    """One bad candidate: ``make`` writes it below a folder and returns its own.

    ``reason`` are words its refusal must have: to be refused for something else proves nothing.
    ``by_manifest``: it is refused when a profile is loaded with it, not only when it is attached.
    """

    name: str
    what: str
    make: Callable[[BankEntry, str, Path], Path]
    reason: str
    by_manifest: bool = False

    @property
    def id(self) -> str:
        """``domain/run_id``, as it is asked for."""
        return f"{DOMAIN}/{self.name}"


def whole(entry: BankEntry, name: str, parent: Path) -> Path:
    """Nothing is wrong with it but its name."""
    return copies.write(entry, name, copies.weights_of(entry), parent)


def changed_byte(entry: BankEntry, name: str, parent: Path) -> Path:
    """One bit is turned after the manifest was written."""
    folder = whole(entry, name, parent)
    file = folder / manifest.ADAPTER / manifest.WEIGHTS_FILE
    raw = bytearray(file.read_bytes())
    raw[-1] ^= 1
    file.write_bytes(raw)
    return folder


def not_a_number(entry: BankEntry, name: str, parent: Path) -> Path:
    """One weight is NaN, and the hash is right: what a training that diverged leaves behind."""
    raw = bytearray(copies.weights_of(entry))
    header = parse_header(bytes(raw), len(raw), entry.folder)
    for tensor in header.tensors.values():
        if (nan := _NANS.get(tensor.dtype)) and tensor.end > tensor.start:
            start = header.data_start + tensor.start
            raw[start : start + len(nan)] = nan
            return copies.write(entry, name, bytes(raw), parent)
    raise ExpertError(f"{entry.id} has no weights that could be spoilt", expected="tensors of a float type")


def other_base(entry: BankEntry, name: str, parent: Path) -> Path:
    """Its manifest says another base."""
    folder = whole(entry, name, parent)
    described = manifest.load(folder / manifest.MANIFEST)
    other = ("0" if described.base_fingerprint[0] != "0" else "1") + described.base_fingerprint[1:]
    manifest.save(described.model_copy(update={"base_fingerprint": other}), folder)
    return folder


def pickled(entry: BankEntry, name: str, parent: Path) -> Path:
    """Weights in a file that could run code."""
    folder = whole(entry, name, parent)
    file = folder / manifest.ADAPTER / manifest.WEIGHTS_FILE
    file.rename(file.with_name("adapter_model.bin"))
    return folder


PLANTS: tuple[Plant, ...] = (
    Plant("byte", "a changed byte", changed_byte, "its files changed"),
    Plant("nan", "a weight that is no number", not_a_number, "weights that are no numbers"),
    Plant("pickle", "pickled weights", pickled, "pickled weights"),
    Plant("base", "another base", other_base, "another base", by_manifest=True),
)
CONTROL = Plant("untouched", "the untouched expert", whole, "")
