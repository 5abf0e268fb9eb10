"""Files that are not what they should be, sent to the real store and judged by the worker's own handler."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pikepdf
import pytest

from jiebang.applications.jobs import HANDLERS
from jiebang.applications.schemas import UploadLink
from support import api, files, handlers, people, topics
from support.applications import answers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from jiebang.web.assembly import Application

V1 = "/api/v1"
CHECK = "applications.check_material"


def once() -> dict[str, str]:
    return {"idempotency-key": uuid4().hex}


@pytest.fixture(scope="module")
async def lead(whole: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with api.client(whole, await people.actor(await people.organisation(), ["member"])) as http:
        yield http


@pytest.fixture(scope="module")
async def team(lead: httpx.AsyncClient) -> dict[str, Any]:
    topic = await topics.published_topic()
    made = await lead.post(f"{V1}/topics/{topic.id}/teams", json={"name": "测试联合体"}, headers=once())
    assert made.status_code == 201, made.text
    return made.json()


async def uploaded(lead: httpx.AsyncClient, team: dict[str, Any], body: bytes, part: str = "part_b") -> str:
    """Announce, send, complete, and let the worker judge."""
    begun = await lead.post(
        f"{V1}/teams/{team['id']}/materials", json=files.announced(body, part), headers=once()
    )
    assert begun.status_code == 201, begun.text
    material = begun.json()["material_id"]
    assert await files.put(UploadLink(**begun.json()), body) == 200
    assert (await lead.post(f"{V1}/materials/{material}/complete")).status_code == 202
    assert await handlers.run(HANDLERS, CHECK, material_id=material) == 1
    return material


def encrypted() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(files.pdf())) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="owner", user="user"))
    return out.getvalue()


@pytest.mark.parametrize("size", [0, -1, 6 * 1024**3])
async def test_a_file_of_no_size_is_not_begun(lead: httpx.AsyncClient, team: dict[str, Any], size: int) -> None:
    told = files.announced(b"") | {"size_bytes": size, "sha256": "short", "content_type": "image/png"}
    answer = await lead.post(f"{V1}/teams/{team['id']}/materials", json=told, headers=once())
    assert answer.status_code == 422
    assert {e["pointer"] for e in answer.json()["errors"]} == {"/size_bytes", "/sha256", "/content_type"}
    assert (await lead.get(f"{V1}/teams/{team['id']}/materials")).json() == [], "nothing was begun"


async def test_the_store_takes_those_bytes_alone(lead: httpx.AsyncClient, team: dict[str, Any]) -> None:
    body = files.pdf("报名")
    begun = (
        await lead.post(f"{V1}/teams/{team['id']}/materials", json=files.announced(body), headers=once())
    ).json()
    link = UploadLink(**begun)
    other = body[:-1] + bytes([body[-1] ^ 1])
    assert len(other) == len(body)
    assert hashlib.sha256(other).digest() != hashlib.sha256(body).digest()
    for wrong in (other, body + b" ", b""):
        assert await files.put(link, wrong) in {400, 403, 411}
    early = await lead.post(f"{V1}/materials/{begun['material_id']}/complete")
    assert (early.status_code, early.json()["code"]) == (409, "material.not_uploaded")
    assert await files.put(link, body) == 200, "the right ones still may come"
    assert (await lead.delete(f"{V1}/materials/{begun['material_id']}")).status_code == 204


@pytest.mark.parametrize(
    "body", [encrypted(), files.pdf()[: len(files.pdf()) // 2], b"no PDF at all"], ids=["encrypted", "cut", "text"]
)
async def test_a_bad_file_is_refused_with_its_reason_and_keeps_the_bid_back(
    lead: httpx.AsyncClient, team: dict[str, Any], body: bytes
) -> None:
    good, bad = await uploaded(lead, team, files.pdf(str(uuid4())), "part_a"), await uploaded(lead, team, body)
    seen = (await lead.get(f"{V1}/materials/{bad}")).json()
    assert (seen["status"], seen["object_key"] if "object_key" in seen else None) == ("refused", None)
    assert set(seen["refusal"]) >= {"zh", "en"}
    assert seen["refusal"]["zh"] != seen["refusal"]["en"] != ""
    for reader in ("download",):
        answer = await lead.post(f"{V1}/materials/{bad}/{reader}")
        assert (answer.status_code, answer.json()["code"]) == (409, "material.not_checked")
    application = f"{V1}/applications/{team['application_id']}"
    before = await lead.get(application)
    saved = await lead.put(
        f"{application}/answers",
        json=answers({"depth": "4600", "latency": "20"}),
        headers={"if-match": before.headers["etag"]},
    )
    assert saved.status_code == 200, saved.text
    sent = await lead.post(
        f"{application}/submissions", json={"material_ids": [good, bad]}, headers=once() | {"accept-language": "zh-CN"}
    )
    assert sent.status_code == 422, sent.text
    assert "/material_ids/1" in {error["pointer"] for error in sent.json()["errors"]}
    assert "/material_ids/0" not in {error["pointer"] for error in sent.json()["errors"]}
    after = await lead.get(application)
    assert (after.headers["etag"], after.json()["receipt"]) == (saved.headers["etag"], None), "nothing changed"
    for material in (good, bad):
        assert (await lead.delete(f"{V1}/materials/{UUID(material)}")).status_code == 204
