"""`upload`: a large file through the real flow (announce, PUT by the signed link, complete) against boto3, straight.

MIB (256) sizes the file, TURNS (5) how often each side uploads it, in turns. Both hash the file; the flow signs one PUT.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import time
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import anyio.to_thread
import boto3
import msgspec
from botocore.config import Config

from jiebang.applications.schemas import NewTeam
from jiebang.applications.service import teams
from jiebang.challenges.rules import PUDONG_GOV
from jiebang.web.csrf import csrf_token
from support import people, topics
from support.measure import Wire, ground, row

if TYPE_CHECKING:
    from jiebang.settings import Settings

MIB = int(os.environ.get("MIB", "256"))
TURNS = int(os.environ.get("TURNS", "5"))


async def upload() -> list[dict[str, Any]]:
    """Seconds until the file is stored and its check is ordered."""
    async with ground() as at:
        limits = PUDONG_GOV.uploads.model_copy(update={"max_bytes": 1 << 30, "max_files": 100})
        rules = PUDONG_GOV.model_copy(update={"code": "bench_uploads", "uploads": limits})
        topic = await topics.published_topic(rules=rules)
        org = await people.organisation()
        actor = await people.actor(org, ["member"])
        lead, token = await people.sign_in(actor.person_id, org)
        team = await teams.found(lead, topic.id, NewTeam(name="上传联合体"))
        headers = {"cookie": f"jiebang={token}", "x-csrf-token": csrf_token(token), "content-type": "application/json"}
        wire = Wire(at.addresses[0])
        straight = _boto3(at.installation.settings)
        flow, floor = [], []
        for turn in range(TURNS + 1):
            body = os.urandom(1 << 20) * MIB
            began = time.perf_counter()
            digest = await anyio.to_thread.run_sync(lambda: hashlib.sha256(body).hexdigest())  # noqa: B023
            said = {"part": "part_b", "filename": f"{turn}.pdf", "size_bytes": len(body), "sha256": digest,
                    "content_type": "application/pdf"}  # fmt: skip
            status, answer = await wire.send(
                "POST", f"/api/v1/teams/{team.id}/materials", headers | {"idempotency-key": uuid4().hex},
                json.dumps(said).encode(),
            )  # fmt: skip
            await wire.close()  # the server hangs up while the file goes by
            assert status == 201, answer
            link = msgspec.json.decode(answer)
            assert await anyio.to_thread.run_sync(_put, link, body) == 200
            status, answer = await wire.send("POST", f"/api/v1/materials/{link['material_id']}/complete", headers)
            await wire.close()
            assert status == 202, answer
            middle = time.perf_counter()
            await anyio.to_thread.run_sync(straight, body)
            if turn:
                flow.append(middle - began)
                floor.append(time.perf_counter() - middle)
        return [row("upload", flow, floor, unit="s", mib=MIB)]


def _put(link: dict[str, Any], body: bytes) -> int:
    url = urlsplit(link["url"])
    connection = http.client.HTTPConnection(url.netloc, timeout=300)
    connection.request(link["method"], f"{url.path}?{url.query}", body, link["headers"])
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def _boto3(settings: Settings) -> Any:
    client = boto3.client(
        "s3", endpoint_url=settings.s3_endpoint, region_name=settings.s3_region,
        aws_access_key_id=settings.secret("s3_access_key", settings.s3_access_key_file),
        aws_secret_access_key=settings.secret("s3_secret_key", settings.s3_secret_key_file),
        config=Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required"),
    )  # fmt: skip

    def put(body: bytes) -> None:
        """In parts, as boto3 does it by itself; it hashes each to sign it."""
        client.upload_fileobj(BytesIO(body), settings.s3_bucket, f"bench/{uuid4()}")

    return put
