"""One example of a corpus: a prompt, its response, and where both came from."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["pair", "instruction", "chat", "text", "markdown", "html", "pdf", "code", "feedback"]
# What a context of 4,096 tokens could not hold several times over is a mistake.
MAX_CHARS = 100_000


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation; ``role`` is system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt and its response.

    ``source`` is a name relative to what was given, ``part`` says where in it (a line, a heading, a
    function). ``messages`` are the turns before the response when it was a conversation; ``prompt``
    then says the same in one text. Examples of one ``group`` are kept in one split.
    """

    prompt: str
    response: str
    source: str
    source_sha256: str
    license: str
    kind: Kind
    part: str = ""
    messages: tuple[Turn, ...] = ()
    group: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what is said: equal for examples that differ in blanks alone."""
        return digest(self.prompt, self.response)

    @property
    def flaw(self) -> str:
        """In words, why no corpus can hold it; "" when one can."""
        if not self.prompt.strip() or not self.response.strip():
            return "an empty prompt or response"
        said = "".join((self.prompt, self.response, self.license, *(turn.content for turn in self.messages)))
        return "" if is_whole(said) else "half a character (a lone surrogate)"

    def document(self, *, time: str, cluster: str) -> dict[str, Any]:
        """The line of a split: plain values."""
        told: dict[str, Any] = {
            "prompt": self.prompt,
            "response": self.response,
            "source": self.source,
            "part": self.part,
            "source_sha256": self.source_sha256,
            "license": self.license,
            "kind": self.kind,
            "time": time,
            "cluster": cluster,
        }
        if self.messages:
            told["messages"] = [{"role": turn.role, "content": turn.content} for turn in self.messages]
        return told


def digest(prompt: str, response: str) -> str:
    """SHA-256 (hex) of a pair, runs of blanks and the forms of Unicode aside."""
    plain = json.dumps([_plain(prompt), _plain(response)], ensure_ascii=False)
    return hashlib.sha256(plain.encode("utf-8")).hexdigest()


def is_whole(text: str) -> bool:
    """False for text with lone surrogates, which no tokenizer, terminal or file could take."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def encoded(document: Mapping[str, Any]) -> bytes:
    """A line of a JSONL file, with its end."""
    return json.dumps(document, ensure_ascii=False).encode("utf-8") + b"\n"
