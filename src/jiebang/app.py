"""The composition root: what a process of the app is made of. Nothing imports it but the command line."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import asyncpg
import msgspec
import structlog
from litestar import get
from litestar.di import Provide

from jiebang.applications import http as applications
from jiebang.awards import http as awards
from jiebang.challenges import http as challenges
from jiebang.challenges import ports
from jiebang.funding import http as funding
from jiebang.identity import http as identity
from jiebang.identity.service import resolve
from jiebang.platform import outbox, stores
from jiebang.platform.crypto import SIGNER
from jiebang.platform.db import API_ROLES, ENGINE, Role
from jiebang.platform.limits import Limiter
from jiebang.platform.storage import Storage
from jiebang.platform.telemetry import Metrics
from jiebang.platform.wake import Wake
from jiebang.review import http as review
from jiebang.review.service.outlook import outlook
from jiebang.snapshot.reader import PublicReader
from jiebang.snapshot.sitemap import sitemap_routes
from jiebang.web.assembly import WebConfig, create_app
from jiebang.web.build import Builds
from jiebang.web.pagination import Cursors
from jiebang.web.session import SessionCookie
from jiebang.web.spa import spa_routes
from jiebang.workers.worker import run_relay, run_worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from litestar import Controller
    from litestar.handlers import HTTPRouteHandler

    from jiebang.settings import Settings
    from jiebang.web.assembly import Application

SLICES = (identity, challenges, applications, review, awards, funding)
CONTROLLERS: list[type[Controller]] = [controller for slice_ in SLICES for controller in slice_.CONTROLLERS]
DATABASE_PATIENCE = 60.0
STORE_PATIENCE = 2.0
_asked: list[asyncio.Task[bool]] = []
_log = structlog.get_logger("jiebang.app")


class Readiness(msgspec.Struct):
    """What this process can reach. `clock_shift_s` is 0 but in a demo."""

    database: bool
    storage: bool
    clock_shift_s: float


@contextmanager
def _storage(settings: Settings) -> Iterator[None]:
    """The process's storage client, where a store is given."""
    if settings.s3_endpoint is None:
        yield
        return
    store = Storage(
        settings.s3_endpoint,
        settings.secret("s3_access_key", settings.s3_access_key_file),
        settings.secret("s3_secret_key", settings.s3_secret_key_file),
        settings.s3_bucket,
        settings.s3_region,
        settings.s3_public_endpoint,
    )
    stores.use(store)
    try:
        yield
    finally:
        store.close()


async def work(settings: Settings, *, stop: asyncio.Event, metrics: tuple[str, int] | None = None) -> None:
    """A worker process, until `stop`: it holds the worker's secret alone. `metrics`: where Prometheus is answered."""
    with _storage(settings):
        await run_worker(settings, stop=stop, metrics=metrics)


async def relay(settings: Settings, *, stop: asyncio.Event, metrics: tuple[str, int] | None = None) -> None:
    """A relay process, until `stop`: it carries due jobs into the queue, and runs none."""
    await run_relay(settings, stop=stop, metrics=metrics)


async def _open_pools(settings: Settings, roles: Iterable[Role]) -> None:
    """Open the pools, waiting for a database that is still starting."""
    connect = {role: settings.connect(role) for role in roles}
    deadline = asyncio.get_running_loop().time() + DATABASE_PATIENCE
    while True:
        try:
            await ENGINE.start(connect)
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError):
            await ENGINE.stop()
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            return


@get("/health", operation_id="health", include_in_schema=False, opt={"public": True}, sync_to_thread=False)
def health() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@get("/ready", operation_id="ready", include_in_schema=False, opt={"public": True})
async def ready() -> Readiness:
    """The process can serve; 503 while the database is away. Storage may follow, and says so."""
    rows = await ENGINE.read(Role.PUBLIC, "select extract(epoch from app.now() - statement_timestamp())::float8 as s")
    return Readiness(database=True, storage=await _store_answers(), clock_shift_s=round(rows[0]["s"], 3))


async def _store_answers() -> bool:
    """Whether the store answers soon. One question at a time: a store that is silent must not gather threads."""
    if not _asked or _asked[0].done():
        _asked[:] = [asyncio.create_task(_ping())]
    await asyncio.wait(_asked, timeout=STORE_PATIENCE)
    return _asked[0].done() and _asked[0].result()


async def _ping() -> bool:
    try:
        return await stores.storage().ping()
    except Exception:  # noqa: BLE001 - whatever ails the store, this process can serve without it
        return False


def security_route(settings: Settings) -> HTTPRouteHandler:
    """GET /.well-known/security.txt (RFC 9116): whom to tell of a weakness."""

    @get(
        "/.well-known/security.txt",
        operation_id="security_txt",
        include_in_schema=False,
        media_type="text/plain; charset=utf-8",
        opt={"public": True},
    )
    async def security_txt() -> str:
        rows = await ENGINE.read(
            Role.PUBLIC, "select to_char(date_trunc('month', now()) + interval '7 months', 'YYYY-MM-DD') as day"
        )
        return (
            f"Contact: {settings.security_contact}\nExpires: {rows[0]['day']}T00:00:00Z\n"
            f"Preferred-Languages: zh, en\nCanonical: {settings.base_url}/.well-known/security.txt\n"
        )

    return security_txt


async def _database_clock() -> datetime | None:
    """The database's time, by which deadlines go; None while the database is away."""
    try:
        return (await ENGINE.read(Role.PUBLIC, "select app.now() as now"))[0]["now"]
    except Exception:  # noqa: BLE001 - a page is better than none
        return None


def create(settings: Settings, builds: Builds | None = None) -> Application:
    """The API and the pages of one process; the pages are those in the package, unless others are given."""
    metrics = Metrics()
    limiter = Limiter(settings.redis_url, metrics)

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        SIGNER.start(settings.secret("secret_key", settings.secret_key_file).encode())
        await _open_pools(settings, API_ROLES)
        wake = Wake(settings.redis_url) if settings.redis_url else None
        outbox.on_commit(wake)
        ports.bind(outlook)
        try:
            with _storage(settings):
                yield
        finally:
            outbox.on_commit(None)
            ports.bind(None)
            if wake is not None:
                await wake.aclose()
            await limiter.aclose()
            await ENGINE.stop()

    storage_url = urlsplit(settings.s3_public_endpoint or settings.s3_endpoint or "")
    return create_app(
        [
            health,
            ready,
            security_route(settings),
            *CONTROLLERS,
            *sitemap_routes(settings.base_url),
            *spa_routes(
                settings.base_url,
                PublicReader(),
                builds or Builds(),
                cookie=SessionCookie(secure=settings.secure).name,
                clock=_database_clock,
            ),
        ],
        config=WebConfig(
            https=settings.secure,
            storage_origin=f"{storage_url.scheme}://{storage_url.netloc}" if storage_url.netloc else "",
            trusted_proxies=tuple(filter(None, settings.trusted_proxies.split(","))),
            metrics_clients=("127.0.0.0/8", "::1/128", *filter(None, settings.metrics_clients.split(","))),
        ),
        resolver=resolve,
        limiter=limiter,
        metrics=metrics,
        lifespan=[lifespan],
        dependencies={
            "limiter": Provide(lambda: limiter, sync_to_thread=False),
            "cursors": Provide(cache(lambda: Cursors(SIGNER.derive("cursors", b""))), sync_to_thread=False),
            "settings": Provide(lambda: settings, sync_to_thread=False),
        },
    )
