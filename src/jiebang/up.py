"""`jiebang up`: everything on one machine, until Ctrl-C. What it keeps is there the next time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from jiebang.local import Installation
from jiebang.web.build import Builds

if TYPE_CHECKING:
    from jiebang.settings import Settings


async def up(settings: Settings, *, port: int, seed: bool) -> None:
    """Start engines, API and worker; print where to go; run until SIGINT or SIGTERM.

    Raises:
        EngineError, SettingsError: one sentence for the person at the terminal.
    """
    installation = Installation(settings.data_dir, settings=settings)

    async def live() -> None:
        await installation.start(wait_for_s3=False)
        supervisor = installation.supervisor
        supervisor.spawn(installation.worker())
        await supervisor.start(installation.api(port))
        _say(f"Jiebang 揭榜 answers on {settings.base_url} (data in {installation.root}; Ctrl-C stops it).")
        if Builds().now() is None:
            _say("The pages are not built yet: run `make pages` in the source folder, then reload.")
        await installation.open_storage()
        _say("File storage is ready.")
        if seed:
            from jiebang.demo.seed import seed_if_empty  # noqa: PLC0415 - only a seeded start needs the season

            for line in await seed_if_empty(installation, settings.base_url):
                _say(line)
        await asyncio.Event().wait()

    await installation.run(live())


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - this is what the person at the terminal came for
