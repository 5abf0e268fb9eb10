"""One bucket of an S3 store."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import anyio
import anyio.to_thread
import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from jiebang.kernel.errors import NotFound, Refused, Rule
from jiebang.platform.storage.keys import content_disposition, only
from jiebang.platform.storage.signing import GetSigner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

P = ParamSpec("P")
R = TypeVar("R")

LONGEST_LINK = 300
"""Seconds that a presigned link may live."""
CONNECTIONS = 16
CHUNK = 1 << 20
READABLE = ("material/", "blind/")

TOO_LARGE = Rule(
    "storage.too_large",
    "文件超过 {limit} 字节的上限，未予处理。请压缩后重新上传。",
    "The file is larger than the limit of {limit} bytes and was not processed. Please make it smaller and"
    " upload it again.",
)
CHANGED = Rule(
    "storage.changed",
    "文件在检查期间发生变化，未予采用。请重新上传。",
    "The file changed while it was being checked and was not accepted. Please upload it again.",
)


@dataclass(frozen=True, slots=True)
class Upload:
    """One signed request. The client sends exactly `headers`; Content-Length, signed too, follows from the body."""

    url: str
    method: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What the store says about an object. `etag` is quoted, as in HTTP."""

    size: int
    content_type: str
    etag: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file brought to disk: `size` in bytes, `sha256` of what was read, `etag` of the object it came from."""

    size: int
    sha256: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part that has arrived: its `number` from 1, `size` in bytes, `etag` (quoted)."""

    number: int
    size: int
    etag: str


class Storage:
    """One bucket. Build one per process and share it; boto3 clients are thread-safe.

    `public_endpoint` is the address by which browsers reach the store, where it differs from ours: links are signed
    for it. Methods raise `NotFound` for an absent object and botocore's errors when the store itself fails.
    """

    def __init__(
        self,
        endpoint: str,
        access_key: str,
        secret_key: str,
        bucket: str,
        region: str = "us-east-1",
        public_endpoint: str | None = None,
    ) -> None:
        session = boto3.Session(access_key, secret_key, region_name=region)
        config = Config(
            signature_version="s3v4",  # the default presigns with SigV2 in us-east-1
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            max_pool_connections=CONNECTIONS,
            connect_timeout=5,
            read_timeout=10,
            retries={"mode": "standard", "total_max_attempts": 2},
        )
        self.bucket = bucket
        self._region = region
        self._s3: Any = session.client("s3", endpoint_url=endpoint, config=config)
        self._signer: Any = (
            session.client("s3", endpoint_url=public_endpoint, config=config) if public_endpoint else self._s3
        )
        self._gets = GetSigner(public_endpoint or endpoint, access_key, secret_key, bucket, region)
        self._limiter = anyio.CapacityLimiter(CONNECTIONS)

    # --- links -----------------------------------------------------------------------------------------------------

    def presign_upload(
        self, key: str, *, size: int, content_type: str, sha256: bytes, expires: int = LONGEST_LINK
    ) -> Upload:
        """Sign one PUT of exactly these bytes to a key under `quarantine/`, once: an existing key is refused (412)."""
        checksum = _checksum(sha256)
        url = self._presign(
            "put_object",
            only(key, "quarantine/"),
            expires,
            ContentLength=size,
            ContentType=content_type,
            ChecksumSHA256=checksum,
            IfNoneMatch="*",
        )
        headers = {"Content-Type": content_type, "x-amz-checksum-sha256": checksum, "If-None-Match": "*"}
        return Upload(url, "PUT", headers)

    def presign_download(
        self,
        key: str,
        *,
        filename: str,
        content_type: str = "application/pdf",
        expires: int = 120,
        inline: bool = False,
    ) -> str:
        """Sign one GET of a checked file, saved under `filename` and kept by no cache. Never of the quarantine."""
        answer = {
            "response-content-disposition": content_disposition(filename, inline=inline),
            "response-content-type": content_type,
            "response-cache-control": "private, no-store",
        }
        return self._gets.presign(only(key, *READABLE), _short(expires), answer)

    def _presign(self, operation: str, key: str, expires: int, **params: object) -> str:
        _short(expires)
        return self._signer.generate_presigned_url(
            operation, Params={"Bucket": self.bucket, "Key": key, **params}, ExpiresIn=expires
        )

    # --- large files in parts --------------------------------------------------------------------------------------

    async def begin_multipart(self, key: str, *, content_type: str) -> str:
        """Open an upload in parts (5 MiB to 5 GiB each but the last) and return its id."""
        made = await self._call(
            self._s3.create_multipart_upload,
            Bucket=self.bucket,
            Key=only(key, "quarantine/"),
            ContentType=content_type,
            ChecksumAlgorithm="SHA256",
        )
        return made["UploadId"]

    def presign_part(
        self, key: str, upload_id: str, number: int, *, size: int, sha256: bytes, expires: int = LONGEST_LINK
    ) -> Upload:
        """Sign the PUT of part `number` (from 1). The whole file's hash is for the worker to verify afterwards."""
        checksum = _checksum(sha256)
        url = self._presign(
            "upload_part",
            only(key, "quarantine/"),
            expires,
            UploadId=upload_id,
            PartNumber=number,
            ContentLength=size,
            ChecksumSHA256=checksum,
        )
        return Upload(url, "PUT", {"x-amz-checksum-sha256": checksum})

    async def multiparts(self, key: str) -> list[str]:
        """The ids of the uploads in parts to this key that are still open, the oldest first."""
        found = await self._call(self._s3.list_multipart_uploads, Bucket=self.bucket, Prefix=only(key, "quarantine/"))
        opened = [(u["Initiated"], u["UploadId"]) for u in found.get("Uploads", []) if u["Key"] == key]
        return [upload_id for _, upload_id in sorted(opened)]

    async def parts(self, key: str, upload_id: str) -> list[Part]:
        """What has arrived, by number (at most 1,000). A part that was sent twice counts as it came last."""
        found = await self._call(
            self._s3.list_parts, Bucket=self.bucket, Key=only(key, "quarantine/"), UploadId=upload_id, MaxParts=1000
        )
        last = {p["PartNumber"]: p for p in sorted(found.get("Parts", []), key=lambda p: p["LastModified"])}
        return [Part(n, p["Size"], p["ETag"]) for n, p in sorted(last.items())]

    async def complete_multipart(self, key: str, upload_id: str, parts: Sequence[tuple[Part, bytes]]) -> None:
        """Join the parts, in order with their SHA-256, unless the key exists; `Refused(CHANGED)` where one differs."""
        joined = [
            {"PartNumber": part.number, "ETag": part.etag, "ChecksumSHA256": _checksum(sha256)}
            for part, sha256 in parts
        ]
        try:
            await self._call(
                self._s3.complete_multipart_upload,
                Bucket=self.bucket,
                Key=only(key, "quarantine/"),
                UploadId=upload_id,
                IfNoneMatch="*",
                MultipartUpload={"Parts": joined},
            )
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == HTTPStatus.BAD_REQUEST:
                raise Refused(CHANGED) from error
            raise

    async def abort_multipart(self, key: str, upload_id: str) -> None:
        """Forget an upload in parts and what it stored; an absent one is fine."""
        with contextlib.suppress(NotFound):
            await self._call(
                self._s3.abort_multipart_upload,
                Bucket=self.bucket,
                Key=only(key, "quarantine/"),
                UploadId=upload_id,
            )

    async def forget_quarantine(self, before: datetime) -> int:
        """Delete what came into quarantine before an instant and never left it, whole or in parts; how many.

        At most 1,000 of each kind at a time. A lifecycle rule of the bucket would do, but SeaweedFS keeps such a rule
        without following it.
        """
        uploads = await self._call(self._s3.list_multipart_uploads, Bucket=self.bucket, Prefix="quarantine/")
        objects = await self._call(self._s3.list_objects_v2, Bucket=self.bucket, Prefix="quarantine/")
        open_ = [(u["Key"], u["UploadId"]) for u in uploads.get("Uploads", []) if u["Initiated"] < before]
        left = [o["Key"] for o in objects.get("Contents", []) if o["LastModified"] < before]
        for key, upload_id in open_:
            await self.abort_multipart(key, upload_id)
        for key in left:
            await self.delete(key)
        return len(open_) + len(left)

    # --- what workers do -------------------------------------------------------------------------------------------

    async def head(self, key: str) -> StoredObject | None:
        """The object's facts, or None where there is none."""
        try:
            found = await self._call(self._s3.head_object, Bucket=self.bucket, Key=only(key))
        except NotFound:
            return None
        return StoredObject(found["ContentLength"], found["ContentType"], found["ETag"])

    async def get_to_file(self, key: str, path: Path, *, limit: int) -> Fetched:
        """Stream an object to `path`, hashing it; `Refused(TOO_LARGE)` once it passes `limit` bytes."""
        return await self._run(self._fetch, only(key), path, limit)

    async def put_file(self, key: str, path: Path, *, content_type: str = "application/pdf") -> bytes:
        """Store a file, verified by the store against the SHA-256 that is returned."""
        return await self._run(self._store, only(key), path, content_type)

    async def copy(self, source: str, target: str, *, etag: str | None = None) -> None:
        """Copy within the store (at most 5 GiB); with `etag`, only that very object: otherwise `Refused(CHANGED)`."""
        extra = {} if etag is None else {"CopySourceIfMatch": etag}
        await self._call(
            self._s3.copy_object,
            Bucket=self.bucket,
            Key=only(target),
            CopySource={"Bucket": self.bucket, "Key": only(source)},
            **extra,
        )

    async def release(self, source: str, target: str, *, etag: str) -> None:
        """Move a checked file out of quarantine. `etag` is that of the bytes that were checked.

        May be repeated with the same arguments after a crash: a move that was already done is left as it is.
        """
        only(source, "quarantine/")
        try:
            await self.copy(source, only(target, "material/"), etag=etag)
        except NotFound:
            if await self.head(target) is None:
                raise
        await self.delete(source)

    async def delete(self, key: str) -> None:
        """Delete an object; an absent one is fine."""
        await self._call(self._s3.delete_object, Bucket=self.bucket, Key=only(key))

    # --- the bucket ------------------------------------------------------------------------------------------------

    async def ensure_bucket(self, cors_origins: Sequence[str]) -> None:
        """Make the bucket where it is missing, and let browsers of these origins PUT and GET by signed links."""
        try:
            await self._call(self._s3.head_bucket, Bucket=self.bucket)
        except NotFound:
            place = {} if self._region == "us-east-1" else {"LocationConstraint": self._region}
            extra = {"CreateBucketConfiguration": place} if place else {}
            await self._call(self._s3.create_bucket, Bucket=self.bucket, **extra)
        rule = {
            "AllowedOrigins": list(cors_origins),
            "AllowedMethods": ["PUT", "GET"],
            "AllowedHeaders": ["content-type", "if-none-match", "range", "x-amz-checksum-sha256"],
            "ExposeHeaders": ["ETag", "Accept-Ranges", "Content-Range"],  # the last two for PDFs that are read in parts
            "MaxAgeSeconds": 600,
        }
        if cors_origins:
            await self._call(self._s3.put_bucket_cors, Bucket=self.bucket, CORSConfiguration={"CORSRules": [rule]})

    async def ping(self) -> bool:
        """Whether the bucket answers to our credentials."""
        try:
            await self._call(self._s3.head_bucket, Bucket=self.bucket)
        except (NotFound, ClientError, BotoCoreError):
            return False
        return True

    def close(self) -> None:
        """Close the connections that are kept for reuse."""
        self._s3.close()
        self._signer.close()

    # --- blocking halves -------------------------------------------------------------------------------------------

    def _fetch(self, key: str, path: Path, limit: int) -> Fetched:
        found = self._s3.get_object(Bucket=self.bucket, Key=key)
        digest, size = hashlib.sha256(), 0
        with contextlib.closing(found["Body"]) as body, path.open("wb") as out:
            for chunk in body.iter_chunks(CHUNK):
                size += len(chunk)
                if size > limit:
                    raise Refused(TOO_LARGE, limit=limit)
                digest.update(chunk)
                out.write(chunk)
        return Fetched(size, digest.digest(), found["ETag"])

    def _store(self, key: str, path: Path, content_type: str) -> bytes:
        with path.open("rb") as body:
            digest = hashlib.file_digest(body, "sha256").digest()
            size = body.tell()
            body.seek(0)
            self._s3.put_object(
                Bucket=self.bucket,
                Key=key,
                Body=body,
                ContentLength=size,
                ContentType=content_type,
                ChecksumSHA256=_checksum(digest),
            )
        return digest

    async def _call(self, operation: Callable[..., Any], **params: object) -> Any:
        return await self._run(partial(operation, **params))

    async def _run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run off the event loop, and translate the store's answers that callers act upon."""
        try:
            return await anyio.to_thread.run_sync(partial(function, *args, **kwargs), limiter=self._limiter)
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if status == HTTPStatus.NOT_FOUND:
                raise NotFound from error
            if status == HTTPStatus.PRECONDITION_FAILED:
                raise Refused(CHANGED) from error
            raise


def _checksum(sha256: bytes) -> str:
    if len(sha256) != hashlib.sha256().digest_size:
        raise ValueError(f"a SHA-256 has 32 bytes, not {len(sha256)}")
    return base64.b64encode(sha256).decode()


def _short(expires: int) -> int:
    if not 0 < expires <= LONGEST_LINK:
        raise ValueError(f"a link lives 1 to {LONGEST_LINK} s, not {expires}")
    return expires
