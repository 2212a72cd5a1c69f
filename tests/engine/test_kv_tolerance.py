"""A prompt read in pieces differs a little from one read at once: by so much at most."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vortex_tui.engine import model_folder
from vortex_tui.engine.backends.llama.library import native
from vortex_tui.engine.backends.llama.quantise import quantise
from vortex_tui.engine.backends.llama.session import Place, Session
from vortex_tui.engine.backends.llama.weights import Weights
from vortex_tui.gguf import convert

pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")

PROMPT = [(37 * place) % 1900 + 20 for place in range(120)]
# Nano's logits span some thirty. Q8_0 and Q4_K_M also round what they multiply.
TOLERANCE = {"f16": 0.05, "q8_0": 0.4, "q4_k_m": 0.6}


def last_logits(session: Session, size: int, prompt: list[int], pieces: list[int]) -> np.ndarray:
    """Logits after the prompt, read in pieces of these lengths."""
    at = 0
    for length in pieces:
        part = prompt[at : at + length]
        places = [Place(t, 0, at + i, i == len(part) - 1) for i, t in enumerate(part)]
        session.evaluate(places)
        at += length
    found = np.ctypeslib.as_array(native().llama_get_logits_ith(session.pointer, -1), (size,)).copy()
    session.cut(0, 0)
    return found


@pytest.mark.parametrize("kind", TOLERANCE)
def test_pieces_differ_from_the_whole_within_a_stated_tolerance(kind: str, tmp_path: Path) -> None:
    file = convert.base(model_folder.inspect(model_folder.locate("nano")), tmp_path).path
    if kind != "f16":
        quantise(file, kind, tmp_path / "model.gguf")
        file = tmp_path / "model.gguf"
    weights = Weights(file, 0, lambda _: None)
    session = Session(weights, 256, 1, "f16", 1)
    whole = last_logits(session, weights.size, PROMPT, [120])
    worst = max(
        float(np.abs(last_logits(session, weights.size, PROMPT, pieces) - whole).max())
        for pieces in ([1, 119], [60, 60], [119, 1], [40, 40, 40])
    )
    wrong = last_logits(session, weights.size, [*PROMPT[:-2], 7, PROMPT[-1]], [120])
    session.close()
    weights.close()
    assert worst <= TOLERANCE[kind]
    assert float(np.abs(wrong - whole).max()) > 5 * TOLERANCE[kind]
