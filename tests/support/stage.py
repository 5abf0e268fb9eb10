"""A season brought to one of its steps and left running: what browser tests and pictures begin with."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from jiebang.demo.acts.judging import join_pool
from jiebang.demo.mail import Mailbox
from jiebang.demo.people_online import Online, each
from jiebang.demo.play import Play
from jiebang.demo.run import Clock, Stopwatch
from jiebang.demo.season import instant, season
from jiebang.demo.seed import part
from jiebang.local import Installation
from jiebang.platform.db import Role

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from jiebang.demo.model import Season


@dataclass
class Stage:
    """A running installation: `base` for browsers, `play` and `clock` to go on with the season."""

    installation: Installation
    base: str
    play: Play
    clock: Clock

    @property
    def storage(self) -> str:
        """The origin that files come from."""
        return str(self.installation.settings.s3_public_endpoint or self.installation.settings.s3_endpoint)

    @property
    def online(self) -> Online:
        """The season's people."""
        return self.play.online


@asynccontextmanager
async def stage(
    data_dir: Path,
    *,
    until: str | None,
    slots: tuple[int, ...] = (0, 1, 2),
    port: int | None = None,
    offset: timedelta | None = None,
    content: Season | None = None,
) -> AsyncIterator[Stage]:
    """The season, or the topics of `slots`, or other `content`, played up to and with the step `until` (None: nothing yet).

    `offset` moves the whole calendar; a free `port` is taken where none is given.
    """
    installation = Installation(data_dir, durable=False)
    try:
        await installation.start()
        at = port or installation.engines.data.ports(["api"])["api"]
        base = f"http://127.0.0.1:{at}"
        installation.settings = installation.settings.model_copy(update={"base_url": base})
        await installation.open_storage()
        await installation.supervisor.start(installation.api(at), installation.worker())
        play = _play(installation, base, content or part(season(), slots))
        if offset is not None:
            play.online.offset = offset
        try:
            if until is not None:
                await play.until(until)
            yield Stage(installation, base, play, play.clock)
        finally:
            await play.online.close()
    finally:
        await installation.stop()


async def tour(on: Stage) -> dict[str, Play]:
    """Every state worth looking at, on a stage on which nothing was played: topics of the season, each its own way.

    `money`: awarded, its milestone's evidence handed in. `review`: two experts are at work, a third has
    yet to answer. `check`: opened, not yet checked. `open`: teams prepare their bids.
    """
    plays = {}
    whole = season()
    now = datetime.now(UTC)
    for name, slot, last, at in (
        ("money", 0, "milestone", now - timedelta(minutes=20) - instant("milestone")),
        ("review", 1, "draw", now - timedelta(minutes=10) - instant("declare")),
        ("check", 2, "opening", now - timedelta(minutes=5) - instant("opening")),
        ("open", 2, "apply", now + timedelta(days=35) - instant("close")),
    ):
        on.online.season = part(whole, (slot,)) if plays else whole
        on.online.offset = at
        play = Play(on.installation, on.online, on.clock, Stopwatch())
        if not plays:
            await play.until("start")
            await each(whole.experts, lambda expert: join_pool(on.online, on.online.duty("opener"), expert))
            on.online.season = part(whole, (slot,))
        if name == "open":
            await on.clock.real()
            await play.open_one()
        else:
            await play.until(last, first="draft")
        if name == "review":
            await play.invite(unanswered=1)
        plays[name] = play
    await on.clock.real()
    return plays


def _play(installation: Installation, base: str, content: Season) -> Play:
    online = Online([base], content, Mailbox(installation.mail_dir))
    return Play(installation, online, Clock(installation.settings.connect(Role.OWNER)), Stopwatch())
