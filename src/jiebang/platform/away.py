"""Whether an error says that an engine is away: true of every job and request alike, and of none in particular."""

from __future__ import annotations

import smtplib
from http import HTTPStatus
from typing import TYPE_CHECKING

import asyncpg
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as Unreachable

from jiebang.platform.db.engine import AWAY

if TYPE_CHECKING:
    from typing import Any


_NOT_NOW = (*AWAY, asyncpg.InsufficientResourcesError, Unreachable, HTTPClientError)
"""Insufficient resources: no room on the database's disk, no place for a connection."""
_ANSWERED = (asyncpg.QueryCanceledError, asyncpg.DataError)


def is_away(error: BaseException) -> bool:
    """PostgreSQL, the store or the mail server does not answer, or says that it cannot for now.

    Not: a statement that took too long, a request that the other side understood and refused, a file of our own.
    """
    match error:
        case ClientError():
            return _status(error) >= HTTPStatus.INTERNAL_SERVER_ERROR
        case smtplib.SMTPException():
            return isinstance(error, (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError))
        case OSError():
            return error.filename is None
        case _:
            return isinstance(error, _NOT_NOW) and not isinstance(error, _ANSWERED)


def _status(error: ClientError) -> int:
    facts: Any = error.response.get("ResponseMetadata", {})
    return facts.get("HTTPStatusCode", 0)
