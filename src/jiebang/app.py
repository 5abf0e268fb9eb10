"""The composition root: what a process of the app is made of. Nothing imports it but the command line."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import asyncpg
import msgspec
import structlog
from litestar import get
from litestar.di import Provide

from jiebang.identity import http as identity_http
from jiebang.identity.service import resolve
from jiebang.platform import stores
from jiebang.platform.crypto import SIGNER
from jiebang.platform.db import API_ROLES, ENGINE, Role
from jiebang.platform.limits import Limiter
from jiebang.platform.storage import Storage
from jiebang.platform.telemetry import Metrics
from jiebang.web.assembly import WebConfig, create_app
from jiebang.web.pagination import Cursors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from litestar import Controller

    from jiebang.settings import Settings
    from jiebang.web.assembly import Application

CONTROLLERS: list[type[Controller]] = [*identity_http.CONTROLLERS]
DATABASE_PATIENCE = 60.0
_log = structlog.get_logger("jiebang.app")


class Readiness(msgspec.Struct):
    """What this process can reach. `clock_shift_s` is 0 but in a demo."""

    database: bool
    storage: bool
    clock_shift_s: float


@asynccontextmanager
async def process(settings: Settings, roles: Iterable[Role]) -> AsyncIterator[None]:
    """Everything a process needs but HTTP: secret, pools of its own classes alone, storage. API and worker share it."""
    SIGNER.start(settings.secret("secret_key", settings.secret_key_file).encode())
    await _open_pools(settings, roles)
    store = None
    if settings.s3_endpoint is not None:
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
        await ENGINE.stop()
        if store is not None:
            store.close()


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


@get("/health", operation_id="health", include_in_schema=False, sync_to_thread=False)
def health() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@get("/ready", operation_id="ready", include_in_schema=False)
async def ready() -> Readiness:
    """The process can serve; 503 while the database is away. Storage may follow, and says so."""
    rows = await ENGINE.read(Role.PUBLIC, "select extract(epoch from app.now() - statement_timestamp())::float8 as s")
    try:
        stored = await stores.storage().ping()
    except Exception:  # noqa: BLE001 - whatever ails the store, this process can serve without it
        stored = False
    return Readiness(database=True, storage=stored, clock_shift_s=round(rows[0]["s"], 3))


def create(settings: Settings) -> Application:
    """The API of one process."""
    metrics = Metrics()
    limiter = Limiter(settings.redis_url, metrics)

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        async with process(settings, API_ROLES):
            try:
                yield
            finally:
                await limiter.aclose()

    storage_url = urlsplit(settings.s3_public_endpoint or settings.s3_endpoint or "")
    return create_app(
        [health, ready, *CONTROLLERS],
        config=WebConfig(
            https=settings.secure,
            storage_origin=f"{storage_url.scheme}://{storage_url.netloc}" if storage_url.netloc else "",
            trusted_proxies=tuple(filter(None, settings.trusted_proxies.split(","))),
        ),
        resolver=resolve,
        limiter=limiter,
        metrics=metrics,
        lifespan=[lifespan],
        dependencies={
            "limiter": Provide(lambda: limiter, sync_to_thread=False),
            "cursors": Provide(lambda: Cursors(SIGNER.derive("cursors", b"")), sync_to_thread=False),
            "settings": Provide(lambda: settings, sync_to_thread=False),
        },
    )
