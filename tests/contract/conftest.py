"""Fixtures of the contract tests that play on the whole composed API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support import api, files

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from jiebang.engines.local import Endpoints
    from jiebang.platform.storage import Storage
    from jiebang.web.assembly import Application


@pytest.fixture(scope="module")
async def store(endpoints: Endpoints) -> AsyncIterator[Storage]:
    """The bucket, open for this process."""
    async with files.open_store(endpoints) as storage:
        yield storage


@pytest.fixture(scope="module")
def whole(endpoints: Endpoints, database: Any, store: Storage) -> Application:  # noqa: ARG001 - it plays on them
    """The application as a process composes it."""
    return api.composed(endpoints)
