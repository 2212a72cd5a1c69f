"""A real sentence-transformers folder with random weights, made in a second."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import torch
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

WIDTH = 32
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def _vocabulary() -> dict[str, int]:
    single = string.ascii_lowercase + string.digits + string.punctuation
    tokens = [*_SPECIAL, *single, *(f"##{each}" for each in single)]
    return {token: at for at, token in enumerate(tokens)}


def _tokenizer() -> PreTrainedTokenizerFast:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = _vocabulary()
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )


def modules(
    *, first: str = "sentence_transformers.models.Transformer", **second: Any
) -> list[dict[str, Any]]:
    """What ``modules.json`` lists: a transformer and mean pooling, the latter with changes."""
    pooling = {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}
    return [{"idx": 0, "name": "0", "path": "", "type": first}, pooling | second]


def folder(path: Path, *, seed: int = 0, positions: int = 1024, max_seq_length: int | None = None) -> Path:
    """A random Bert of width 32 that pools by the mean, written to ``path``."""
    torch.manual_seed(seed)
    tokenizer = _tokenizer()
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=positions,
        initializer_range=0.5,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(path)
    tokenizer.save_pretrained(path)
    limit = {"max_seq_length": max_seq_length or positions, "do_lower_case": False}
    (path / "sentence_bert_config.json").write_text(json.dumps(limit), encoding="utf-8")
    (path / "1_Pooling").mkdir()
    pooling = {"word_embedding_dimension": WIDTH, "pooling_mode_mean_tokens": True}
    (path / "1_Pooling" / "config.json").write_text(json.dumps(pooling), encoding="utf-8")
    (path / "modules.json").write_text(json.dumps(modules()), encoding="utf-8")
    return path
