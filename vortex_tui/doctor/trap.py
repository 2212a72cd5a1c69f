"""A listener on loopback where nobody should ever call: what tries to go out is sent to it."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from vortex_tui.errors import InternalError
from vortex_tui.escape import one_line

_HOST = "127.0.0.1"
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FTP_PROXY")
_SECONDS = 5.0
_LINE_SECONDS = 1.0


class Trap:
    """Counts who connects and hears the first line of each; hangs up on all of them."""

    def __init__(self) -> None:
        self._port = 0
        self._heard: list[str] = []
        self._token = secrets.token_hex(16)
        self._control = asyncio.Event()

    @property
    def environment(self) -> Mapping[str, str]:
        """This environment with every way out led here: proxies, and the hub's own address."""
        address = f"http://{_HOST}:{self._port}"
        led = dict.fromkeys(_PROXIES, address) | {"NO_PROXY": "", "HF_ENDPOINT": address}
        if sys.platform != "win32":  # there one name in two cases is one variable
            led |= {name.lower(): value for name, value in led.items() if name.endswith("PROXY")}
        return os.environ | led

    async def heard(self) -> list[str]:
        """The first line of each connection up to now. Raises InternalError where the trap itself is deaf."""
        # Connections are taken in the order they came in: when our own was, all before it were.
        self._control.clear()
        try:
            async with asyncio.timeout(_SECONDS):
                _, writer = await asyncio.open_connection(_HOST, self._port)
                writer.write(f"{self._token}\n".encode())
                await self._control.wait()
                writer.close()
        except (TimeoutError, OSError) as error:
            raise InternalError(
                "the listener that would notice a connection cannot be reached: nothing is proven",
                found=str(error) or "no connection",
                expected="connections from this machine to itself",
                mend="allow them in the firewall",
            ) from error
        return [line for line in self._heard if line != self._token]

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        place = len(self._heard)
        self._heard.append("nothing was said")
        with suppress(TimeoutError, OSError, ValueError):
            async with asyncio.timeout(_LINE_SECONDS):
                line = await reader.readline()
            self._heard[place] = one_line(line.decode("utf-8", "replace").strip())[:120] or self._heard[place]
        if self._heard[place] == self._token:
            self._control.set()
        writer.close()


@asynccontextmanager
async def opened() -> AsyncIterator[Trap]:
    """A trap while it is needed. Raises OSError where nothing can listen."""
    trap = Trap()
    server = await asyncio.start_server(trap._take, _HOST, 0)
    trap._port = server.sockets[0].getsockname()[1]
    try:
        yield trap
    finally:
        server.close()
