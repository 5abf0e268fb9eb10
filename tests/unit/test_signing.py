"""Our signature of a GET is botocore's, whatever the key, the file's name, the endpoint and the instant."""

from __future__ import annotations

from datetime import UTC, datetime
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

import boto3
import botocore.auth
from botocore.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st

from jiebang.platform.storage.keys import content_disposition
from jiebang.platform.storage.signing import GetSigner

ENDPOINTS = ["http://127.0.0.1:8333", "https://s3.example.org", "https://s3.example.org:443", "http://s3.example:9000"]
ACCESS, SECRET, BUCKET, REGION = "AKIDEXAMPLE", "a/secret+key", "jiebang", "cn-north-1"
CLIENTS = {
    endpoint: boto3.client(
        "s3", endpoint_url=endpoint, region_name=REGION, aws_access_key_id=ACCESS, aws_secret_access_key=SECRET,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    for endpoint in ENDPOINTS
}  # fmt: skip
keys = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(ENDPOINTS), keys, keys, st.integers(1, 300),
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001 - made aware below
)  # fmt: skip
def test_it_is_botocores(endpoint: str, key: str, filename: str, expires: int, at: datetime) -> None:
    disposition = content_disposition(filename, inline=False)
    ours = GetSigner(endpoint, ACCESS, SECRET, BUCKET, REGION).presign(
        f"blind/{key}", expires,
        {"response-content-disposition": disposition, "response-content-type": "application/pdf"},
        at.replace(tzinfo=UTC),
    )  # fmt: skip
    with mock.patch.object(botocore.auth, "get_current_datetime", return_value=at):
        theirs = CLIENTS[endpoint].generate_presigned_url(
            "get_object",
            Params={"Bucket": BUCKET, "Key": f"blind/{key}", "ResponseContentDisposition": disposition,
                    "ResponseContentType": "application/pdf"},
            ExpiresIn=expires,
        )  # fmt: skip
    assert urlsplit(ours).path == urlsplit(theirs).path
    assert dict(parse_qsl(urlsplit(ours).query)) == dict(parse_qsl(urlsplit(theirs).query))
