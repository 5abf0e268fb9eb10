"""Two worlds that differ in who the teams are: whoever reviews cannot tell which of them he is in, and so on."""

from __future__ import annotations

import io
import logging
import mailbox
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import structlog

from jiebang.platform.db import ENGINE, Role
from jiebang.platform.telemetry import configure_logging
from jiebang.settings import Settings
from jiebang.workers.worker import start_mailer
from support import api, desks, files, worlds
from support.crawl import OUTSIDE, Crawl, browser, differences, occurring

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from jiebang.engines.local import Endpoints
    from jiebang.platform.storage import Storage
    from jiebang.web.assembly import Application
    from support.worlds import Ground, World


@dataclass(slots=True)
class Played:
    """A world with what came of it."""

    world: World
    app: Application
    crawls: list[Crawl]
    mail: mailbox.Maildir


@pytest.fixture(scope="module")
def logged() -> Iterator[io.StringIO]:
    """Every log line, as a process writes it."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level
    configure_logging("DEBUG", stream)
    yield stream
    root.handlers[:], level = before
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(scope="module")
async def store(endpoints: Endpoints) -> AsyncIterator[Storage]:
    async with files.open_store(endpoints) as storage:
        yield storage


@pytest.fixture(scope="module")
async def base(database: Any, store: Storage) -> Ground:  # noqa: ARG001 - made on them
    return await worlds.ground()


@pytest.fixture(scope="module")
async def both(
    base: Ground, endpoints: Endpoints, database: Any, tmp_path_factory: pytest.TempPathFactory, logged: io.StringIO
) -> AsyncIterator[list[Played]]:
    played: list[Played] = []
    async with worlds.copies(endpoints, database, "A", "B") as two:
        for world in two:
            worlds.enter(world)
            folder = tmp_path_factory.mktemp(world.name) / "mail"
            start_mailer(Settings(mail_dir=folder))  # pyright: ignore[reportCallIssue] - from the environment
            app = api.composed(endpoints)
            await worlds.play(app, world, base)
            crawls = await desks.review(app, world, base)
            played.append(Played(world, app, crawls, mailbox.Maildir(folder, factory=None)))
        yield played


def test_reviewers_cannot_tell_the_worlds_apart(both: list[Played]) -> None:
    one, other = both
    assert [e.id for e in one.world.panel] == [e.id for e in other.world.panel]
    assert all(len(crawl.seen) > 200 for crawl in one.crawls), "they have looked about"
    for a, b in zip(one.crawls, other.crawls, strict=True):
        assert not (found := differences(a, b)), "\n".join(found)
