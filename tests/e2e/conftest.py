"""What the long browser tests share: one stage with the tour of three topics, one browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jiebang.local import temporary_folder
from support.browser import browser, chromium
from support.stage import stage, tour
from support.tour import Toured

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture(scope="session")
async def toured() -> AsyncIterator[Toured]:
    chromium()
    with temporary_folder("jiebang-toured-") as folder:
        async with stage(folder / "data", until=None) as on, browser() as started:
            yield Toured(on, await tour(on), started)
