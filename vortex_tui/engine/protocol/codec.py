"""Messages to lines and back."""

from __future__ import annotations

import re
from typing import Any

from pydantic import TypeAdapter, ValidationError

from vortex_tui.engine.protocol.events import AnyEvent
from vortex_tui.engine.protocol.messages import Message
from vortex_tui.engine.protocol.requests import AnyRequest
from vortex_tui.engine.protocol.version import VERSION
from vortex_tui.errors import ProtocolError
from vortex_tui.escape import one_line

# Our own encoder writes the id first; ids of nested objects come later.
_ID = re.compile(rb'"id":\s*(\d{1,18})')
_REQUESTS: TypeAdapter[AnyRequest] = TypeAdapter(AnyRequest)
_EVENTS: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)


def encode(message: Message) -> bytes:
    """One line of UTF-8 JSON with its newline. A lone surrogate, which UTF-8 cannot carry, becomes U+FFFD."""
    try:
        return message.model_dump_json().encode() + b"\n"
    except ValueError:
        return encode(message.model_validate(_without_surrogates(message.model_dump())))


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_without_surrogates(k): _without_surrogates(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_surrogates(item) for item in value]
    return value


def _malformed(line: bytes, error: ValidationError) -> ProtocolError:
    first = error.errors(include_url=False)[0]
    return ProtocolError(
        "an unreadable line on the engine's connection",
        found=f"{one_line(line[:120].decode('utf-8', 'replace'))} ({first['msg']})",
        expected=f"a message of protocol version {VERSION}",
    )


def id_of(line: bytes) -> int:
    """The id of a request that cannot be read otherwise, so that whoever asked is told; else 0."""
    match = _ID.search(line)
    return int(match[1]) if match else 0


def decode_request(line: bytes) -> AnyRequest:
    """Read a request. Raises ProtocolError."""
    try:
        return _REQUESTS.validate_json(line)
    except ValidationError as error:
        raise _malformed(line, error) from error


def decode_event(line: bytes) -> AnyEvent:
    """Read an event. Raises ProtocolError."""
    try:
        return _EVENTS.validate_json(line)
    except ValidationError as error:
        raise _malformed(line, error) from error
