"""Large files in parts, through the API and the real store."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.applications.jobs import HANDLERS
from jiebang.applications.schemas import UploadLink
from jiebang.applications.service.parts import PART_BYTES, size_of
from jiebang.challenges.rules import PUDONG_GOV
from support import api, files, handlers, people, topics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import httpx

    from jiebang.platform.storage import Storage
    from jiebang.web.assembly import Application

V1 = "/api/v1"


@pytest.fixture(scope="module")
async def lead(whole: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with api.client(whole, await people.actor(await people.organisation(), ["member"])) as http:
        yield http


@pytest.fixture(scope="module")
async def team(lead: httpx.AsyncClient) -> dict[str, Any]:
    topic = await topics.published_topic()
    headers = {"idempotency-key": uuid4().hex}
    made = await lead.post(f"{V1}/topics/{topic.id}/teams", json={"name": "测试联合体"}, headers=headers)
    assert made.status_code == 201, made.text
    return made.json()


@pytest.fixture
def announce(lead: httpx.AsyncClient, team: dict[str, Any]) -> Callable[[bytes], Any]:
    async def announced(body: bytes) -> str:
        begun = await lead.post(
            f"{V1}/teams/{team['id']}/materials",
            json=files.announced(body),
            headers={"idempotency-key": uuid4().hex},
        )
        assert begun.status_code == 201, begun.text
        return f"{V1}/materials/{begun.json()['material_id']}"

    return announced


def cut(body: bytes) -> list[bytes]:
    return [body[at : at + PART_BYTES] for at in range(0, len(body), PART_BYTES)]


async def send(lead: httpx.AsyncClient, at: str, upload_id: str, number: int, part: bytes) -> int:
    told = {"upload_id": upload_id, "number": number, "sha256": hashlib.sha256(part).hexdigest()}
    signed = await lead.post(f"{at}/parts/link", json=told)
    assert signed.status_code == 200, signed.text
    return await files.put(UploadLink(**signed.json()), part)


async def begin(lead: httpx.AsyncClient, at: str) -> dict[str, Any]:
    answer = await lead.post(f"{at}/parts")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_upload_goes_on_where_it_stopped(lead: httpx.AsyncClient, announce: Callable[[bytes], Any]) -> None:
    body = files.large_pdf(2 * PART_BYTES + 1000)
    at, parts = await announce(body), cut(body)
    one, two = await asyncio.gather(begin(lead, at), begin(lead, at))
    begun = await begin(lead, at)
    assert (begun["part_bytes"], begun["arrived"]) == (PART_BYTES, [])
    assert begun["upload_id"] in {one["upload_id"], two["upload_id"]}
    for number in (3, 1, 1):
        assert await send(lead, at, begun["upload_id"], number, parts[number - 1]) == 200
    assert (await begin(lead, at)) == begun | {"arrived": [1, 3]}
    early = await lead.post(f"{at}/complete")
    assert (early.status_code, early.json()["code"]) == (409, "material.not_uploaded")
    assert await send(lead, at, begun["upload_id"], 2, parts[1]) == 200
    digests = [hashlib.sha256(part).hexdigest() for part in parts]
    for wrong in (digests[:2], digests[::-1]):
        refused = await lead.post(f"{at}/parts/join", json={"upload_id": begun["upload_id"], "sha256": wrong})
        assert (refused.status_code, refused.json()["code"]) == (409, "material.not_uploaded")
    told = {"upload_id": begun["upload_id"], "sha256": digests}
    answers = await asyncio.gather(*(lead.post(f"{at}/parts/join", json=told) for _ in range(3)))
    assert [a.status_code for a in answers] == [204] * 3
    assert (await lead.post(f"{at}/complete")).status_code == 202
    assert (await begin(lead, at))["upload_id"] is None, "the whole file is there"
    await handlers.run(HANDLERS, "applications.check_material", material_id=at.rpartition("/")[2])
    seen = (await lead.get(at)).json()
    assert (seen["status"], seen["refusal"]) == ("checked", None)
    link = (await lead.post(f"{at}/download")).json()["url"]
    assert (await files.get(link)).content == body
    after = await lead.post(f"{at}/parts")
    assert (after.status_code, after.json()["code"]) == (409, "material.not_pending")


async def test_parts_that_are_not_the_files_are_refused(
    lead: httpx.AsyncClient, announce: Callable[[bytes], Any]
) -> None:
    body = files.large_pdf(PART_BYTES + 1000)
    at, other, parts = await announce(body), await announce(body), cut(body)
    begun, elsewhere = await begin(lead, at), await begin(lead, other)
    assert await send(lead, at, begun["upload_id"], 2, parts[0]) in {400, 403}, "of another length"
    assert await send(lead, at, elsewhere["upload_id"], 1, parts[0]) == 404, "of another file"
    digest = hashlib.sha256(parts[1]).hexdigest()
    beyond = await lead.post(f"{at}/parts/link", json={"upload_id": begun["upload_id"], "number": 3, "sha256": digest})
    assert beyond.status_code == 422
    assert {e["pointer"] for e in beyond.json()["errors"]} == {"/number"}
    assert (await begin(lead, at))["arrived"] == []


async def test_deleting_a_file_forgets_its_parts(
    lead: httpx.AsyncClient, announce: Callable[[bytes], Any], team: dict[str, Any], store: Storage
) -> None:
    body = files.large_pdf(PART_BYTES + 1000)
    at = await announce(body)
    begun = await begin(lead, at)
    assert await send(lead, at, begun["upload_id"], 1, cut(body)[0]) == 200
    assert (await lead.delete(at)).status_code == 204
    jobs = await files.waiting("applications.forget_files", team["id"])
    key = jobs[-1].payload["keys"][0]
    assert await store.multiparts(key) == [begun["upload_id"]]
    await files.work(HANDLERS, "applications.forget_files", team["id"])
    assert await store.multiparts(key) == []
    assert (await lead.post(f"{at}/parts")).status_code == 404


async def test_nobody_else_sees_the_parts(whole: Application, announce: Callable[[bytes], Any]) -> None:
    at = await announce(files.large_pdf(PART_BYTES + 1000))
    told = {"upload_id": "a", "number": 1, "sha256": "0" * 64}
    async with api.client(whole, await people.actor(await people.organisation(), ["member"])) as stranger:
        assert (await stranger.post(f"{at}/parts")).status_code == 404
        assert (await stranger.post(f"{at}/parts/link", json=told)).status_code == 404
        joined = {"upload_id": "a", "sha256": ["0" * 64]}
        assert (await stranger.post(f"{at}/parts/join", json=joined)).status_code == 404


@given(st.integers(1, 5 << 30))
def test_parts_make_up_the_file(size: int) -> None:
    count = -(-size // PART_BYTES)
    sizes = [size_of(number, size) for number in range(1, count + 1)]
    assert sum(sizes) == size
    assert set(sizes[:-1]) <= {PART_BYTES}
    assert sizes[-1] > 0 >= size_of(count + 1, size)
    assert count <= 1000, "one page of the store's list"


def test_the_rules_take_three_hundred_megabytes() -> None:
    assert PUDONG_GOV.uploads.max_bytes >= 300_000_000
