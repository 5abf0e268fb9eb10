"""Signature Version 4 of a GET: what botocore takes half a millisecond for, and every opened file needs.

Source: AWS, "Authenticating requests: using query parameters (AWS Signature Version 4)".
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote, urlsplit


class GetSigner:
    """Signs GETs of one bucket at one endpoint, path-style, for its access key."""

    def __init__(self, endpoint: str, access_key: str, secret_key: str, bucket: str, region: str) -> None:
        self._endpoint = endpoint.rstrip("/")
        url = urlsplit(self._endpoint)
        # A default port is no part of the Host header.
        default = {"http": 80, "https": 443}.get(url.scheme)
        self._host = url.hostname or "" if url.port in {None, default} else f"{url.hostname}:{url.port}"
        self._path = f"{url.path}/{quote(bucket, safe='')}"
        self._access_key = access_key
        self._secret = f"AWS4{secret_key}".encode()
        self._region = region
        self._key: tuple[str, bytes] = ("", b"")

    def presign(self, key: str, expires: int, response: dict[str, str], now: datetime | None = None) -> str:
        """The URL of a GET for `expires` seconds from `now`; `response` are its `response-*` parameters."""
        stamp = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{stamp[:8]}/{self._region}/s3/aws4_request"
        path = f"{self._path}/{quote(key, safe='/~')}"
        query = "&".join(
            f"{name}={quote(value, safe='~')}"
            for name, value in sorted(
                {
                    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
                    "X-Amz-Credential": f"{self._access_key}/{scope}",
                    "X-Amz-Date": stamp,
                    "X-Amz-Expires": str(expires),
                    "X-Amz-SignedHeaders": "host",
                    **response,
                }.items()
            )
        )
        request = f"GET\n{path}\n{query}\nhost:{self._host}\n\nhost\nUNSIGNED-PAYLOAD"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{sha256(request.encode()).hexdigest()}"
        signature = hmac.digest(self._signing_key(stamp[:8]), text.encode(), "sha256").hex()
        origin = self._endpoint.removesuffix(urlsplit(self._endpoint).path)
        return f"{origin}{path}?{query}&X-Amz-Signature={signature}"

    def _signing_key(self, day: str) -> bytes:
        if self._key[0] != day:
            key = self._secret
            for part in (day, self._region, "s3", "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._key = day, key
        return self._key[1]
