"""Real PDFs, a real store and the worker's part, for tests of what teams upload."""

from __future__ import annotations

import hashlib
import io
import secrets
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx
import pikepdf

from jiebang.demo.pdf import make_pdf
from jiebang.platform import stores
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.jobs import Job
from jiebang.platform.storage import Storage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from uuid import UUID

    from jiebang.applications.schemas import UploadLink
    from jiebang.engines.local import Endpoints
    from jiebang.platform.jobs import Handler


STREAM = 64 << 20


@cache
def pdf(title: str = "申报书") -> bytes:
    """A PDF of one page."""
    return make_pdf(title, ["先建立误差预算，再以样机迭代。"])


def large_pdf(size: int) -> bytes:
    """An honest PDF of one page and exactly `size` bytes, 64 KiB at least: nearly all of it is incompressible."""
    rest = size - len(_noisy(0)) - (size // STREAM + 1) * 100  # each stream has a head and a foot
    return _noisy(rest).ljust(size, b"\n")


def _noisy(noise: int) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf())) as made:
        pieces = [STREAM] * (noise // STREAM) + [noise % STREAM]
        made.Root.Noise = pikepdf.Array([made.make_stream(secrets.token_bytes(piece)) for piece in pieces])
        made.save(out, compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


@asynccontextmanager
async def open_store(endpoints: Endpoints) -> AsyncIterator[Storage]:
    """The engines' bucket, open for this process."""
    assert endpoints.s3_endpoint is not None
    assert endpoints.s3_access_key is not None
    assert endpoints.s3_secret_key is not None
    storage = Storage(
        endpoints.s3_endpoint, endpoints.s3_access_key, endpoints.s3_secret_key,
        endpoints.s3_bucket, endpoints.s3_region,
    )  # fmt: skip
    await storage.ensure_bucket([])
    stores.use(storage)
    try:
        yield storage
    finally:
        storage.close()


def announced(body: bytes, part: str = "part_b", **more: Any) -> dict[str, Any]:
    """What a client says of a file that it is about to upload."""
    return {
        "part": part, "filename": f"{part}.pdf", "size_bytes": len(body), "content_type": "application/pdf",
        "sha256": hashlib.sha256(body).hexdigest(), **more,
    }  # fmt: skip


async def put(link: UploadLink, body: bytes) -> int:
    """Upload by a signed link; the store's status."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        return (await client.request(link.method, link.url, content=body, headers=link.headers)).status_code


async def get(url: str) -> httpx.Response:
    """Download by a signed link."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        return await client.get(url)


async def waiting(kind: str, fairness_key: UUID | str) -> list[Job]:
    """Jobs of a kind that were not run yet, oldest first."""
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        rows = await db.fetch(
            "select id, payload from outbox where kind = $1 and fairness_key = $2 and done_at is null order by id",
            kind, str(fairness_key),
        )  # fmt: skip
    return [Job(row["id"], kind, row["payload"], 1) for row in rows]


async def work(handlers: Mapping[str, Handler], kind: str, fairness_key: UUID | str) -> int:
    """Run the waiting jobs of a kind as a worker would; how many there were."""
    jobs = await waiting(kind, fairness_key)
    for job in jobs:
        await handlers[kind](job)
    return len(jobs)
