"""The store's own refusals, seen on a real S3 (SeaweedFS)."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest

from jiebang.kernel.errors import NotFound, Refused
from jiebang.platform.storage import CHANGED, TOO_LARGE, Storage, Upload, content_disposition, new_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from jiebang.engines.local import Endpoints

BODY = b"%PDF-1.7 the bytes that were announced\n" * 20
HASH = hashlib.sha256(BODY).digest()
ORIGIN = "https://jiebang.example"


def _store(found: Endpoints, *, bucket: str | None = None, secret: str | None = None) -> Storage:
    assert found.s3_endpoint is not None
    assert found.s3_access_key is not None
    assert found.s3_secret_key is not None
    secret_key = secret or found.s3_secret_key
    return Storage(found.s3_endpoint, found.s3_access_key, secret_key, bucket or found.s3_bucket, found.s3_region)


@pytest.fixture(scope="session")
async def store(endpoints: Endpoints) -> AsyncIterator[Storage]:
    storage = _store(endpoints)
    await storage.ensure_bucket([ORIGIN])
    yield storage
    storage.close()


async def _send(upload: Upload, body: bytes = BODY, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        return await client.request(upload.method, upload.url, content=body, headers={**upload.headers, **headers})


async def _get(url: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(url, headers=headers)


def _signed(store: Storage, key: str, *, expires: int = 300) -> Upload:
    return store.presign_upload(key, size=len(BODY), content_type="application/pdf", sha256=HASH, expires=expires)


async def _stored(store: Storage) -> str:
    """The key of a file that was uploaded and released."""
    source, target = new_key("quarantine"), new_key("material")
    assert (await _send(_signed(store, source))).status_code == 200
    found = await store.head(source)
    assert found is not None
    await store.release(source, target, etag=found.etag)
    return target


async def test_upload_stores_what_was_announced(store: Storage, tmp_path: Path) -> None:
    key = new_key("quarantine")
    upload = _signed(store, key)
    query = parse_qs(urlsplit(upload.url).query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    signed = query["X-Amz-SignedHeaders"][0].split(";")
    assert {"content-length", "content-type", "if-none-match", "x-amz-checksum-sha256"} <= set(signed)

    assert (await _send(upload)).status_code == 200

    found = await store.head(key)
    assert found is not None
    assert (found.size, found.content_type) == (len(BODY), "application/pdf")
    fetched = await store.get_to_file(key, tmp_path / "f", limit=len(BODY))
    assert (fetched.size, fetched.sha256, fetched.etag) == (len(BODY), HASH, found.etag)
    assert (tmp_path / "f").read_bytes() == BODY
    with pytest.raises(Refused) as refused:
        await store.get_to_file(key, tmp_path / "g", limit=len(BODY) - 1)
    assert refused.value.rule is TOO_LARGE


OTHER = BODY[:-1] + b"!"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(BODY + b"x", {}, id="longer"),
        pytest.param(BODY[:-1], {}, id="shorter"),
        pytest.param(b"", {}, id="empty"),
        pytest.param(OTHER, {}, id="other bytes of the same length"),
        pytest.param(BODY, {"Content-Type": "text/html"}, id="other type"),
        pytest.param(BODY, {"If-None-Match": ""}, id="allowed to overwrite"),
        pytest.param(OTHER, {"x-amz-checksum-sha256": "5vjVHjLW8mFoN2n0KWkH1fYH2KQ8DFZ0GSOZaaHn3uk="}, id="other hash"),
    ],
)
async def test_an_upload_that_differs_is_refused(store: Storage, body: bytes, headers: dict[str, str]) -> None:
    key = new_key("quarantine")
    answer = await _send(_signed(store, key), body, **headers)
    assert answer.status_code in {400, 403}
    assert await store.head(key) is None


async def test_a_second_put_on_one_key_is_refused(store: Storage, tmp_path: Path) -> None:
    key = new_key("quarantine")
    assert (await _send(_signed(store, key))).status_code == 200
    assert (await _send(_signed(store, key))).status_code == 412
    other = store.presign_upload(
        key, size=len(OTHER), content_type="application/pdf", sha256=hashlib.sha256(OTHER).digest()
    )
    assert (await _send(other, OTHER)).status_code == 412
    assert (await store.get_to_file(key, tmp_path / "f", limit=10_000)).sha256 == HASH


async def test_eight_at_once_have_one_winner(store: Storage) -> None:
    upload = _signed(store, new_key("quarantine"))
    answers = await asyncio.gather(*(_send(upload) for _ in range(8)))
    codes = [a.status_code for a in answers]
    assert codes.count(200) == 1
    assert set(codes) <= {200, 409, 412}


async def test_anonymous_is_refused(store: Storage) -> None:
    key = await _stored(store)
    url = store.presign_download(key, filename="a.pdf").split("?")[0]
    assert (await _get(url)).status_code == 403
    upload = _signed(store, new_key("quarantine"))
    bare = Upload(upload.url.split("?")[0], "PUT", upload.headers)
    assert (await _send(bare)).status_code == 403
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.delete(url)).status_code == 403
        assert (await client.get(url.rsplit("/", 2)[0])).status_code == 403


async def test_a_tampered_link_is_refused(store: Storage) -> None:
    one, two = await _stored(store), await _stored(store)
    link = store.presign_download(one, filename="a.pdf")
    assert (await _get(link)).status_code == 200
    for forged in (
        link.replace(one, two),
        link.replace("attachment", "inline"),
        link.replace("X-Amz-Expires=120", "X-Amz-Expires=300"),
    ):
        assert forged != link
        assert (await _get(forged)).status_code == 403
    upload = _signed(store, key := new_key("quarantine"))
    moved = Upload(upload.url.replace(key, new_key("quarantine")), "PUT", upload.headers)
    assert (await _send(moved)).status_code == 403


async def test_an_expired_link_is_refused(store: Storage) -> None:
    key = await _stored(store)
    link = store.presign_download(key, filename="a.pdf", expires=1)
    upload = _signed(store, new_key("quarantine"), expires=1)
    lasting = store.presign_download(key, filename="a.pdf")
    deadline = time.monotonic() + 10
    while (answer := await _get(link)).status_code == 200 and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    assert answer.status_code == 403
    assert (await _send(upload)).status_code == 403
    assert (await _get(lasting)).status_code == 200


@pytest.mark.parametrize("expires", [0, -1, 301, 86_400])
async def test_no_link_lives_longer_than_five_minutes(store: Storage, expires: int) -> None:
    with pytest.raises(ValueError, match="300 s"):
        _signed(store, new_key("quarantine"), expires=expires)
    with pytest.raises(ValueError, match="300 s"):
        store.presign_download(new_key("blind"), filename="a.pdf", expires=expires)


async def test_a_download_is_an_attachment_that_no_cache_keeps(store: Storage) -> None:
    key = await _stored(store)
    answer = await _get(store.presign_download(key, filename="申请书 final.pdf"))
    assert answer.content == BODY
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"___ final.pdf\"; filename*=UTF-8''%E7%94%B3%E8%AF%B7%E4%B9%A6%20final.pdf"
    )
    shown = await _get(store.presign_download(key, filename="a.pdf", inline=True))
    assert shown.headers["content-disposition"].startswith("inline; ")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ('a"; x="b.pdf', "a; x=b.pdf"),
        ("a\r\nSet-Cookie: b.pdf", "aSet-Cookie: b.pdf"),
        ("../../etc/passwd", "etcpasswd"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\u0000", "file"),
    ],
)
def test_a_file_name_cannot_break_out(name: str, safe: str) -> None:
    value = content_disposition(name)
    assert unquote(value.partition("UTF-8''")[2]) == safe
    assert value.count('"') == 2
    assert not any(ord(c) < 32 for c in value)


async def test_quarantine_cannot_be_read_and_nothing_else_written(store: Storage) -> None:
    with pytest.raises(ValueError, match="quarantine"):
        store.presign_download(new_key("quarantine"), filename="a.pdf")
    for key in (
        new_key("material"),
        new_key("blind"),
        "quarantine/../material/x",
        "quarantine/zhang-wei.pdf",
    ):
        with pytest.raises(ValueError, match="is not a key"):
            _signed(store, key)


async def test_release_moves_the_very_bytes_and_may_be_repeated(store: Storage) -> None:
    source, target = new_key("quarantine"), new_key("material")
    await _send(_signed(store, source))
    found = await store.head(source)
    assert found is not None
    with pytest.raises(Refused) as refused:
        await store.release(source, target, etag='"00000000000000000000000000000000"')
    assert refused.value.rule is CHANGED
    assert await store.head(target) is None
    assert await store.head(source) == found

    for _ in range(2):
        await store.release(source, target, etag=found.etag)
        assert await store.head(source) is None
        moved = await store.head(target)
        assert moved is not None
        assert (moved.size, moved.content_type) == (found.size, "application/pdf")

    with pytest.raises(NotFound):
        await store.release(source, new_key("material"), etag=found.etag)


async def test_put_file_and_delete(store: Storage, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(BODY)
    key = new_key("blind")
    assert await store.put_file(key, tmp_path / "f") == HASH
    assert (await _get(store.presign_download(key, filename="a.pdf"))).content == BODY
    await store.delete(key)
    await store.delete(key)
    assert await store.head(key) is None
    with pytest.raises(NotFound):
        await store.get_to_file(key, tmp_path / "g", limit=1)


async def test_multipart_signs_every_part(store: Storage, tmp_path: Path) -> None:
    key = new_key("quarantine")
    parts = [secrets.token_bytes(5 << 20), b"the rest"]
    upload_id = await store.begin_multipart(key, content_type="application/pdf")
    for number, part in enumerate(parts, 1):
        digest = hashlib.sha256(part).digest()
        signed = store.presign_part(key, upload_id, number, size=len(part), sha256=digest)
        assert (await _send(signed, bytes(len(part)))).status_code in {400, 403}
        assert (await _send(signed, part + b"x")).status_code in {400, 403}
        for _ in range(2):
            assert (await _send(signed, part)).status_code == 200, "a part may be sent again"
    arrived = await store.parts(key, upload_id)
    assert [(p.number, p.size) for p in arrived] == [(n, len(part)) for n, part in enumerate(parts, 1)]
    assert await store.multiparts(key) == [upload_id]
    with pytest.raises(Refused):
        await store.complete_multipart(key, upload_id, [(part, HASH) for part in arrived])
    digests = [hashlib.sha256(part).digest() for part in parts]
    await store.complete_multipart(key, upload_id, list(zip(arrived, digests, strict=True)))
    assert await store.multiparts(key) == []
    whole = b"".join(parts)
    fetched = await store.get_to_file(key, tmp_path / "f", limit=len(whole))
    assert (fetched.size, fetched.sha256) == (len(whole), hashlib.sha256(whole).digest())
    await store.release(key, target := new_key("material"), etag=fetched.etag)
    assert (await store.get_to_file(target, tmp_path / "g", limit=len(whole))).sha256 == fetched.sha256

    abandoned = await store.begin_multipart(key := new_key("quarantine"), content_type="application/pdf")
    await store.abort_multipart(key, abandoned)
    signed = store.presign_part(key, abandoned, 1, size=len(BODY), sha256=HASH)
    assert (await _send(signed)).status_code == 404
    await store.abort_multipart(key, abandoned)


async def test_what_never_left_quarantine_is_forgotten(store: Storage) -> None:
    whole, parted = new_key("quarantine"), new_key("quarantine")
    assert (await _send(_signed(store, whole))).status_code == 200
    await store.begin_multipart(parted, content_type="application/pdf")
    released = await _stored(store)
    await store.forget_quarantine(datetime.now(UTC) - timedelta(minutes=5))
    assert await store.head(whole) is not None
    assert await store.multiparts(parted) != []
    assert await store.forget_quarantine(datetime.now(UTC) + timedelta(minutes=5)) >= 2
    assert await store.head(whole) is None
    assert await store.multiparts(parted) == []
    assert await store.head(released) is not None


@pytest.mark.parametrize(("origin", "allowed"), [(ORIGIN, True), ("https://evil.example", False)])
async def test_browsers_of_our_origin_only(store: Storage, origin: str, *, allowed: bool) -> None:
    upload = _signed(store, new_key("quarantine"))
    ask = {
        "Origin": origin,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type,if-none-match,x-amz-checksum-sha256",
    }
    async with httpx.AsyncClient(trust_env=False) as client:
        preflight = await client.options(upload.url, headers=ask)
        sent = await client.put(upload.url, content=BODY, headers={**upload.headers, "Origin": origin})
    assert (preflight.headers.get("access-control-allow-origin") == origin) is allowed
    if allowed:
        assert "etag" in sent.headers["access-control-expose-headers"].lower()


async def test_a_page_reads_a_released_file_whole_and_in_parts(store: Storage) -> None:
    link = store.presign_download(await _stored(store), filename="f.pdf")
    ask = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range"}
    async with httpx.AsyncClient(trust_env=False) as client:
        preflight = await client.options(link, headers=ask)
        whole = await client.get(link, headers={"Origin": ORIGIN})
        part = await client.get(link, headers={"Origin": ORIGIN, "Range": "bytes=3-7"})
        abroad = await client.get(link, headers={"Origin": "https://evil.example"})
    assert preflight.headers["access-control-allow-origin"] == ORIGIN
    assert "range" in preflight.headers["access-control-allow-headers"].lower()
    assert (whole.status_code, whole.content) == (200, BODY)
    assert (part.status_code, part.content) == (206, BODY[3:8])
    for answer in (whole, part):
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        exposed = {name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")}
        assert {"etag", "accept-ranges", "content-range"} <= exposed
    assert "access-control-allow-origin" not in abroad.headers


async def test_ping_tells_a_working_bucket(store: Storage, endpoints: Endpoints) -> None:
    assert await store.ping()
    assert not await _store(endpoints, bucket="absent").ping()
    assert not await _store(endpoints, secret="wrong").ping()


def test_keys_carry_nothing() -> None:
    keys = {new_key("blind") for _ in range(1000)}
    assert len(keys) == 1000
    assert all(k.startswith("blind/") and k[20] == "4" for k in keys)


def test_links_are_signed_for_the_address_that_browsers_use() -> None:
    storage = Storage("http://127.0.0.1:1", "a", "b", "c", public_endpoint="https://files.example")
    assert storage.presign_download(new_key("blind"), filename="a.pdf").startswith("https://files.example/c/blind/")
