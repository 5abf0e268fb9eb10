"""The whole competition in a browser: every deed through the pages, by clicking and typing, in Chinese; then a shorter way in English."""

from __future__ import annotations

from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from jiebang.demo.acts import bids
from jiebang.demo.people_online import each
from jiebang.demo.run import Stopwatch
from jiebang.demo.season import instant
from jiebang.local import found_agency, temporary_folder
from support import deeds
from support.browser import browser, chromium
from support.hands import Hands, hands
from support.small import RIVALS, WINNER, small_season
from support.stage import stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.async_api import Browser

    from jiebang.demo.model import Person
    from jiebang.demo.people_online import Online
    from support.stage import Stage

API = "/api/v1"
ROLES = {
    "drafter": ("主管部门经办人",),
    "legal_budget_reviewer": ("法制与财政审核",),
    "approver": ("主管部门经办人",),
    "screener": ("形式审查", "主管部门经办人"),
    "opener": ("主管部门经办人",),
    "opening_witness": ("主管部门经办人",),
    "supervisor": ("监督",),
    "funding_requester": ("财务",),
    "funding_approver": ("财务",),
    "end_user": ("最终用户",),
}
DUTIES = (
    ("screener", "形式审查"), ("screener", "专家抽取"), ("opener", "开启申请书"), ("opening_witness", "开启申请书"),
)  # fmt: skip


@dataclass
class Story:
    """The competition as its people live it. `at` are their windows, by duty in the season."""

    on: Stage
    started: Browser
    folder: Path
    windows: AsyncExitStack
    at: dict[str, Hands] = field(default_factory=dict)
    topic_id: str = ""

    def __post_init__(self) -> None:
        self.season = self.on.online.season
        self.topic = self.season.topics[0]
        self.team = next(t for t in self.season.teams if t.key == WINNER)
        self.state: dict[str, Any] = {"topics": [], "teams": []}

    async def to(self, step: str, later: timedelta = timedelta(0)) -> None:
        """Let the database's clock say that a step of the calendar has come."""
        await self.on.clock.to(self.on.online.at(step) + later)

    async def sits_down(self, name: str, person: str) -> Hands:
        self.at[name] = await self.windows.enter_async_context(hands(self.started, self.on, person))
        return self.at[name]

    @contextmanager
    def others(self, *keys: str) -> Iterator[Online]:
        """The season without these people: those who are mere numbers do their part over HTTP."""
        online = self.on.online
        online.season = replace(
            self.season,
            people=tuple(p for p in self.season.people if p.key not in keys),
            bids=tuple(b for b in self.season.bids if b.team in RIVALS),
        )
        try:
            yield online
        finally:
            online.season = self.season

    async def enter(self) -> None:
        """The operator founds agency and funder; everybody who acts signs up, verifies, signs in and joins."""
        await self.to("start")
        names = {self.team.lead: "lead", self.team.member: "member"}
        actors = [p for p in self.season.people if p.duty in ROLES or p.key in names]
        for org in (o for o in self.season.organisations if o.kind in ("agency", "funder")):
            first = next(p for p in self.season.people if p.org == org.key)
            await found_agency(
                self.on.installation.settings, org.kind, org.uscc or "", org.name.zh, org.name.en, first.email
            )

        async def one(person: Person) -> None:
            await deeds.sign_up(await self.sits_down(names.get(person.key, person.duty), person.key))

        await each(actors, one)
        await each(list(dict.fromkeys(p.org for p in actors)), self._organise)
        with self.others(*(p.key for p in actors)) as online:
            await online.everybody_signs_up()
            await online.organisations_register()
        for person in actors:
            caller = self.on.online.callers[person.key]
            await caller.sign_in()
            (mine,) = await caller.get(f"{API}/organisations/mine")
            self.on.online.org_ids[person.org] = mine["id"]
            await caller.act_for(mine["id"])

    async def _organise(self, org: str) -> None:
        # By duty, as the season lists them: the first is whom the operator invited.
        mine = sorted((h for h in self.at.values() if h.who.org == org), key=lambda h: self.season.people.index(h.who))
        first = mine[0]
        if self.on.online.organisations[org].kind in ("agency", "funder"):
            await deeds.join(first)
        else:
            await deeds.register(first, self.on.online.organisations[org])
        for one in mine:
            for role in ROLES.get(one.who.duty, ()):
                await deeds.invite(first, one.who, role)
                await deeds.join(one)

    async def publish(self) -> None:
        """One drafts, one checks, one approves, appoints and publishes."""
        await self.to("draft")
        orgs = self.on.online.organisations
        self.topic_id = await deeds.draft(
            self.at["drafter"], self.topic, instant("close"), orgs["donghaifund"], orgs[self.topic.end_user]
        )
        title = self.topic.title.zh
        await self.to("topic_review")
        legal = self.at["legal_budget_reviewer"]
        await deeds.due(legal, f"法制与财政审核：{title}")
        await deeds.step(legal, "审核通过")
        await self.to("approve")
        approver = self.at["approver"]
        await deeds.due(approver, f"批准榜题：{title}")
        await deeds.step(approver, "批准")
        await self.to("publish")
        for duty, role in DUTIES:
            await deeds.appoint(approver, self.at[duty].who, role)
        await deeds.step(approver, "发榜", "确认发榜")
        await approver.follow("查看公开页面")
        await approver.heading(title)
        public = await self.on.online.callers[self.team.lead].get(f"{API}/topics/{self.topic_id}")
        assert public["state"] == "open"
        assert [i["threshold"] for i in public["text"]["indicators"]] == [i.threshold for i in self.topic.indicators]
        self.state["topics"] = [{"key": self.topic.key, "id": self.topic_id, "code": public["code"]}]

    async def apply(self) -> None:
        """A team is founded, a partner joins, the form is filled, files go up, the bid is submitted; two more by others."""
        await self.to("apply")
        lead, member = self.at["lead"], self.at["member"]
        orgs = self.on.online.organisations
        bid = next(b for b in self.season.bids if b.team == WINNER)
        team = await deeds.take_up(lead, self.topic.title, self.team.name.zh)
        await deeds.invite_partner(lead, member.who, orgs[self.team.partner_org])
        await deeds.join_team(member)
        await lead.page.reload()
        shares = zip(self.team.work_bp, self.team.money_bp, strict=True)
        units = (orgs[self.team.lead_org].name.zh, orgs[self.team.partner_org].name.zh)
        await deeds.share(lead, dict(zip(units, shares, strict=True)))
        await deeds.write(lead, bid, self.topic)
        await deeds.attach_both(lead, self.team, bid, self.folder)
        with self.others() as online:
            await bids.apply(online, self.state)
            await self.to("submit")
            for rival in self.state["teams"]:
                await bids.submit_one(online, rival)
        receipt = await deeds.submit(lead)
        mine = await self.on.online.callers[self.team.lead].get(f"{API}/teams/{team}")
        application = await self.on.online.callers[self.team.lead].get(f"{API}/applications/{mine['application_id']}")
        assert application["receipt"]["receipt_no"] == receipt
        self.state["teams"].append(
            {"key": WINNER, "topic": self.topic_id, "team": team, "application": mine["application_id"]}
        )
        assert await bids.rival_count(self.on.online, self.topic_id) == len(self.season.bids)


async def play(folder: Path) -> None:
    watch = Stopwatch()
    async with (
        stage(folder / "data", until=None, content=small_season()) as on,
        browser() as started,
        AsyncExitStack() as windows,
    ):
        story = Story(on, started, folder, windows)
        for act in (story.enter, story.publish, story.apply):
            with watch.step(act.__name__):
                await act()
        print(watch.seconds)


async def test_nine_people_play_the_whole_competition_through_the_pages() -> None:
    chromium()
    with temporary_folder("jiebang-competition-") as folder:
        await play(folder)
