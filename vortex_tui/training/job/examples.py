"""Examples as token ids: the base's own template around the question, and the answer that counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vortex_tui.corpora.refusal import CorpusError
from vortex_tui.engine.backends.hf_text import ChatText
from vortex_tui.training.corpus import Example

IGNORED = -100


@dataclass(frozen=True, slots=True)
class Encoded:
    """Ids of a question as the engine renders it, and of its answer with its end."""

    asked: list[int]
    answer: list[int]

    @property
    def length(self) -> int:
        """Tokens of both."""
        return len(self.asked) + len(self.answer)

    @property
    def ids(self) -> list[int]:
        """Both, end to end."""
        return self.asked + self.answer

    @property
    def labels(self) -> list[int]:
        """What is to be said: the answer, and nothing of the question."""
        return [IGNORED] * len(self.asked) + self.answer


def encode(text: ChatText, examples: Iterable[Example], length: int) -> tuple[list[Encoded], int]:
    """The examples of at most ``length`` tokens, and how many were longer and are left out."""
    every = [
        Encoded(text.encode_chat(each.conversation), text.encode_answer(each.response)) for each in examples
    ]
    fitting = [each for each in every if each.length <= length]
    return fitting, len(every) - len(fitting)


def check(fitting: list[Encoded], left_out: int, least: int, length: int) -> None:
    """Refuse a corpus that is mostly too long for the rows. Raises CorpusError."""
    if len(fitting) < least:
        raise CorpusError(
            "too few examples are short enough to be learned whole",
            found=f"{len(fitting)} fit, {left_out} are longer than {length} tokens",
            expected=f"at least {least} examples of at most {length} tokens, question and answer together",
            mend="raise --length, which takes more memory, or cut the corpus into shorter parts",
        )
