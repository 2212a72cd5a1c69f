"""Does text come back from the tokenizer as it went in?"""

from __future__ import annotations

import unicodedata
from pathlib import Path

from vortex_tui.doctor.context import Finding
from vortex_tui.engine.budget.subject import Gguf
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.gguf.header import Header
from vortex_tui.preparing.case import Case
from vortex_tui.preparing.files import TOKENS

TEXTS = (
    "What is 37 + 58?",
    "def square(x):\n    return x * x\n",
    "Größe, naïve café, Ελληνικά, русский",
    "漢字かな交じり文 한국어 עברית",
    "🙂 → ∑ ½",
)
_COPY = "copy the model's tokenizer again"
_EMBEDDINGS = ("embed_tokens.weight", "wte.weight", "embed_in.weight")
_GGUF_EMBEDDING = "token_embd.weight"


def tokenizer(case: Case) -> Finding:
    """A folder's tokenizer is tried; a GGUF's vocabulary is counted."""
    model = case.model
    return _of_gguf(model.header) if isinstance(model, Gguf) else _of_folder(model)


def _of_folder(folder: ModelFolder) -> Finding:
    file = folder.path / "tokenizer.json"
    if not file.is_file():
        return Finding("fail", f"no {file}", "a tokenizer.json", _COPY)
    try:
        changed, largest = _round_trip(file)
    except Exception as error:  # noqa: BLE001  tokenizers raises the plain class for whatever is in the file
        return Finding("fail", f"{file}: {error}", "a tokenizer of the library tokenizers", _COPY)
    rows = _rows(folder)
    if changed:
        return Finding("fail", f"{len(changed)} of {len(TEXTS)} texts changed: {changed[0]!r}", "none", _COPY)
    if rows and largest >= rows:
        return Finding("fail", f"the token {largest}, but {rows} embeddings", "a token in the model", _COPY)
    return Finding("pass", f"{len(TEXTS)} texts came back; {rows} embeddings")


def _round_trip(file: Path) -> tuple[list[str], int]:
    """The texts that did not come back, and the largest token met."""
    from tokenizers import Tokenizer

    made = Tokenizer.from_file(str(file))
    changed, largest = [], 0
    for text in TEXTS:
        ids = made.encode(text, add_special_tokens=False).ids
        largest = max(largest, *ids)
        if _plain(made.decode(ids, skip_special_tokens=False)) != _plain(text):
            changed.append(text)
    return changed, largest


def _plain(text: str) -> str:
    """Some normalise to NFC, and some put a space in front: neither loses anything."""
    return unicodedata.normalize("NFC", text).strip()


def _rows(folder: ModelFolder) -> int:
    """How many tokens have an embedding; 0 when it goes by another name."""
    entries = ((name, entry) for header in folder.headers.values() for name, entry in header.tensors.items())
    return next((entry.shape[0] for name, entry in entries if name.endswith(_EMBEDDINGS)), 0)


def _of_gguf(header: Header) -> Finding:
    count = len(header.strings(TOKENS))
    embedding = header.tensors.get(_GGUF_EMBEDDING)
    rows = embedding.shape[0] if embedding and embedding.shape else 0
    if not count or count != rows:
        return Finding("fail", f"{count} tokens, {rows} embeddings", "as many tokens as embeddings", _COPY)
    return Finding("pass", f"{count} tokens, {rows} embeddings")
