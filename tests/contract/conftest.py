"""Fixtures of the contract tests that play on the whole composed API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support import api

if TYPE_CHECKING:
    from jiebang.engines.local import Endpoints
    from jiebang.platform.storage import Storage
    from jiebang.web.assembly import Application


@pytest.fixture(scope="module")
def whole(endpoints: Endpoints, database: Any, store: Storage) -> Application:
    """The application as a process composes it."""
    return api.composed(endpoints)
