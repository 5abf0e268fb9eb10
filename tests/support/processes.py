"""Processes: those of the app on the tests' engines, as on a cluster (everything by URL, every secret a file), and any."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from jiebang.local import Installation, temporary_folder
from jiebang.settings import Settings
from jiebang.web.csrf import csrf_token

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from jiebang.engines.local import Endpoints
    from jiebang.platform.db import Role


@asynccontextmanager
async def api_processes(
    endpoints: Endpoints, database: dict[Role, dict[str, Any]], count: int = 2
) -> AsyncIterator[list[str]]:
    """So many API processes over the tests' engines; yields their addresses."""
    secrets = {f"database_{role.short}": connect["password"] for role, connect in database.items()} | {
        "secret_key": "a secret of the tests, 32 bytes.",
        "s3_access_key": endpoints.s3_access_key,
        "s3_secret_key": endpoints.s3_secret_key,
    }
    at = next(iter(database.values()))
    names = [f"api-{n}" for n in range(1, count + 1)]
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(temporary_folder("jiebang-apis-"))
        (folder / "secrets").mkdir(mode=0o700)
        for name, text in secrets.items():
            (folder / "secrets" / name).write_text(str(text))
        given = Settings.model_validate({
            "database_url": f"postgresql://{at['host']}:{at['port']}/{at['database']}?sslmode=disable",
            "redis_url": endpoints.redis_url,
            "s3_endpoint": endpoints.s3_endpoint,
            "JIEBANG_SECRETS_DIR": folder / "secrets",
        })  # fmt: skip
        installation = await stack.enter_async_context(Installation(folder / "data", settings=given))
        ports = installation.engines.data.ports(names)
        await installation.supervisor.start(*(installation.api(ports[name], name=name) for name in names))
        yield [f"http://127.0.0.1:{ports[name]}" for name in names]


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for a condition, at most so long."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether the process runs: there is one, and no mere record of its end."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def browser(address: str, token: str) -> httpx.AsyncClient:
    """A signed-in person's browser at one of the processes."""
    return httpx.AsyncClient(
        base_url=address,
        trust_env=False,
        timeout=30,
        headers={"cookie": f"jiebang={token}", "x-csrf-token": csrf_token(token)},
    )
