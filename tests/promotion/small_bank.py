"""A user's own bank made of nano's parts: some of its experts, their prompts, and a candidate in quarantine.

The base is nano's folder named by its path, so that only what is put here is in the bank.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from vortex_tui import paths
from vortex_tui.bench import baseline, host
from vortex_tui.bench.baseline import Entry, Key
from vortex_tui.experts import manifest
from vortex_tui.experts.manifest import ADAPTER, CONFIG_FILE, WEIGHTS_FILE, ExpertManifest
from vortex_tui.profile import Profile, parse

Tensors = dict[str, np.ndarray[Any, Any]]
FINGERPRINT = "3ba91703eba508c2d74e0b4153a2d0d6a14470d3eafb03adb0158e49c2a0cb29"


def shipped(domain: str) -> Path:
    """The folder of nano's own expert."""
    (folder,) = (paths.nano() / "experts" / domain).iterdir()
    return folder


def prompts(split: str, domain: str) -> list[dict[str, str]]:
    """nano's prompts of a domain as lines of a corpus."""
    text = (paths.nano() / "evaluation" / f"{split}.jsonl").read_text(encoding="utf-8")
    cases = (json.loads(line) for line in text.splitlines())
    return [{"prompt": c["prompt"], "response": c["answer"]} for c in cases if c["domains"] == [domain]]


def profile(**promotion: Any) -> Profile:
    """A profile of the user's on nano's base."""
    tables = {
        "core": {"hf_model": str(paths.nano() / "base")},
        "budget": {"max_vram_mb": 2048},
        "decode": {"temperature": 0.0},
        "promotion": promotion,
    }
    return parse(tables, Path("mine.toml"))


@dataclass(frozen=True)
class SmallBank:
    """A data folder with champions of ``domains`` and gate prompts of them and of ``judged``."""

    data: Path

    @property
    def registry(self) -> Path:
        """Where its champions are."""
        return self.data / "experts_hf" / "registry" / "experts"

    def corpus(self, domain: str, split: str, lines: Iterable[Mapping[str, str]]) -> Path:
        """Write a split of a domain."""
        file = self.data / "corpora" / domain / f"{split}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(json.dumps(dict(line)) + "\n" for line in lines), encoding="utf-8")
        return file

    def champion(self, domain: str, change: Callable[[Tensors], Tensors] | None = None, **said: Any) -> None:
        """Put nano's expert into the registry, its weights changed where it is asked."""
        folder = self.registry / domain / "run-1"
        _write(folder, shipped(domain), change, run_id="run-1", **said)

    def baseline(self) -> None:
        """What a bench of this machine would have left."""
        key = Key(
            profile="mine", mock=False, host=host.host().fingerprint, model=FINGERPRINT, backend="hf",
            quantization="nf4", device="cpu", headline="routed", prompt_tokens=512, max_new_tokens=32,
            suite=1,
        )  # fmt: skip
        entry = Entry(key=key, created="2026-11-25", tokens_per_sec=(50.0,), profile_hash="", versions={})
        baseline.update(baseline.path_in(self.data), entry)

    def candidate(
        self,
        domain: str,
        *,
        weights_of: str = "",
        change: Callable[[Tensors], Tensors] | None = None,
        run_id: str = "cand-1",
        **said: Any,
    ) -> Path:
        """A candidate for ``domain``, by default nano's own expert trained on nano's own train split."""
        folder = self.data / "experts_hf" / "quarantine" / domain / run_id
        train = self.data / "corpora" / domain / "train.jsonl"
        if not train.exists():
            self.corpus(domain, "train", prompts("train", domain))
        own = manifest.load(shipped(domain) / manifest.MANIFEST)
        told = {
            "domain": domain,
            "run_id": run_id,
            "exemplars": own.exemplars,
            "training": trained_on(train),
            **said,
        }
        return _write(folder, shipped(weights_of or domain), change, **told)


def trained_on(file: Path) -> dict[str, Any]:
    """What a manifest says of a training on ``file``."""
    return {"recipe": "test", "data": {file.name: hashlib.sha256(file.read_bytes()).hexdigest()}}


def made(data: Path, domains: Iterable[str], judged: Iterable[str] = ()) -> SmallBank:
    """A bank with a baseline, champions of ``domains``, and gate prompts of these and of ``judged``."""
    bank = SmallBank(data)
    for domain in domains:
        bank.champion(domain)
    for domain in {*domains, *judged}:
        bank.corpus(domain, "gate", prompts("gate", domain))
    bank.baseline()
    return bank


def _write(folder: Path, source: Path, change: Callable[[Tensors], Tensors] | None, **said: Any) -> Path:
    """A copy of an expert that says other things, and has other weights where ``change`` makes them."""
    shutil.copytree(source, folder)
    if change is not None:
        _change(folder, change)
    files = [(folder / ADAPTER / name).read_bytes() for name in (CONFIG_FILE, WEIGHTS_FILE)]
    told = json.loads((source / manifest.MANIFEST).read_text(encoding="utf-8"))
    rank = json.loads(files[0])
    told |= {"content_hash": manifest.content_hash(*files), "rank": rank["r"], "alpha": rank["lora_alpha"]}
    manifest.save(ExpertManifest.model_validate(told | said), folder)
    return folder


def _change(folder: Path, change: Callable[[Tensors], Tensors]) -> None:
    file = folder / ADAPTER / WEIGHTS_FILE
    changed = change(load(file.read_bytes()))
    file.write_bytes(save({name: np.ascontiguousarray(tensor) for name, tensor in changed.items()}))
    rank = next(tensor.shape[0] for name, tensor in changed.items() if ".lora_A." in name)
    config_file = folder / ADAPTER / CONFIG_FILE
    config = json.loads(config_file.read_text(encoding="utf-8"))
    # The same scale whatever the rank: a wider adapter is the same update.
    config |= {"lora_alpha": config["lora_alpha"] * rank / config["r"], "r": rank}
    config_file.write_text(json.dumps(config), encoding="utf-8")


def noisy(share: float) -> Callable[[Tensors], Tensors]:
    """Noise as large as ``share`` of each tensor's own spread."""

    def change(tensors: Tensors) -> Tensors:
        random = np.random.default_rng(1)
        return {
            name: (tensor + random.normal(0, share * float(tensor.std()), tensor.shape)).astype(tensor.dtype)
            for name, tensor in tensors.items()
        }

    return change


def weakened(share: float) -> Callable[[Tensors], Tensors]:
    """The same direction, less of it."""
    return lambda tensors: {
        name: (tensor * share if ".lora_B." in name else tensor).astype(tensor.dtype)
        for name, tensor in tensors.items()
    }


def padded(rank: int) -> Callable[[Tensors], Tensors]:
    """The same update as factors of ``rank``, zeros where nothing was."""

    def change(tensors: Tensors) -> Tensors:
        return {name: np.pad(tensor, _pad(name, tensor, rank)) for name, tensor in tensors.items()}

    return change


def _pad(name: str, tensor: Any, rank: int) -> list[tuple[int, int]]:
    axis = 0 if ".lora_A." in name else 1
    return [(0, rank - tensor.shape[each]) if each == axis else (0, 0) for each in range(2)]


def with_nan(tensors: Tensors) -> Tensors:
    """One number that is none."""
    name = next(iter(tensors))
    broken = tensors[name].copy()
    broken[0, 0] = np.nan
    return {**tensors, name: broken}
