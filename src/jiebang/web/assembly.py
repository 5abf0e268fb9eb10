"""The Litestar application with every HTTP concern in its place; the composition root passes what it needs.

From the outside in: envelope (request id, log and metrics, security headers, 304, HEAD, OPTIONS) · problems · routing ·
admission (session, CSRF, rate limit, privilege class, media type, idempotency key) · the handler.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from litestar import Litestar
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.exceptions import ImproperlyConfiguredException
from litestar.middleware import ASGIMiddleware

from jiebang.web.body import BodyPlugin, is_model, require_json
from jiebang.web.client import networks, provide_client
from jiebang.web.csp import SecurityHeaders
from jiebang.web.csrf import Csrf
from jiebang.web.envelope import Envelope
from jiebang.web.etag import provide_if_match, tag
from jiebang.web.idempotency import Replay, replay, require_key, run_once
from jiebang.web.metrics import metrics_route
from jiebang.web.openapi import handlers, openapi_config, openapi_route
from jiebang.web.problem import exception_handlers
from jiebang.web.rate import RateLimit
from jiebang.web.session import (
    ASKING,
    SessionCookie,
    SessionResolver,
    Sessions,
    admit,
    provide_actor,
    provide_context,
    provide_maybe_actor,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litestar.types import (
        ASGIApp,
        ControllerRouterHandler,
        LifeSpanReceive,
        LifeSpanScope,
        LifeSpanSend,
        Receive,
        Scope,
        Send,
    )

    from jiebang.platform.limits import Limiter
    from jiebang.platform.telemetry import Metrics


@dataclass(frozen=True, slots=True)
class WebConfig:
    """How we are reached. `https=False` is for http://127.0.0.1 alone.

    `trusted_proxies` and `metrics_clients` are networks (`10.0.0.0/8`); `origins` further origins of our
    pages; `storage_origin` where files are; sizes in bytes, times in seconds.
    """

    https: bool = True
    origins: tuple[str, ...] = ()
    storage_origin: str = ""
    trusted_proxies: tuple[str, ...] = ()
    metrics_clients: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    max_body: int = 1024 * 1024
    session_cache: float = 0.5
    title: str = "Jiebang"
    version: str = "1.0.0"

    @property
    def cookie(self) -> SessionCookie:
        """The session cookie's form."""
        return SessionCookie(secure=self.https)


class Application(Litestar):
    """Litestar in its envelope; refuses at start what would hurt at run time."""

    def __init__(self, *, envelope: Envelope, **options: Any) -> None:
        super().__init__(**options)
        self._check()
        self._envelope = envelope
        self._routing = cast("ASGIApp", super().__call__)

    async def __call__(
        self, scope: Scope | LifeSpanScope, receive: Receive | LifeSpanReceive, send: Send | LifeSpanSend
    ) -> None:
        """ASGI entry: requests through the envelope, then Litestar."""
        if scope["type"] == "http":
            await self._envelope.handle(scope, cast("Receive", receive), cast("Send", send), self._routing)
        else:
            await super().__call__(scope, receive, send)

    def _check(self) -> None:
        seen: dict[str, str] = {}
        for path, handler in handlers(self):
            if handler.cache:
                # Litestar's response cache ignores who asks: it would serve one person's answer to another.
                message = f"{path}: response caching is not allowed"
                raise ImproperlyConfiguredException(message)
            if not handler.operation_id or not isinstance(handler.operation_id, str):
                message = f"{path}: every route names its operation_id"
                raise ImproperlyConfiguredException(message)
            data = handler.parsed_fn_signature.parameters.get("data")
            if data is not None and is_model(data.annotation) and data.annotation.model_config.get("extra") != "forbid":
                message = f"{path}: {data.annotation.__name__} must forbid unknown fields"
                raise ImproperlyConfiguredException(message)
            if seen.setdefault(handler.operation_id, str(handler)) != str(handler):
                message = f"{path}: operation_id {handler.operation_id} is taken"
                raise ImproperlyConfiguredException(message)


class Admission(ASGIMiddleware):
    """All that a routed request is asked before its handler, each concern in a file of its own.

    One layer, since a layer costs more than most of the questions; and no guards, for each of which Litestar copies
    the handler.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, sessions: Sessions, csrf: Csrf, rates: RateLimit) -> None:
        self._sessions = sessions
        self._csrf = csrf
        self._rates = rates

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Who asks, whether from our pages, how often, with which rights, in which form; then pass on."""
        handler: Any = scope["route_handler"]
        context = await self._sessions.asking(scope, handler)
        self._csrf.check(scope, context)
        send = await self._rates.count(scope, handler, context, send)
        admit(context, handler)
        require_json(scope)
        require_key(scope, handler)
        mark = ASKING.set(context)
        try:
            if handler.opt.get("idempotent"):
                await run_once(scope, receive, send, next_app, handler)
            else:
                await next_app(scope, receive, send)
        finally:
            ASKING.reset(mark)


def create_app(
    route_handlers: Sequence[ControllerRouterHandler],
    *,
    config: WebConfig,
    resolver: SessionResolver,
    limiter: Limiter,
    metrics: Metrics,
    **options: Any,
) -> Application:
    """Assemble the application. `options` are Litestar's own (lifespan, dependencies, state …)."""
    trusted = networks(config.trusted_proxies)
    sessions = Sessions(config.cookie, resolver, config.session_cache)
    dependencies = {
        "context": Provide(provide_context, sync_to_thread=False),
        "sessions": Provide(lambda: sessions, sync_to_thread=False),
        "actor": Provide(provide_actor, sync_to_thread=False),
        "maybe_actor": Provide(provide_maybe_actor, sync_to_thread=False),
        "if_match": Provide(provide_if_match, sync_to_thread=False),
        "client": Provide(provide_client(trusted), sync_to_thread=False),
        **options.pop("dependencies", {}),
    }
    return Application(
        envelope=Envelope(
            metrics,
            SecurityHeaders(https=config.https, cookie_name=config.cookie.name, storage_origin=config.storage_origin),
        ),
        route_handlers=[
            *route_handlers,
            openapi_route(),
            metrics_route(metrics, networks(config.metrics_clients), trusted),
        ],
        middleware=[
            Admission(sessions, Csrf(config.origins, https=config.https), RateLimit(limiter, trusted)),
            *options.pop("middleware", []),
        ],
        exception_handlers={**exception_handlers(), Replay: replay},
        after_request=tag,
        dependencies=dependencies,
        plugins=[BodyPlugin(), *options.pop("plugins", [])],
        openapi_config=openapi_config(config.title, config.version),
        request_max_body_size=config.max_body,
        logging_config=None,
        debug=False,
        **options,
    )
