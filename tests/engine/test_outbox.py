"""A slow reader slows the writer, never the memory; a reader that is gone is noticed."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from vortex_tui.engine import protocol
from vortex_tui.engine.outbox import Outbox
from vortex_tui.engine.protocol import Heartbeat, Result, Token

CAPACITY = 8
BIG = "x" * 4096


class Pipe:
    def __init__(self) -> None:
        reading, writing = os.pipe()
        self.reader = os.fdopen(reading, "rb")
        self.broken = threading.Event()
        self.outbox = Outbox(os.fdopen(writing, "wb", buffering=0), self.broken.set, CAPACITY)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.reader.close()
    made.outbox.close(0.1)


def test_a_reader_that_sleeps_makes_the_writer_wait_and_gets_everything(pipe: Pipe) -> None:
    total, sent = 200, 0

    def write() -> None:
        nonlocal sent
        for n in range(total):
            pipe.outbox.put(Token(id=1, text=BIG, tokens=n))
            sent = n + 1

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    writer.join(1.0)
    # A pipe holds some 64 KiB; then one batch on its way, then the outbox.
    assert writer.is_alive()
    assert sent < total // 2
    pipe.outbox.put_now(Result(id=9))
    seen = [protocol.decode_event(pipe.reader.readline()) for _ in range(total + 1)]
    assert [event.tokens for event in seen if isinstance(event, Token)] == list(range(total))
    assert any(event.id == 9 for event in seen)


def test_a_heartbeat_gives_way_to_anything_else(pipe: Pipe) -> None:
    for n in range(40):
        pipe.outbox.put_now(Token(id=1, text=BIG, tokens=n))
    pipe.outbox.put_if_idle(Heartbeat(id=0))
    pipe.outbox.put_now(Result(id=2, last=True))
    seen = [protocol.decode_event(pipe.reader.readline()) for _ in range(41)]
    assert isinstance(seen[-1], Result)


def test_a_reader_that_is_gone_is_noticed(pipe: Pipe) -> None:
    pipe.reader.close()
    pipe.outbox.put(Result(id=1))
    assert pipe.broken.wait(5)


def test_close_writes_what_is_queued() -> None:
    pipe = Pipe()
    for n in range(CAPACITY):
        pipe.outbox.put(Result(id=n))
    pipe.outbox.close(5)
    seen = [protocol.decode_event(pipe.reader.readline()).id for _ in range(CAPACITY)]
    assert seen == list(range(CAPACITY))
