"""The shipped form of nano, loaded to be measured: the 4-bit base with every adapter attached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoTokenizer

from vortex_tui.nano.conversation import opening
from vortex_tui.nano.quantise import load_nf4

_BATCH = 64
_LONGEST = 48
CONTROL = "multitask"


def adapters(data: Path) -> dict[str, Path]:
    """Return name and adapter folder of every expert under `data`, and of the control."""
    found = sorted((data / "experts").glob("*/*/adapter")) + sorted((data / "control").glob("*/*/adapter"))
    return {folder.parent.parent.name: folder for folder in found}


class Answerer:
    """Greedy answers and losses through the base in NF4, float32 compute, on the CPU."""

    def __init__(self, data: Path) -> None:
        """Load everything under `data`."""
        self.tokenizer: Any = AutoTokenizer.from_pretrained(data / "base")
        model: Any = load_nf4(data / "base")
        for name, folder in adapters(data).items():
            if isinstance(model, PeftModel):
                model.load_adapter(folder, adapter_name=name, autocast_adapter_dtype=True)
            else:
                model = PeftModel.from_pretrained(model, folder, adapter_name=name)
        self.model = model.eval()

    @contextmanager
    def using(self, adapter: str) -> Iterator[None]:
        """Answer with `adapter` inside the block; with "" the base alone does."""
        if adapter:
            self.model.set_adapter(adapter)
            yield
        elif isinstance(self.model, PeftModel):
            with self.model.disable_adapter():
                yield
        else:
            yield

    @torch.inference_mode()
    def answer(self, prompts: Sequence[str]) -> list[str]:
        """Return the greedy answers to `prompts`, in their order."""
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        found = [""] * len(prompts)
        for start in range(0, len(order), _BATCH):
            places = order[start : start + _BATCH]
            for place, text in zip(places, self._batch([prompts[i] for i in places]), strict=True):
                found[place] = text
        return found

    def _batch(self, prompts: Sequence[str]) -> list[str]:
        batch = self.tokenizer([opening(p) for p in prompts], return_tensors="pt", padding=True)
        out = self.model.generate(**batch, max_new_tokens=_LONGEST, do_sample=False)
        texts: list[str] = self.tokenizer.batch_decode(
            out[:, batch["input_ids"].shape[1] :], skip_special_tokens=True
        )
        return texts

    @torch.inference_mode()
    def losses(self, ids: Sequence[int]) -> torch.Tensor:
        """Return the loss of each token after the first, in nats."""
        row = torch.tensor([list(ids)])
        logits = self.model(input_ids=row, use_cache=False).logits[0, :-1].float()
        return torch.nn.functional.cross_entropy(logits, row[0, 1:], reduction="none")
