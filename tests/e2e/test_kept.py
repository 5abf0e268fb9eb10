"""Nothing typed is lost: by a reload, a lost network, a second window; in a bid's form, a topic's draft, a review."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from support.hands import Hands, hands
from support.tour import begun_draft, signed_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from support.tour import Toured

API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Form:
    """A page that saves itself: who writes there, in which field, and what of it the server holds."""

    person: str
    path: str
    label: str
    held: Callable[[], Awaitable[str]]


async def _bid(toured: Toured) -> Form:
    lead, team = toured.team(2)
    caller = toured.on.online.callers[lead]
    application = (await caller.get(f"{API}/teams/{team}"))["application_id"]

    async def held() -> str:
        return (await caller.get(f"{API}/applications/{application}"))["answers"]["part_b"].get("risk") or ""

    return Form(lead, f"/applications/{team}", "风险与对策", held)


async def _draft(toured: Toured) -> Form:
    topic = await begun_draft(toured.on)
    drafter = next(p.key for p in toured.on.online.season.people if p.duty == "drafter")

    async def held() -> str:
        found = await toured.on.online.callers[drafter].get(f"{API}/officer/topics/{topic}")
        return (found["text"]["problem"] or {}).get("zh") or ""

    return Form(drafter, f"/desk/topics/{topic}", "需求与问题（中文）", held)


async def _review(toured: Toured) -> Form:
    person, seat = await toured.at_work(0)
    caller = toured.on.online.callers[person]
    (one, *_) = await caller.get(f"{API}/review/applications?assignment={seat}")
    (criterion, *_) = (await caller.get(f"{API}/review/applications/{one['id']}"))["criteria"]

    async def held() -> str:
        found = await caller.get(f"{API}/review/applications/{one['id']}")
        return found["comments"].get(criterion["code"], "")

    return Form(person, f"/review/proposals/{one['id']}", f"评语：{criterion['name']['zh']}", held)


FORMS = {"bid": _bid, "topic": _draft, "review": _review}


@pytest.fixture(params=FORMS)
async def form(request: pytest.FixtureRequest, toured: Toured) -> Form:
    return await FORMS[request.param](toured)


class Window:
    """The form in one tab of its writer's browser."""

    def __init__(self, at: Hands, form: Form, page: Page) -> None:
        self.at, self.form, self.page = at, form, page
        # Whoever leaves with something unsaved is asked, and leaves.
        page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))

    async def open(self) -> Window:
        await self.page.goto(self.at.window.base + self.form.path)
        await self.field.wait_for()
        return self

    @property
    def field(self):
        return self.page.get_by_role("main").get_by_label(self.form.label, exact=True)

    async def saved(self) -> None:
        await expect(self.page.locator("[data-draft=clean]")).to_contain_text("已保存")

    async def saves(self, text: str) -> None:
        await self.field.fill(text)
        await self.saved()
        assert await self.form.held() == text

    async def stands_against(self, mine: str, theirs: str) -> None:
        conflict = self.page.get_by_role("alert").filter(has_text="先看差异，再决定用哪一份。")
        row = conflict.get_by_role("row").filter(has_text=self.form.label)
        await expect(row.get_by_role("cell")).to_have_text([mine, theirs])
        await expect(self.field).to_have_value(mine)

    async def decides(self, word: str) -> None:
        await self.page.get_by_role("alert").get_by_role("button", name=word).click()
        await expect(self.page.get_by_role("alert")).to_have_count(0)


@pytest.mark.long
async def test_what_is_typed_survives_a_reload_and_a_lost_network(toured: Toured, form: Form) -> None:
    async with hands(toured.started, toured.on, form.person) as at:
        await signed_in(at.window, toured.on, form.person)
        window = await Window(at, form, at.page).open()
        text = "刚敲下的字，还没来得及保存就刷新了页面。"
        await window.field.fill(text)
        await window.page.reload()
        await expect(window.field).to_have_value(text)
        await window.saved()
        assert await form.held() == text

        await at.window.context.set_offline(offline=True)
        await expect(window.page.get_by_text("网络已断开。可以继续写，恢复后自动保存。")).to_be_visible()
        await window.field.fill(text + "断网时接着写。")
        await expect(window.page.locator("[data-draft=failed]")).to_contain_text("内容已暂存在本机")
        assert await form.held() == text
        await at.window.context.set_offline(offline=False)
        await window.saved()
        assert await form.held() == text + "断网时接着写。"

        await at.window.context.set_offline(offline=True)
        await window.field.fill("断网时写完，窗口就关了。")
        await expect(window.page.locator("[data-draft=failed]")).to_be_visible()
        await window.page.close()
        await at.window.context.set_offline(offline=False)
        later = await Window(at, form, await at.window.context.new_page()).open()
        await expect(later.field).to_have_value("断网时写完，窗口就关了。")
        await later.saved()
        assert await form.held() == "断网时写完，窗口就关了。"


@pytest.mark.long
async def test_two_windows_never_write_over_each_other(toured: Toured, form: Form) -> None:
    async with hands(toured.started, toured.on, form.person) as at:
        await signed_in(at.window, toured.on, form.person)
        one = await Window(at, form, at.page).open()
        other = await Window(at, form, await at.window.context.new_page()).open()
        await one.saves("第一个窗口写的。")
        await other.field.fill("第二个窗口写的。")
        await other.stands_against("第二个窗口写的。", "第一个窗口写的。")
        await one.saves("第一个窗口又写的。")
        await other.page.reload()
        await other.stands_against("第二个窗口写的。", "第一个窗口又写的。")
        assert await form.held() == "第一个窗口又写的。"
        await other.decides("保留我的")
        await other.saved()
        assert await form.held() == "第二个窗口写的。"
        await one.field.fill("第一个窗口最后写的。")
        await one.stands_against("第一个窗口最后写的。", "第二个窗口写的。")
        await one.decides("用对方的")
        await expect(one.field).to_have_value("第二个窗口写的。")
        await one.saves("两个窗口说好了的。")
