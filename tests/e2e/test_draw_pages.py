"""A draw through its pages: announced, committed to, frozen, revealed (one party from its slip), drawn, and checked.

`PICTURES=folder` keeps a picture of each step.
"""

from __future__ import annotations

import os
import re
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jiebang.demo.acts.judging import join_pool
from jiebang.demo.people_online import each
from jiebang.demo.season import instant
from jiebang.local import temporary_folder
from jiebang.matching.verification import check
from support.browser import Visitor, browser, chromium, visitor
from support.stage import stage
from support.tour import signed_in

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator, Page

    from support.stage import Stage

LAST = "formal_check"
WORKER = 60_000


class Watch:
    """Looks at each step with axe, and takes its picture if asked."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._folder = os.environ.get("PICTURES")

    async def look(self, window: Visitor, name: str) -> None:
        """The page as it is now."""
        self.found += await window.violations(name)
        wide = await window.page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")
        self.found += [f"{name}: scrolls sideways"] if wide else []
        if self._folder:
            Path(self._folder).mkdir(parents=True, exist_ok=True)
            dialog = await window.page.locator("dialog[open]").count()
            await window.page.screenshot(path=f"{self._folder}/{name}.png", full_page=not dialog)


def button(page: Page, zh: str, en: str) -> Locator:
    """A button by its name in the page's language."""
    return page.get_by_role("button", name=re.compile(f"^({zh}|{en})$"))


async def commit(window: Visitor, watch: Watch, name: str) -> str:
    """Make a share, take the slip away, commit; the slip's text."""
    page = window.page
    await button(page, "生成随机数并承诺", "Make random bytes and commit").click()
    await watch.look(window, f"{name}-commit")
    async with page.expect_download() as begun:
        await button(page, "下载凭条", "Download the slip").click()
    slip = Path(await (await begun.value).path()).read_text(encoding="utf-8")
    await button(page, "提交承诺", "Commit").click()
    await page.locator("dialog[open]").wait_for(state="hidden")
    return slip


async def entered(windows: AsyncExitStack, started: Browser, on: Stage, person: str, **look: bool) -> Visitor:
    """A person's window, signed in."""
    window = await windows.enter_async_context(visitor(started, on.base, on.storage, **look))
    await signed_in(window, on, person)
    return window


@pytest.mark.long
async def test_a_draw_goes_through_its_pages_and_anyone_can_check_it(tmp_path: Path) -> None:
    chromium()
    watch = Watch()
    offset = datetime.now(UTC) - timedelta(minutes=5) - instant(LAST)
    with temporary_folder("jiebang-draw-") as folder:
        async with (
            stage(folder / "data", until=LAST, slots=(0,), offset=offset) as on,
            browser() as started,
            AsyncExitStack() as windows,
        ):
            await on.clock.real()
            online, topic = on.online, on.play.state["topics"][0]
            await each(online.season.experts, lambda expert: join_pool(online, online.duty("opener"), expert))
            duty = {p.duty: p.key for p in reversed(online.season.people)}
            team = on.play.state["teams"][0]
            lead = next(t.lead for t in online.season.teams if t.key == team["key"])
            officer = await entered(windows, started, on, duty["screener"])
            supervisor = await entered(windows, started, on, duty["supervisor"], english=True, dark=True)
            applicant = await entered(windows, started, on, lead, phone=True)
            desk, public = f"/desk/topics/{topic['id']}/draws", f"/topics/{topic['id']}/draws/1"

            await officer.go(desk)
            await watch.look(officer, "01-before")
            await button(officer.page, "宣布抽取", "Announce a draw").click()
            await watch.look(officer, "02-announce")
            await button(officer.page, "宣布", "Announce").click()
            await commit(officer, watch, "03-agency")
            await officer.page.get_by_text("请回到这一页公开随机数").wait_for()
            await watch.look(officer, "04-agency-committed")

            await supervisor.go(desk)
            assert await button(supervisor.page, "冻结名单", "Freeze the roster").count() == 0
            await commit(supervisor, watch, "05-supervisor")
            await watch.look(supervisor, "06-supervisor-committed")

            await applicant.go(f"/applications/{team['team']}/draw")
            slip = await commit(applicant, watch, "07-applicants")
            await watch.look(applicant, "08-applicants-committed")
            published = await applicant.page.request.get(f"{on.base}/api/v1/topics/{topic['id']}/draw-commitments")
            before = await published.body()

            # The bytes are on the slip and nowhere else: another device, or a cleared browser.
            await applicant.page.evaluate("localStorage.clear()")

            await button(officer.page, "冻结名单", "Freeze the roster").click()
            await button(officer.page, "公开随机数", "Reveal the share").wait_for(timeout=WORKER)
            await officer.settled()
            await watch.look(officer, "09-frozen")
            await button(officer.page, "公开随机数", "Reveal the share").click()
            await officer.page.get_by_text(re.compile("已于.*公开。")).wait_for()
            await supervisor.go(desk)
            await watch.look(supervisor, "10-supervisor-reveals")
            await button(supervisor.page, "公开随机数", "Reveal the share").click()
            await supervisor.page.get_by_text(re.compile(r"Revealed .*\.$")).wait_for()

            await applicant.go(f"/applications/{team['team']}/draw")
            wrong = tmp_path / "wrong.txt"
            wrong.write_text("0" * 64, encoding="utf-8")
            await applicant.page.locator("input[type=file]").set_input_files(wrong)
            await applicant.page.get_by_text("其中没有与承诺相符的随机数").wait_for()
            await watch.look(applicant, "11-applicants-wrong-slip")
            right = tmp_path / "slip.txt"
            right.write_text(slip, encoding="utf-8")
            await applicant.page.locator("input[type=file]").set_input_files(right)
            await button(applicant.page, "公开随机数", "Reveal the share").click()
            await applicant.page.get_by_text(re.compile("已于.*公开。")).wait_for()
            assert await applicant.page.evaluate("localStorage.length") == 0

            await officer.page.get_by_role("heading", name="抽中的专家").wait_for(timeout=WORKER)
            await watch.look(officer, "12-drawn")
            seats = officer.page.get_by_role("region", name="抽中的专家").locator("tbody tr")
            assert await seats.count() == 3
            hidden = await seats.locator("th").all_inner_texts()
            assert all(re.fullmatch(r"E\d+", name) for name in hidden)
            await button(officer.page, "显示姓名", "Show names").click()
            panel = await online.duty("screener").get(f"/api/v1/officer/topics/{topic['id']}/panel")
            assert sorted(await seats.locator("th").all_inner_texts()) == sorted(s["person_name"] for s in panel)
            await watch.look(officer, "13-names")
            async with officer.page.expect_download() as begun:
                await officer.page.get_by_role("link", name="导出全部证据").click()
            export = Path(await (await begun.value).path()).read_bytes()
            assert check(export, before) == []
            await watch.look(supervisor, "14-supervisor-drawn")

            for name, look in (("15-public-desk", {}), ("16-public-phone", {"phone": True})):
                anybody = await windows.enter_async_context(visitor(started, on.base, on.storage, **look))
                await anybody.go(public)
                await anybody.page.get_by_text("均与各自事先的承诺相符").wait_for()
                await watch.look(anybody, name)
            async with anybody.page.expect_download() as begun:
                await anybody.page.get_by_role("link", name="下载公开记录").click()
            record = Path(await (await begun.value).path()).read_bytes()
            assert check(record, before) == []
            assert not any(s["person_name"] in record.decode() for s in panel)
    assert watch.found == []
