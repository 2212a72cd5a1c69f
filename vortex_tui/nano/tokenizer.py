"""The tokenizer: byte-level BPE in which every digit is a token of its own."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from vortex_tui.nano.conversation import BOS, CHAT_TEMPLATE, END, SPECIAL

VOCABULARY = 2048


def train(texts: Iterable[str]) -> Tokenizer:
    """Return a tokenizer for `texts`; its pre-tokenizer is the one llama.cpp calls smollm."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def save(tokenizer: Tokenizer, folder: Path, length: int) -> None:
    """Write a folder that AutoTokenizer loads; `length` is the longest text in tokens."""
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BOS,
        pad_token=BOS,
        eos_token=END,
        additional_special_tokens=list(SPECIAL[1:4]),
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
        model_max_length=length,
        padding_side="left",
        model_input_names=["input_ids", "attention_mask"],
    )
    fast.save_pretrained(folder)
    _name_the_class(folder / "tokenizer_config.json")


def _name_the_class(config: Path) -> None:
    """Name the class by the name that every transformers release since 4.0 knows."""
    settings = json.loads(config.read_text(encoding="utf-8"))
    settings |= {"tokenizer_class": "PreTrainedTokenizerFast", "add_bos_token": False, "add_eos_token": False}
    config.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8", newline="\n")
