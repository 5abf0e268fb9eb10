"""A database or a store that goes away in the middle of a request is 503, to be asked again; a fault of ours is 500."""

from __future__ import annotations

import asyncpg
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from jiebang.web.problem import _classify


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(111, "refused"),
        OSError("Multiple exceptions: [Errno 111] …, [Errno 111] …"),
        TimeoutError(),
        asyncpg.ConnectionDoesNotExistError("closed in the middle of operation"),
        asyncpg.CannotConnectNowError("the database system is in recovery mode"),
        asyncpg.CrashShutdownError("terminating connection because of crash of another server process"),
        asyncpg.InternalClientError("got result for unknown protocol state 3"),
        asyncpg.InterfaceError("connection is closed"),
        EndpointConnectionError(endpoint_url="http://store.example"),
        ReadTimeoutError(endpoint_url="http://store.example"),
        ClientError({"Error": {}, "ResponseMetadata": {"HTTPStatusCode": 503}}, "HeadObject"),
    ],
)
def test_away(error: Exception) -> None:
    refusal, _ = _classify(error, "en")
    assert refusal.status == 503
    assert refusal.headers["retry-after"] == "2"


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(2, "no such file", "template.txt"),
        asyncpg.UndefinedTableError("x"),
        KeyError("x"),
        ClientError({"Error": {}, "ResponseMetadata": {"HTTPStatusCode": 403}}, "HeadObject"),
    ],
)
def test_ours(error: Exception) -> None:
    assert _classify(error, "en")[0].status == 500
