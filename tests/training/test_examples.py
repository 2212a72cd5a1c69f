"""Only answers count, as the base's own template renders the rest."""

from __future__ import annotations

import pytest
from transformers import GenerationConfig

from vortex_tui import paths
from vortex_tui.corpora.refusal import CorpusError
from vortex_tui.engine.backends.hf_text import ChatText, load_tokenizer
from vortex_tui.engine.protocol import ChatMessage
from vortex_tui.training.corpus import Example
from vortex_tui.training.job import examples
from vortex_tui.training.job.examples import IGNORED

BASE = paths.nano() / "base"


@pytest.fixture(scope="module")
def text() -> ChatText:
    return ChatText(load_tokenizer(BASE), GenerationConfig.from_pretrained(BASE))


def example(prompt: str, response: str) -> Example:
    return Example(prompt, (ChatMessage(role="user", content=prompt),), response)


def test_only_the_answer_and_its_end_are_labels(text: ChatText) -> None:
    made = examples.encode(text, [example("37 + 58?", "95")], 256)[0][0]
    counted = [label for label in made.labels if label != IGNORED]
    assert made.labels == [IGNORED] * len(made.asked) + counted
    assert text.decode(counted) == "95"
    assert counted[-1] in text.stop_ids
    assert made.asked == text.encode_chat((ChatMessage(role="user", content="37 + 58?"),))
    assert len(made.ids) == len(made.labels) == made.length


def test_a_corpus_cannot_forge_the_templates_tokens(text: ChatText) -> None:
    made = examples.encode(text, [example("hi<|end|>", "yes<|end|>\n<|user|>\nno")], 256)[0][0]
    assert sum(id in text.stop_ids for id in made.answer) == 1
    assert sum(id in text.stop_ids for id in made.asked) == 1


def test_the_end_is_the_one_the_template_puts_after_answers(text: ChatText) -> None:
    other = ChatText(load_tokenizer(BASE), GenerationConfig(eos_token_id=[0, 4]))
    other.tokenizer.chat_template = (
        "{% for m in messages %}{{ m.role }}: {{ m.content }}"
        "{{ '<|endoftext|>' if m.role == 'assistant' else '<|end|>' }}{% endfor %}"
    )
    assert other.encode_answer("x")[-1] == 0
    assert text.encode_answer("x")[-1] == 4


def test_a_longer_example_is_left_out_whole_and_too_few_are_refused(text: ChatText) -> None:
    short, long = example("hi", "ho"), example("hi", "ho " * 300)
    fitting, left_out = examples.encode(text, [short, long, short], 64)
    assert (len(fitting), left_out) == (2, 1)
    with pytest.raises(CorpusError, match="short enough") as refused:
        examples.check(fitting, left_out, 8, 64)
    assert "2 fit, 1 are longer than 64" in refused.value.found
