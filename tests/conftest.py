"""Fixtures of every kind of test. Engines are real, one set per test process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from jiebang.engines.local import Endpoints, LocalEngines
from jiebang.platform.crypto import SIGNER
from support import files
from support.engines import migrated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from jiebang.platform.db import Role
    from jiebang.platform.storage import Storage

SIGNER.start(b"a secret of the tests, 32 bytes.")


@pytest.fixture(scope="session")
async def engines(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalEngines]:
    """PostgreSQL, Valkey and S3, without fsync."""
    root: Path = tmp_path_factory.mktemp("engines")
    for parent in (
        root,
        *root.parents,
    ):  # pytest's folders are private; the engines' account must pass through
        if parent.stat().st_uid == os.getuid() and parent.name.startswith(("engines", "pytest-", "popen-")):
            parent.chmod(0o755)
    async with LocalEngines(root / "data", durable=False) as local:
        yield local


@pytest.fixture(scope="session")
def endpoints(engines: LocalEngines) -> Endpoints:
    """Where the engines answer."""
    return engines.endpoints


@pytest.fixture(scope="session")
async def database(endpoints: Endpoints) -> AsyncIterator[dict[Role, dict[str, Any]]]:
    """A migrated database with every pool open; each role's connect arguments."""
    async with migrated(endpoints) as connect:
        yield connect


@pytest.fixture(scope="module")
async def store(endpoints: Endpoints) -> AsyncIterator[Storage]:
    """The bucket, open for this process."""
    async with files.open_store(endpoints) as storage:
        yield storage
