"""A TCP proxy that can be told to misbehave: what networks do to a database and a store."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Literal, Self

Mode = Literal["pass", "cut", "delay", "half_close", "trickle"]
CHUNK = 65_536


class FaultyProxy:
    """Listens on a loopback port and forwards to another. `mode` counts for what flows from now on.

    cut: every connection is reset, and new ones at once. delay: each piece comes `seconds` late. half_close: the
    server's end is closed and nobody tells the client, who waits for ever. trickle: a few bytes at a time.
    """

    def __init__(self, port: int, *, seconds: float = 0.3) -> None:
        self._target = port
        self._seconds = seconds
        self._mode: Mode = "pass"
        self._open: set[asyncio.StreamWriter] = set()
        self._behind: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self._reset(self._open | self._behind)
        await self._server.wait_closed()

    def set(self, mode: Mode) -> None:
        """Change how it behaves."""
        self._mode = mode
        if mode == "cut":
            self._reset(self._open | self._behind)
        elif mode == "half_close":
            self._reset(self._behind)

    def _reset(self, writers: set[asyncio.StreamWriter]) -> None:
        for writer in writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._mode == "cut":
            writer.transport.abort()
            return
        self._open.add(writer)
        behind = None
        try:
            server, behind = await asyncio.open_connection("127.0.0.1", self._target)
            self._behind.add(behind)
            await asyncio.gather(self._pump(reader, behind), self._pump(server, writer, quiet=True))
        except OSError:
            pass
        finally:
            self._open.discard(writer)
            for one in filter(None, (writer, behind)):
                self._behind.discard(one)
                one.close()
                with contextlib.suppress(OSError):
                    await one.wait_closed()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, quiet: bool = False) -> None:
        """Forward until the source ends; `quiet`: this is the server's side, whose end a half-close hides."""
        try:
            while piece := await source.read(CHUNK):
                if self._mode == "delay":
                    await asyncio.sleep(self._seconds)
                if self._mode == "trickle":
                    for at in range(0, len(piece), 64):
                        sink.write(piece[at : at + 64])
                        await sink.drain()
                        await asyncio.sleep(0.02)
                else:
                    sink.write(piece)
                    await sink.drain()
        except OSError:
            pass
        if self._mode == "half_close" and quiet:
            await self._hold(sink)
        if not sink.is_closing():
            with contextlib.suppress(OSError):
                sink.write_eof()

    async def _hold(self, client: asyncio.StreamWriter) -> None:
        """Nothing ever comes: even when the network is whole again, this connection is not."""
        while not client.is_closing():
            await asyncio.sleep(0.1)
