"""A person at a keyboard, over HTTP: keeps the cookie and CSRF value, and repeats what got no answer.

Every POST carries an Idempotency-Key and is repeated under it while the server is away (connection lost, 503), as a
browser page would; so a process killed in mid-command loses nothing and does nothing twice.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx

if TYPE_CHECKING:
    from collections.abc import Sequence

PATIENCE = 60.0
_AWAY = (429, 502, 503, 504)
PASSWORD = "demo season 2026"  # noqa: S105 - of fictional people, in databases of their own


class Refused(RuntimeError):
    """The server refused: `status`, the problem's `code`, and what it says."""

    def __init__(self, method: str, path: str, response: httpx.Response) -> None:
        self.status = response.status_code
        try:
            self.problem: dict[str, Any] = response.json()
        except ValueError:
            self.problem = {"code": "", "detail": response.text[:200]}
        self.code = str(self.problem.get("code", ""))
        super().__init__(f"{method} {path}: {self.status} {self.code}: {self.problem.get('detail')} "
                         f"{self.problem.get('errors') or ''}")  # fmt: skip


class Caller:
    """One person's browser. `bases` are the API processes' addresses, used in turn."""

    def __init__(self, bases: Sequence[str], email: str = "") -> None:
        self.email = email
        self._bases = itertools.cycle(bases)
        self._http = httpx.AsyncClient(trust_env=False, timeout=30, headers={"accept-language": "zh-CN"})
        self._cookie: dict[str, str] = {}
        self._csrf = ""
        self.session: dict[str, Any] = {}
        self.retried = 0

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(self, method: str, path: str, body: object = None, *, headers: dict[str, str] | None = None) -> Any:
        """Send until there is an answer; the JSON of a success.

        Raises:
            Refused: the server said no.
            TimeoutError: no answer within a minute.
        """
        response = await self.exchange(method, path, body, headers=headers)
        if response.is_success:
            return response.json() if response.content else None
        raise Refused(method, path, response)

    async def exchange(
        self, method: str, path: str, body: object = None, *, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Send until there is an answer, whatever it says."""
        sent = {"cookie": "; ".join(f"{k}={v}" for k, v in self._cookie.items()), **(headers or {})}
        if method not in ("GET", "HEAD"):
            sent["x-csrf-token"] = self._csrf
        if method == "POST":
            sent.setdefault("idempotency-key", uuid4().hex)
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            try:
                response = await self._http.request(method, next(self._bases) + path, json=body, headers=sent)
            except httpx.TransportError as lost:
                response = None
                reason: object = lost
            else:
                reason = response.status_code
                if response.status_code not in _AWAY:
                    break
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError(f"{method} {path}: no answer in {PATIENCE:.0f} s ({reason!r})")
            self.retried += 1
            await asyncio.sleep(0.2 if response is None else min(float(response.headers.get("retry-after", 1)), 2))
        self._cookie.update({k: v for k, v in response.cookies.items() if v})
        return response

    async def get(self, path: str) -> Any:
        """Read."""
        return await self.send("GET", path)

    async def post(self, path: str, body: object = None) -> Any:
        """Command; repeated under one Idempotency-Key."""
        return await self.send("POST", path, body)

    async def edit(self, method: str, path: str, body: object, *, read: str | None = None) -> Any:
        """Change the version that `read` (or `path`) shows now; again if somebody, or we unheard, were faster."""
        for _ in range(5):
            seen = await self.exchange("GET", read or path)
            if not seen.is_success:
                raise Refused("GET", read or path, seen)
            try:
                return await self.send(method, path, body, headers={"if-match": seen.headers["etag"]})
            except Refused as refused:
                if refused.status != 412:  # noqa: PLR2004
                    raise
        raise RuntimeError(f"{method} {path}: always stale")

    async def sign_in(self) -> None:
        """Sign in with the season's password and keep the session."""
        self.session = await self.send("POST", "/api/v1/session", {"email": self.email, "password": PASSWORD})
        self._csrf = self.session["csrf"]

    async def act_for(self, org_id: str) -> None:
        """Act for an organisation; privilege classes gained since sign-in come with it."""
        self.session = await self.send("POST", "/api/v1/session/acting", {"org_id": org_id})

    async def upload(self, grant: dict[str, Any], content: bytes) -> None:
        """PUT a file straight to storage as the presigned `grant` {url, method, headers} says.

        A repeat is refused (412) by the store once the first has arrived, which is as good.
        """
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            try:
                response = await self._http.request(
                    grant["method"], grant["url"], content=content, headers=grant["headers"]
                )
            except httpx.TransportError:
                response = None
            if response is not None and (response.is_success or response.status_code == 412):  # noqa: PLR2004
                return
            if response is not None and response.status_code < 500:  # noqa: PLR2004
                raise Refused(grant["method"], "(storage)", response)
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError("storage gave no answer")
            await asyncio.sleep(0.3)

    async def download(self, url: str) -> httpx.Response:
        """GET a presigned link."""
        return await self._http.get(url)
