"""GET /metrics for the operator's own Prometheus; nobody else learns that it exists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Request, Response, get

from jiebang.kernel.errors import NotFound
from jiebang.web.client import Networks, client_address

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler

    from jiebang.platform.telemetry import Metrics


def metrics_route(metrics: Metrics, allowed: Networks, trusted: Networks) -> HTTPRouteHandler:
    """The route. Only clients in `allowed` networks see it; a forwarded request counts by its real sender."""

    @get("/metrics", include_in_schema=False, operation_id="metrics", opt={"public": True}, sync_to_thread=False)
    def expose(request: Request[Any, Any, Any]) -> Response[bytes]:
        address = client_address(request.scope, trusted)
        peer = client_address(request.scope, [])
        unknown_proxy = "x-forwarded-for" in request.headers and address == peer
        if address is None or unknown_proxy or not any(address in network for network in allowed):
            raise NotFound
        return Response(metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return expose
