"""What crosses the wire comes out as it went in, or is refused in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vortex_tui import errors
from vortex_tui.engine import protocol
from vortex_tui.engine.protocol import (
    Bare,
    Cancel,
    ChatMessage,
    Done,
    Failure,
    Generate,
    Load,
    MixShare,
    Named,
    Progress,
    Routed,
    Sampling,
    Token,
)
from vortex_tui.errors import ProtocolError, VortexError
from vortex_tui.escape import visible

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ids = st.integers(0, 2**31)
weights = st.floats(-2, 2, allow_nan=False)
turn = st.builds(ChatMessage, role=st.sampled_from(["system", "user", "assistant"]), content=text)
conversation = st.lists(turn, max_size=3).map(tuple)
sampling = st.builds(
    Sampling,
    max_new_tokens=st.integers(1, 10_000),
    temperature=st.floats(0, 5),
    top_p=st.floats(0.01, 1),
    min_p=st.floats(0, 1),
    repetition_penalty=st.floats(0.5, 2),
    top_k=st.integers(0, 100),
    seed=st.none() | st.integers(0, 2**63 - 1),
    stop=st.lists(text, max_size=2).map(tuple),
)
choice = st.one_of(
    st.just(Routed()), st.just(Bare()), st.builds(Named, weights=st.dictionaries(text, weights))
)
requests = st.one_of(
    st.builds(Load, id=ids, name=text, profile=st.dictionaries(text, st.dictionaries(text, text))),
    st.builds(Cancel, id=ids, target=ids),
    st.builds(
        Generate,
        id=ids,
        conversations=st.lists(conversation, min_size=1, max_size=3).map(tuple),
        sampling=sampling,
        choice=choice,
    ),
)
share = st.builds(MixShare, expert=text, content_hash=text, weight=weights)
rate = st.floats(0, 1e9)
events = st.one_of(
    st.builds(Token, id=ids, index=ids, text=text, tokens=ids, rate=rate),
    st.builds(Progress, id=ids, stage=text, fraction=st.floats(0, 1)),
    st.builds(
        Done,
        id=ids,
        text=text,
        finish_reason=st.sampled_from(["stop", "length", "cancelled", "stop_string"]),
        prompt_tokens=ids,
        completion_tokens=ids,
        ttft_ms=rate,
        prefill_tokens_per_sec=rate,
        decode_tokens_per_sec=rate,
        tokens_per_sec=rate,
        mix=st.lists(share, max_size=3).map(tuple),
    ),
)


@given(requests)
def test_requests_come_back(request_: protocol.AnyRequest) -> None:
    line = protocol.encode(request_)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert protocol.decode_request(line) == request_


@given(events)
def test_events_come_back(event: protocol.AnyEvent) -> None:
    line = protocol.encode(event)
    assert line.count(b"\n") == 1
    assert protocol.decode_event(line) == event


def test_a_lone_surrogate_does_not_break_the_line() -> None:
    line = protocol.encode(Token(id=1, text="a\ud800b", tokens=1))
    event = protocol.decode_event(line)
    assert isinstance(event, Token)
    assert event.text == "a?b"


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_a_protocol_error(line: bytes) -> None:
    told = None
    try:
        protocol.decode_request(line)
    except ProtocolError as error:
        told = error
    assert told is None or visible(str(told)) == str(told)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"{}",
        b'{"op":"fly","id":1}',
        b'{"op":"unload"}',
        b'{"op":"unload","id":1,"extra":2}',
        b"[1]",
    ],
)
def test_what_is_no_request_is_refused(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        protocol.decode_request(line)


def kinds(root: type[VortexError]) -> list[type[VortexError]]:
    return [root, *(kind for child in root.__subclasses__() for kind in kinds(child))]


@pytest.mark.parametrize("kind", kinds(VortexError))
def test_every_error_crosses_as_itself(kind: type[VortexError]) -> None:
    error = kind("what", found="this", expected="that", mend="so")
    event = protocol.decode_event(protocol.encode(protocol.failure(7, error)))
    assert isinstance(event, Failure)
    assert event.last
    back = event.to_error()
    assert type(back) is kind
    assert str(back) == str(error)


def test_error_codes_are_unique() -> None:
    codes = [kind.code for kind in kinds(errors.VortexError)]
    assert len(set(codes)) == len(codes)
