"""A seal on what is written: HMAC-SHA256 under the anchor's key, over one form of the same values."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any, TypeVar

from pydantic import Field

from vortex_tui.promotion.report import Record

R = TypeVar("R", bound="Sealed")


class Sealed(Record):
    """A record with its MAC. ``kind`` keeps a seal of one kind from passing for another."""

    mac: str = Field("", pattern=r"^([0-9a-f]{64})?$")

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return self.model_dump(mode="json", by_alias=True)

    def compact(self) -> bytes:
        """On one line of ASCII, keys in order: the only form that is ever accepted."""
        return compact(self.plain())

    def sealed(self: R, kind: str, key: bytes) -> R:
        """This record with its MAC."""
        return self.model_copy(update={"mac": self._mac(kind, key)})

    def genuine(self, kind: str, key: bytes) -> bool:
        """Whether the MAC is of this record, this kind and this key."""
        return hmac.compare_digest(self.mac, self._mac(kind, key))

    def _mac(self, kind: str, key: bytes) -> str:
        values = {name: value for name, value in self.plain().items() if name != "mac"}
        said = f"vortex-tui {kind}\n".encode() + compact(values)
        return hmac.new(key, said, hashlib.sha256).hexdigest()


def compact(values: dict[str, Any]) -> bytes:
    """JSON in one form only."""
    return json.dumps(values, sort_keys=True, separators=(",", ":")).encode("ascii")
