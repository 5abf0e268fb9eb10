"""Without a mouse: an expert signs in, reads, scores and submits a review; a lead signs in, checks and submits a bid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Locator, expect

from jiebang.demo.caller import PASSWORD
from support.browser import PHONE
from support.hands import Hands, hands

if TYPE_CHECKING:
    from support.tour import Toured

API = "/api/v1"
FAR = 150
"""Tabs after which somebody would give up."""
COMMENT = "技术路线完整，关键步骤有替代措施，前期数据充分，进度安排与经费概算相符，建议支持。"


class Keys:
    """A keyboard at a window, and nothing else."""

    def __init__(self, at: Hands) -> None:
        self.at = at
        self.board = at.page.keyboard

    async def to(self, wanted: Locator) -> None:
        """Tab until the focus is there, and shown."""
        await wanted.wait_for()
        for _ in range(FAR):
            if await wanted.evaluate("(e) => e === document.activeElement"):
                assert await wanted.evaluate("(e) => e.matches(':focus-visible')"), "the focus is not to be seen"
                return
            await self.board.press("Tab")
        raise AssertionError(f"{wanted} is not reached by {FAR} tabs")

    async def press(self, wanted: Locator, key: str = "Enter") -> None:
        """Go there and press a key."""
        await self.to(wanted)
        await self.board.press(key)

    async def type(self, wanted: Locator, text: str) -> None:
        """Go there and type; Chinese as an input method would give it."""
        await self.to(wanted)
        await self.board.insert_text(text)

    async def sign_in(self) -> None:
        """From the address to one's work."""
        main = self.at.main
        await self.at.go("/sign-in")
        await self.type(main.get_by_label("电子邮箱"), self.at.who.email)
        await self.type(main.get_by_label("密码"), PASSWORD)
        await self.board.press("Enter")
        await self.at.heading("我的待办")

    async def menu(self, name: str) -> None:
        """A page of the rail."""
        rail = self.at.page.get_by_role("navigation", name="工作页面", exact=True)
        await self.press(rail.get_by_role("link", name=name, exact=True))
        await self.at.heading(name)


@pytest.mark.long
async def test_a_review_is_written_and_submitted_by_keyboard_alone(toured: Toured) -> None:
    person, seat = await toured.at_work(1)
    caller = toured.on.online.callers[person]
    topic = await caller.get(f"{API}/topics/{toured.plays['review'].state['topics'][0]['id']}")
    criteria = [c["name"]["zh"] for c in topic["text"]["criteria"]]
    async with hands(toured.started, toured.on, person) as at:
        keys, page, main = Keys(at), at.page, at.main
        await keys.sign_in()
        await keys.menu("评审")
        await keys.press(main.get_by_role("link", name=f"进入评审 {topic['text']['title']['zh']}"))
        open_links = at.region("待评申请").get_by_role("link")
        alias = (await open_links.first.get_attribute("aria-label") or "").removeprefix("评审 ")
        await keys.press(open_links.first)
        await at.heading(alias)

        proposal = main.get_by_role("region", name="申请书页面")
        await expect(page.locator(".textLayer").first).not_to_be_empty()
        await keys.press(proposal, "End")
        await page.wait_for_function("() => document.querySelector('section.pdfv').scrollTop > 0")

        await page.keyboard.press("Control+Enter")
        summary = main.get_by_role("alert").filter(has_text="处需要改")
        await expect(summary).to_be_focused()
        await keys.press(summary.get_by_role("link", name=f"给“{criteria[0]}”打分"))
        first = main.get_by_label(f"分数（0–100） {criteria[0]}")
        await expect(first).to_be_focused()
        await keys.press(main.get_by_role("button", name=f"{criteria[0]}：20 分"), "4")
        await expect(first).to_have_value("80")
        for name in criteria[1:]:
            field = main.get_by_label(f"分数（0–100） {name}")
            await keys.type(field, "72")
            await page.keyboard.press("ArrowUp")
            await expect(field).to_have_value("73")
            await keys.type(main.get_by_label(f"评语：{name}"), COMMENT)
        await page.keyboard.press("Control+Enter")
        await expect(summary).to_be_focused()
        await keys.press(summary.get_by_role("link"))
        await expect(main.get_by_label(f"评语：{criteria[0]}")).to_be_focused()
        await page.keyboard.insert_text(COMMENT)
        await at.saved()
        await page.keyboard.press("Control+Enter")
        await keys.press(at.dialog.get_by_role("button", name="再看看"))
        await expect(at.dialog).to_be_hidden()
        await page.keyboard.press("Control+Enter")
        await keys.press(at.dialog.get_by_role("button", name="确认提交"))
        await at.seen("评审已提交，内容不能再改。")
        mine = await caller.get(f"{API}/review/applications?assignment={seat}")
        assert [p["review_status"] for p in mine if p["alias"] == alias] == ["submitted"]

        await page.set_viewport_size(PHONE)  # pyright: ignore[reportArgumentType]
        tabs = main.get_by_role("tablist", name="申请书与评分")
        await keys.press(tabs.get_by_role("tab", name="评分"), "ArrowLeft")
        await expect(tabs.get_by_role("tab", name="申请书")).to_be_focused()
        await expect(main.get_by_role("tabpanel", name="申请书")).to_be_visible()
        await expect(main.get_by_role("tabpanel", name="评分")).to_be_hidden()


@pytest.mark.long
async def test_a_bid_is_checked_and_submitted_by_keyboard_alone(toured: Toured) -> None:
    lead, team = toured.team(1)
    async with hands(toured.started, toured.on, lead) as at:
        keys, page, main = Keys(at), at.page, at.main
        await keys.sign_in()
        await keys.menu("我的揭榜")
        await keys.press(main.get_by_role("row").filter(has_text="草稿").get_by_role("link"))
        await page.wait_for_url(f"**/applications/{team}")
        await keys.press(main.get_by_role("link", name="检查并提交"))
        await at.seen("检查通过，可以提交。")
        await keys.press(main.get_by_role("button", name="提交申请"))
        summary = main.get_by_role("alert").filter(has_text="处需要改")
        await expect(summary).to_be_focused()
        await keys.press(summary.get_by_role("link"))
        declared = main.get_by_label("我们已核对全部内容")
        await expect(declared).to_be_focused()
        await page.keyboard.press("Space")
        await expect(declared).to_be_checked()
        await keys.press(main.get_by_role("button", name="提交申请"))
        await at.seen("已提交，回执")
        kept = await toured.on.online.callers[lead].get(f"{API}/teams/{team}")
        application = await toured.on.online.callers[lead].get(f"{API}/applications/{kept['application_id']}")
        await expect(
            at.region("提交回执").get_by_text(application["receipt"]["receipt_no"], exact=True)
        ).to_be_visible()
