"""Text to ids and back for a transformers tokenizer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2.exceptions import TemplateError
from tokenizers.decoders import DecodeStream
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from vortex_tui.engine.protocol import Conversation
from vortex_tui.errors import ModelError
from vortex_tui.escape import one_line

# What most instruct models without a template of their own were trained on.
_CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def load_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """The folder's own fast tokenizer; never code from the folder. Raises ModelError."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise _no_tokenizer(folder, one_line(str(error))) from error
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise _no_tokenizer(folder, type(tokenizer).__name__)
    return tokenizer


def _no_tokenizer(folder: Path, found: str) -> ModelError:
    return ModelError(
        f"{one_line(str(folder))} has no usable tokenizer",
        found=found,
        expected="tokenizer.json and tokenizer_config.json",
        mend="copy the model's folder whole",
    )


class StreamDecoder:
    """Ids to text one at a time, by the tokenizers library's own incremental decoder."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self._tokenizer = tokenizer
        self._begin()

    def _begin(self) -> None:
        self._stream = DecodeStream(skip_special_tokens=True)
        self._ids: list[int] = []
        self._length = 0

    def step(self, token: int) -> str:
        """Text completed by ``token``, or nothing yet."""
        try:
            return self._advance(token)
        except Exception as error:
            # The library raises a bare Exception for bytes that cannot go on; it begins anew there.
            if "Invalid prefix" not in str(error):
                raise
        lost = self.flush()
        self._begin()
        return lost + self._advance(token)

    def _advance(self, token: int) -> str:
        text: str = self._stream.step(self._tokenizer.backend_tokenizer, token) or ""
        self._ids.append(token)
        self._length += len(text)
        return text

    def flush(self) -> str:
        """What an unfinished character leaves at the end, as U+FFFD."""
        whole: str = self._tokenizer.backend_tokenizer.decode(self._ids, skip_special_tokens=True)
        return whole[self._length :]


class ChatText:
    """The tokenizer with the model's chat template and stop tokens."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast, generation_config: Any) -> None:
        self.tokenizer = tokenizer
        self.notes: tuple[str, ...] = ()
        if tokenizer.chat_template is None:
            tokenizer.chat_template = _CHATML
            self.notes = ("the model has no chat template: ChatML is used",)
        self.stop_ids = _stop_ids(tokenizer, generation_config)
        self._control = sorted(
            token.content for token in tokenizer.added_tokens_decoder.values() if token.special
        )

    def encode_chat(self, conversation: Conversation) -> list[int]:
        """Ids of the rendered conversation, up to where the answer begins. Raises ModelError."""
        turns = [{"role": turn.role, "content": self._defused(turn.content)} for turn in conversation]
        try:
            ids: list[int] = self.tokenizer.apply_chat_template(
                turns, add_generation_prompt=True, tokenize=True, return_dict=False
            )
        except TemplateError as error:
            raise ModelError(
                "the model's chat template refuses this conversation", found=one_line(str(error))
            ) from error
        return ids

    def _defused(self, content: str) -> str:
        """Text in which no control token of the template can be forged: a word joiner breaks it up."""
        for token in self._control:
            if token in content:
                content = content.replace(token, f"{token[0]}\u2060{token[1:]}")
        return content

    def encode(self, text: str) -> list[int]:
        """Ids of a raw text, nothing added."""
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False)
        return ids

    def encode_answer(self, text: str) -> list[int]:
        """Ids of an answer as this model would give it, its end included; nothing in it forges a token."""
        return [*self.encode(self._defused(text)), self._turn_end()]

    def _turn_end(self) -> int:
        """The stop token that the template puts after an answer; the tokenizer's own where it puts none."""
        turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "a"}]
        ids: list[int] = self.tokenizer.apply_chat_template(turns, tokenize=True, return_dict=False)
        found = [id for id in ids if id in self.stop_ids]
        # A template may end the question's turn with the same token: the last one is the answer's.
        return found[-1] if found else int(self.tokenizer.eos_token_id or min(self.stop_ids))

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids, special tokens left out."""
        text: str = self.tokenizer.backend_tokenizer.decode(list(ids), skip_special_tokens=True)
        return text

    def detokenizer(self) -> StreamDecoder:
        """A new incremental decoder."""
        return StreamDecoder(self.tokenizer)


def _stop_ids(tokenizer: PreTrainedTokenizerFast, generation_config: Any) -> frozenset[int]:
    declared = getattr(generation_config, "eos_token_id", None)
    many = declared if isinstance(declared, list) else [declared]
    return frozenset(int(token) for token in (*many, tokenizer.eos_token_id) if token is not None)
