"""Where a request comes from. Forwarding headers count only when a proxy that we trust wrote them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from socket import AF_INET, inet_pton
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from litestar import Request

if TYPE_CHECKING:
    from litestar.types import Scope

Networks: TypeAlias = Sequence[IPv4Network | IPv6Network]
Address: TypeAlias = IPv4Address | IPv6Address


def networks(texts: Sequence[str]) -> Networks:
    """`10.0.0.0/8`, `::1` … as networks."""
    return [ip_network(text) for text in texts]


def client_address(scope: Scope, trusted: Networks) -> Address | None:
    """The nearest address that is not a trusted proxy's; None when the transport names none."""
    client = cast("tuple[str, int] | None", scope.get("client"))
    peer = _parse(client[0]) if client else None
    hops = [
        hop.strip()
        for name, value in scope["headers"]
        if name == b"x-forwarded-for"
        for hop in value.decode("latin-1").split(",")
    ]
    while peer is not None and hops and any(peer in network for network in trusted):
        if (hop := _parse(hops.pop())) is None:
            break
        peer = hop
    return peer


def client_key(scope: Scope, trusted: Networks) -> str:
    """What limits count by: the address, an IPv6 one by its /64, which is one subscriber."""
    address = client_address(scope, trusted)
    if isinstance(address, IPv6Address):
        address = IPv6Network((address, 64), strict=False).network_address
    return str(address or "unknown")


def provide_client(trusted: Networks) -> Callable[[Request[Any, Any, Any]], str]:
    """Litestar dependency `client`: what limits count by."""

    def provide(request: Request[Any, Any, Any]) -> str:
        return client_key(request.scope, trusted)

    return provide


@lru_cache(maxsize=4096)  # who asks, asks again
def _parse(text: str) -> Address | None:
    try:
        return IPv4Address(inet_pton(AF_INET, text))  # nearly all are, and the library's own parser is slow
    except (OSError, ValueError):
        pass
    try:
        return ip_address(text)
    except ValueError:
        return None
