"""HTTP/1.1 on the wire: what a client may send before there is a request, how much and how long.

The parser below us takes a header of any length for any time, and copies it anew with each piece that arrives: one
client could keep a whole process busy. A proxy in front bounds this as well; nothing relies on there being one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from jiebang.web import rules
from jiebang.web.problem import MEDIA_TYPE, Problem

if TYPE_CHECKING:
    import asyncio

    from jiebang.kernel.errors import Rule

MAX_HEAD = 64 * 1024
"""Bytes of request line and headers, besides the first piece that arrives."""
HEAD_SECONDS = 20.0
"""How long they may take, from the connection or the end of what came before."""
_HEADERS = (
    "cache-control: no-store\r\nx-content-type-options: nosniff\r\nx-frame-options: DENY\r\n"
    "referrer-policy: strict-origin-when-cross-origin\r\ncross-origin-opener-policy: same-origin\r\n"
    "cross-origin-resource-policy: same-origin\r\n"
    "content-security-policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\n"
)


class _Whole:
    """A transport that sends what is written in one turn of the loop at once; all else is the transport's own.

    A head and its body are then one call of the system, which is dear, and wake the client once.
    """

    __slots__ = ("_held", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Keep it until the turn is over."""
        if not self._held:
            self._loop.call_soon(self._send)
        self._held.append(data)

    def close(self) -> None:
        """Send what is kept, then close as soon as it is through."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        held, self._held = self._held, []
        if held and not self._transport.is_closing():
            self._transport.writelines(held)


class Wire(HttpToolsProtocol):
    """uvicorn's protocol with bounds; what is no request is answered as a problem, with headers like any other."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head = self._begun = 0
        self._in_head = False
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """A client is here; its first request is awaited."""
        super().connection_made(cast("asyncio.Transport", _Whole(transport, self.loop)))
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass on, and count what belongs to a head that is not complete yet."""
        begun = self._begun
        super().data_received(data)
        if self._in_head and self._begun == begun:  # a piece in which a head begins is small, whatever it holds
            self._head += len(data)
            if self._head > MAX_HEAD:
                self._refuse(431, rules.HEAD_TOO_LARGE)

    def on_message_begin(self) -> None:
        """A request begins: its head must follow."""
        super().on_message_begin()
        self._head, self._begun, self._in_head = 0, self._begun + 1, True
        if self._patience is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        """The head is there: what follows is the body, which the application bounds."""
        self._in_head = False
        self._stop_waiting()
        if sum(name == b"host" for name, _ in self.headers) > 1:
            raise ValueError("two hosts")  # a proxy may have believed the other one; the parser makes it a 400
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words
        """Answer what is no HTTP."""
        self._refuse(400, rules.MALFORMED)

    def _await_head(self) -> None:
        self._patience = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if not self.transport.is_closing():
            self.transport.close()

    def _refuse(self, status: int, rule: Rule) -> None:
        if self.transport.is_closing():
            return
        title_zh, _ = rules.TITLES[status]
        body = msgspec.json.encode(Problem(f"/problems/{rule.code}", title_zh, status, rule.zh, rule.code))
        head = (
            f"HTTP/1.1 {status} \r\ncontent-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
            f"content-language: zh-CN\r\n{_HEADERS}connection: close\r\n\r\n"
        )
        self.transport.write(head.encode("latin-1") + body)
        self.transport.close()
