"""A file of 300 MB in a real browser: paused, reloaded, a minute without a network, and whole at the end."""

from __future__ import annotations

import asyncio
import hashlib
import time
from typing import TYPE_CHECKING

import pytest

from jiebang.local import temporary_folder
from support.browser import visitor
from support.files import large_pdf
from support.tour import Toured, signed_in

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page

    from support.stage import Stage

SIZE = 300_000_000
AWAY = 60
LANES = 3
"""Parts on their way at once: what each pause, reload or lost network may cost."""


def made(folder: Path) -> tuple[Path, str]:
    """The file and its SHA-256."""
    body = large_pdf(SIZE)
    path = folder / "申报书全文.pdf"
    path.write_bytes(body)
    return path, hashlib.sha256(body).hexdigest()


async def percent(page: Page, at_least: int) -> None:
    """Wait until so much of the file has been sent."""
    await page.wait_for_function(
        """least => [...document.querySelectorAll('section.files [role=status]')]
            .some(e => Number(/(\\d+)%/.exec(e.textContent)?.[1] ?? -1) >= least)""",
        arg=at_least,
        timeout=120_000,
    )


async def choose(page: Page, path: Path) -> None:
    """Add the file to part B."""
    await page.get_by_label("：添加文件").first.set_input_files(path)


async def checked(on: Stage, person: str, team: str, digest: str) -> None:
    """Wait until the worker has accepted the very bytes."""
    deadline = time.monotonic() + 120
    while True:
        found = await on.online.callers[person].get(f"/api/v1/teams/{team}/materials")
        mine = [f for f in found if f["sha256"] == digest]
        if [f["status"] for f in mine] == ["checked"]:
            return
        assert time.monotonic() < deadline, mine
        await asyncio.sleep(0.5)


@pytest.mark.long
async def test_a_large_upload_survives_a_reload_and_a_minute_without_a_network(toured: Toured) -> None:
    on = toured.on
    lead, team = toured.team(3)
    with temporary_folder("jiebang-upload-") as folder:
        path, digest = made(folder)
        async with visitor(toured.started, on.base, on.storage) as at:
            page = at.page
            await signed_in(at, on, lead)
            await at.go(f"/applications/{team}")
            sent: list[str] = []
            page.on("request", lambda r: sent.append(r.url) if r.method == "PUT" and "partNumber" in r.url else None)

            await choose(page, path)
            await percent(page, 10)
            await page.get_by_role("button", name="暂停", exact=True).click()
            await page.get_by_role("button", name="继续", exact=True).wait_for()
            before = len(sent)
            await asyncio.sleep(1)
            assert len(sent) == before, "nothing is sent after a pause"
            await page.get_by_role("button", name="继续", exact=True).click()
            await percent(page, 25)
            page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
            await page.reload()
            await at.settled()

            await choose(page, path)
            await percent(page, 40)
            await at.context.set_offline(offline=True)
            await page.get_by_text("网络中断，恢复后自动续传").wait_for()
            await asyncio.sleep(AWAY)  # the minute itself is what is tried
            await at.context.set_offline(offline=False)
            await checked(on, lead, team, digest)
            parts = -(-SIZE // (8 << 20))
            assert len(sent) <= parts + 3 * LANES, "of what had arrived nothing was sent again"
