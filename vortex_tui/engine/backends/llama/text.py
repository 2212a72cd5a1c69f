"""Conversation to ids and ids to text for a GGUF: its own chat template, in a sandbox."""

from __future__ import annotations

import codecs
import datetime
import json
from collections.abc import Sequence
from typing import NoReturn

from jinja2 import TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from vortex_tui.engine.backends.llama.weights import Weights, decode
from vortex_tui.engine.protocol import Conversation
from vortex_tui.errors import ModelError
from vortex_tui.escape import one_line

# What most instruct models without a template of their own were trained on.
_CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_TEMPLATE = "tokenizer.chat_template"
# Stands for a turn's text while the template is rendered; U+FFFF is no character.
_PLACE = "\uffff{}\uffff"


# A template is a foreign program: what it may raise is what any expression may.
_FAILURES = (
    TemplateError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
    MemoryError,
)


class Stream:
    """Ids to text one at a time; bytes of an unfinished character wait for the rest."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")

    def step(self, token: int) -> str:
        """Text completed by ``token``, or nothing yet."""
        return self._utf8.decode(self._weights.piece(token))

    def flush(self) -> str:
        """What an unfinished character leaves at the end, as U+FFFD."""
        return self._utf8.decode(b"", final=True)


def _refuse(message: str) -> NoReturn:
    raise TemplateError(message)


def _environment() -> ImmutableSandboxedEnvironment:
    """Jinja with what transformers documents for chat templates, and nothing else."""
    options: dict[str, bool] = {"trim_blocks": True, "lstrip_blocks": True}
    environment = ImmutableSandboxedEnvironment(extensions=[loopcontrols], **options)
    environment.filters["tojson"] = lambda value, **options: json.dumps(value, ensure_ascii=False, **options)
    environment.globals["raise_exception"] = _refuse
    environment.globals["strftime_now"] = lambda form: datetime.datetime.now().astimezone().strftime(form)
    return environment


def _unrendered(found: str) -> ModelError:
    return ModelError(
        "the model's chat template refuses this conversation",
        found=one_line(found)[:300],
        expected="turns of the roles and in the order that the model was trained on",
        mend="leave out the system prompt, or choose another model",
    )


class ChatText:
    """The vocabulary with the model's chat template."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.stop_ids = weights.stop_ids()
        self.notes: tuple[str, ...] = ()
        source = weights.metadata(_TEMPLATE)
        if not source:
            self.notes = ("the GGUF has no chat template: ChatML is used",)
        try:
            self._template = _environment().from_string(source or _CHATML)
        except TemplateError as error:
            raise ModelError(
                "the GGUF's chat template is broken",
                found=one_line(str(error)),
                expected="a template in Jinja",
                mend="download or convert the model again",
            ) from error
        self._names = {"bos_token": weights.named("bos"), "eos_token": weights.named("eos")}
        control = (t for t in range(weights.size) if weights.is_control(t))
        texts = (weights.piece(t, special=True).decode("utf-8", "replace") for t in control)
        self._control = tuple(text for text in texts if text)

    def encode_chat(self, conversation: Conversation) -> list[int]:
        """Ids of the rendered conversation, up to where the answer begins. Raises ModelError.

        A control token that a turn's text spells out stays text: such a turn is encoded apart.
        """
        contents = [turn.content for turn in conversation]
        forged = [any(token in content for token in self._control) for content in contents]
        shown = [_PLACE.format(i) if forged[i] else content for i, content in enumerate(contents)]
        turns = [{"role": t.role, "content": text} for t, text in zip(conversation, shown, strict=True)]
        rendered = self._render(turns)
        ids: list[int] = []
        for i, content in enumerate(contents):
            if forged[i]:
                before, _, rendered = rendered.partition(_PLACE.format(i))
                ids += self._weights.encode(before, special=True)
                ids += self._weights.encode(content, special=False)
        ids += self._weights.encode(rendered, special=True)
        if not ids:
            raise _unrendered("no token")
        return ids

    def _render(self, turns: list[dict[str, str]]) -> str:
        try:
            text: str = self._template.render(messages=turns, add_generation_prompt=True, **self._names)
        except _FAILURES as error:
            raise _unrendered(f"{type(error).__name__}: {error}") from error
        return text

    def encode(self, text: str) -> list[int]:
        """Ids of a raw text, nothing added."""
        return self._weights.encode(text, special=False)

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids, control tokens left out."""
        return decode(self._weights, ids)

    def detokenizer(self) -> Stream:
        """A new incremental decoder."""
        return Stream(self._weights)
