"""Loaded by schemathesis (SCHEMATHESIS_HOOKS). Who asks comes from COOKIE and CSRF; each request has its own address."""

from __future__ import annotations

import itertools
import os
from ipaddress import IPv4Address
from typing import Any

import schemathesis

_visitors = itertools.count(0x0A000000)


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Rates count by address; behind a proxy every visitor has one."""
    case.headers = {**(case.headers or {}), "X-Forwarded-For": str(IPv4Address(next(_visitors)))}


if os.environ.get("COOKIE"):

    @schemathesis.auth()
    class Session:
        """A person who is signed in. Schemathesis leaves it away where it tries to get in without."""

        def get(self, _case: Any, _context: Any) -> tuple[str, str]:
            """The cookie's value and the CSRF value."""
            return os.environ["COOKIE"], os.environ["CSRF"]

        def set(self, case: Any, data: tuple[str, str], _context: Any) -> None:
            """Put both on the request; a request that leaves the CSRF header out on purpose stays without."""
            case.cookies = {**(case.cookies or {}), "__Host-jiebang": data[0]}
            sent = case.headers or {}
            case.headers = {name: data[1] if name.lower() == "x-csrf-token" else sent[name] for name in sent}
