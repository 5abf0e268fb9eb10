"""The season's post: reads the dev mailbox (a Maildir) as its people would."""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_LINK = re.compile(r"/([a-z-]+)#token=([A-Za-z0-9_-]+)")
PATIENCE = 60.0


class Mailbox:
    """Links by address and purpose (the first path segment of the link: `verify`, `invitations` …)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "new"
        self._seen: set[str] = set()
        self._messages: set[str] = set()
        self._links: dict[tuple[str, str], list[str]] = {}

    async def token(self, address: str, purpose: str) -> str:
        """The token of the newest link of its kind to `address`, used up by this call; waits for the mail.

        Raises:
            TimeoutError: it did not come within a minute.
        """
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while not (found := self._links.get((address, purpose))):
            await asyncio.to_thread(self._collect)
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError(f"no mail with a {purpose} link came to {address}")
            await asyncio.sleep(0.02)
        token = found[-1]
        found.clear()
        return token

    def _collect(self) -> None:
        if not self._folder.is_dir():
            return
        for path in sorted(self._folder.iterdir(), key=lambda p: p.stat().st_mtime_ns):
            if path.name in self._seen:
                continue
            self._seen.add(path.name)
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if message["message-id"] in self._messages:  # its worker died before it could record the sending
                continue
            self._messages.add(message["message-id"])
            body = message.get_body(("plain",))
            for purpose, token in _LINK.findall(body.get_content() if body is not None else ""):
                for address in str(message["to"]).split(","):
                    self._links.setdefault((address.strip(), purpose), []).append(token)
