"""K/V of models whose layers forget, or whose angles move: carried where it is right, else cold."""

from __future__ import annotations

import pytest
from transformers import Gemma2Config, LlamaConfig, MistralConfig, PretrainedConfig, PreTrainedModel

from tests.support import peft_expert
from tests.support.decoding import lone
from vortex_tui.engine.backends import hf_decode
from vortex_tui.engine.backends.base import Spared
from vortex_tui.engine.backends.hf_kept import Memory

MIB = 1024 * 1024
SMALL = {
    "vocab_size": 512,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 256,
    "initializer_range": 0.2,
    "tie_word_embeddings": False,  # tied ones would say the last token again and again
}
SLIDING = [Gemma2Config(**SMALL, sliding_window=16), MistralConfig(**SMALL, sliding_window=16)]


def lone_reusing(
    model: PreTrainedModel, memory: Memory, prompt: list[int], steps: int
) -> tuple[list[int], int]:
    tokens, reuse = lone(model, memory, prompt, steps)
    return tokens, reuse.tokens


@pytest.mark.parametrize("config", SLIDING, ids=lambda config: config.model_type)
@pytest.mark.parametrize("on_device", [0, 256])
def test_a_sliding_window_is_carried_whole_or_not_at_all(config: PretrainedConfig, on_device: int) -> None:
    model = peft_expert.model(config)
    memory = Memory(model, on_device, MIB)
    prompt = [(37 * place) % 500 for place in range(24)]
    said = [*prompt, *lone(model, memory, prompt, 8)[0]]
    other_end = [*prompt, 499, *said]
    assert memory.known("mix", other_end) == 0
    # Two follow-ups, each going on from all that was evaluated: what went on before is carried as well.
    for _ in range(2):
        evaluated, follow_up = len(said) - 1, [*said, 3, 1, 4]
        cold, _ = lone(model, Memory(model, 0, 0), follow_up, 24)
        assert lone_reusing(model, memory, follow_up, 24) == (cold, evaluated)
        said = [*follow_up, *cold]
    cold, _ = lone(model, Memory(model, 0, 0), other_end, 24)
    assert lone_reusing(model, memory, other_end, 24) == (cold, 0)


@pytest.mark.parametrize("config", SLIDING, ids=lambda config: config.model_type)
def test_what_no_window_has_passed_over_can_be_shared(config: PretrainedConfig) -> None:
    model = peft_expert.model(config)
    memory = Memory(model, 0, MIB)
    prompt = [5, 300, 41, 77, 120, 9]
    lone(model, memory, prompt, 10)
    other_end = [*prompt, *range(20, 40)]
    warm, reuse = lone(model, memory, other_end, 12)
    assert reuse.tokens == len(prompt)
    assert warm == lone(model, Memory(model, 0, 0), other_end, 12)[0]


@pytest.mark.parametrize("config", SLIDING, ids=lambda config: config.model_type)
def test_pieces_longer_and_shorter_than_the_window_are_the_whole(
    config: PretrainedConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = peft_expert.model(config)
    prompt = [(37 * place) % 500 for place in range(61)]
    whole, _ = lone(model, Memory(model, 0, 0), prompt, 12)
    for piece in (5, 20):
        monkeypatch.setattr(hf_decode, "PIECE", piece)
        assert lone(model, Memory(model, 0, 0), prompt, 12)[0] == whole


def test_angles_that_depend_on_the_length_are_never_carried() -> None:
    rope = {"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 2.0}
    model = peft_expert.model(LlamaConfig(**SMALL, rope_parameters=rope))
    memory = Memory(model, 256, MIB)
    first, _ = lone(model, memory, [5, 300, 41], 6)
    assert not memory.steady
    assert lone(model, memory, [5, 300, 41], 6) == (first, Spared())
