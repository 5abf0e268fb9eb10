"""The competition in a browser, every deed by clicking and typing: the whole in Chinese, a shorter way in English.

Whoever is a mere number (other bids, the rest of the pool and of the panel) does his part over HTTP, as in the demo.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from playwright.async_api import expect

from jiebang.demo.acts import bids, judging
from jiebang.demo.people_online import each
from jiebang.demo.run import Stopwatch
from jiebang.demo.season import instant
from jiebang.kernel.canonical import canonical_json
from jiebang.local import found_agency, temporary_folder
from jiebang.matching.verification import check
from support import deeds
from support.browser import browser, chromium
from support.hands import Hands, hands
from support.small import RIVALS, WINNER, opinion, small_season
from support.stage import stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from playwright.async_api import Browser

    from jiebang.demo.model import Expert, Person
    from jiebang.demo.people_online import Online
    from support.stage import Stage

API = "/api/v1"
SEATS = 3
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
    english: bool = False
    at: dict[str, Hands] = field(default_factory=dict)
    topic_id: str = ""

    def __post_init__(self) -> None:
        self.season = self.on.online.season
        self.topic = self.season.topics[0]
        self.team = next(t for t in self.season.teams if t.key == WINNER)
        self.state: dict[str, Any] = {"topics": [], "teams": []}

    async def tell(self) -> None:
        """Where everybody is, for whoever reads why it failed."""
        for name, at in self.at.items():
            words = await at.page.locator("h1, [role=alert], dialog[open]").all_inner_texts()
            print(name, at.page.url, words, at.window.faults, sep="\n  ")

    async def to(self, step: str, later: timedelta = timedelta(0)) -> None:
        """Let the database's clock say that a step of the calendar has come."""
        await self.on.clock.to(self.on.online.at(step) + later)

    async def sits_down(self, name: str, person: str) -> Hands:
        self.at[name] = await self.windows.enter_async_context(
            hands(self.started, self.on, person, english=self.english)
        )
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
            await self.known(person)

    async def known(self, person: Person) -> None:
        """Who signed up in a browser can be asked over HTTP as well."""
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
        units = [lead.side(orgs[org].name) for org in (self.team.lead_org, self.team.partner_org)]
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
            {
                "key": WINNER,
                "topic": self.topic_id,
                "team": team,
                "application": mine["application_id"],
                "receipt": application["receipt"],
            }
        )
        assert await bids.rival_count(self.on.online, self.topic_id) == len(self.season.bids)

    async def opening(self) -> None:
        """Late is late; two officers open what was sealed, and neither could have alone."""
        await self.to("close")
        lead, first, second = self.at["lead"], self.at["opener"], self.at["opening_witness"]
        mine = next(t for t in self.state["teams"] if t["key"] == WINNER)
        await lead.go(f"/applications/{mine['team']}/submit")
        await lead.seen("本榜题已截止，不再受理提交。截止前最后一次提交仍然有效。")
        await self.to("opening")
        await deeds.console(first, self.topic.title, "申请与形式审查")
        await first.seen(f"{len(self.season.bids)} 份申请已封存")
        await deeds.ask(first, "作为第一人操作", "确认，作为第一人")
        await first.seen("您已作为第一人操作")
        await deeds.console(second, self.topic.title, "申请与形式审查")
        await deeds.ask(second, "作为第二人开启", "确认开启全部申请书")
        await expect(second.region("申请书").get_by_role("row")).to_have_count(1 + len(self.season.bids))

    async def formal_check(self) -> None:
        """The screener reads each application and its files, and finds it eligible."""
        await self.to("formal_check")
        screener = self.at["screener"]
        await deeds.console(screener, self.topic.title, "申请与形式审查")
        found = await self.on.online.callers[screener.who.key].get(f"{API}/topics/{self.topic_id}/applications")
        for one in found["items"]:
            await deeds.check(screener, one["receipt_no"])
        await screener.seen("全部已有结论")

    async def draw(self) -> None:
        """Experts are pooled; three parties commit and reveal in their browsers; anyone can check what was drawn."""
        await self.to("draw")
        online = self.on.online
        opener, officer, supervisor, lead = (self.at[n] for n in ("opener", "screener", "supervisor", "lead"))
        first, *rest = self.season.experts
        reader = online.duty("lead")
        version = (await reader.get(f"{API}/taxonomies"))[0]["version"]
        fields = (await reader.get(f"{API}/taxonomies/{version}"))["fields"]
        track = next(t["name"]["zh"] for f in fields for t in f["tracks"] if t["code"] == self.topic.track)
        await deeds.sign_in(await self.sits_down("offering", first.person))
        await deeds.offer(self.at["offering"], "技术：研究与工程", track)
        await opener.go("/desk/experts")
        await opener.press(f"核验入库 {online.people[first.person].name.zh}")
        await opener.seen("已入库")
        await online.callers[first.person].act_for(online.org_ids[online.people[first.person].org])
        await each(rest, lambda expert: judging.join_pool(online, online.duty("opener"), expert))
        title = self.topic.title
        await deeds.console(officer, title, "专家抽取")
        await officer.press("宣布抽取")
        await officer.press("宣布", within=officer.dialog)
        await deeds.commit_share(officer)
        await deeds.console(supervisor, title, "专家抽取")
        await deeds.commit_share(supervisor)
        mine = next(t for t in self.state["teams"] if t["key"] == WINNER)
        await lead.go(f"/applications/{mine['team']}/draw")
        await deeds.commit_share(lead)
        await officer.seen("各方均已承诺，可以冻结名单。")
        await officer.press("冻结名单")
        for party in (officer, supervisor, lead):
            await deeds.reveal_share(party)
        seats = officer.region("抽中的专家")
        await expect(seats).to_be_visible(timeout=90_000)
        caller = online.callers[self.team.lead]
        record = canonical_json(await caller.get(f"{API}/topics/{self.topic_id}/draws/1/record"))
        published = canonical_json(await caller.get(f"{API}/topics/{self.topic_id}/draw-commitments"))
        assert check(record, published) == []

    async def seated(self, status: str) -> list[Expert]:
        found = []
        for expert in self.season.experts:
            seats = await self.on.online.callers[expert.person].get(f"{API}/review/assignments")
            found += [expert] if any(s["status"] == status for s in seats) else []
        return found

    async def declare(self) -> None:
        """One expert declares a conflict and is followed by the next reserve; one accepts in his browser, the rest elsewhere."""
        await self.to("declare")
        online = self.on.online
        offered = {expert.kind: expert for expert in await self.seated("offered")}
        technical, conflicted = offered["technical"], offered["finance"]
        for name, expert in (("expert", technical), ("conflicted", conflicted)):
            await deeds.sign_in(await self.sits_down(name, expert.person))
        await deeds.decline_review(self.at["conflicted"], self.topic.title)
        await deeds.accept_review(self.at["expert"], self.topic.title)

        async def reseated() -> bool:
            return len(await self.seated("offered")) + len(await self.seated("accepted")) == SEATS

        await judging.until(reseated, "the next reserve is called")
        await judging._answer_all(online, self.state, declining=None)
        assert len(await self.seated("accepted")) == SEATS

    async def review(self) -> None:
        """An expert reads each blind copy in the page, scores and comments; the others of the panel elsewhere."""
        await self.to("review")
        at = self.at["expert"]
        me = next(e for e in self.season.experts if e.person == at.who.key)
        for alias in await deeds.proposals(at, self.topic.title, len(self.season.bids)):
            await deeds.review(at, alias, partial(opinion, me), self.topic.criteria)
        for expert in await self.seated("accepted"):
            if expert is not me:
                await self._reviews(expert)

    async def _reviews(self, expert: Expert) -> None:
        caller = self.on.online.callers[expert.person]
        path = f"{API}/review/applications"
        (seat,) = [s for s in await caller.get(f"{API}/review/assignments") if s["status"] == "accepted"]

        async def copied() -> bool:
            return len(await caller.get(f"{path}?assignment={seat['id']}")) == seat["proposals"]

        await judging.until(copied, "workers make the blind copies")
        for item in await caller.get(f"{path}?assignment={seat['id']}"):
            one = f"{path}/{item['id']}"
            given = opinion(expert, (await caller.get(one))["answers"]["title"])
            body = {"scores": dict(given.scores), "comments": dict(given.comments)}
            await caller.edit("PUT", f"{one}/review", body, read=one)
            await caller.edit("POST", f"{one}/review/submit", None, read=one)

    async def score(self) -> None:
        """Nobody owes a review any more; the scores are computed by the frozen rule."""
        await self.to("score")
        officer = self.at["screener"]
        await deeds.console(officer, self.topic.title, "评审进度")
        await officer.seen("没有人欠评审。")
        await officer.follow("去汇总评分")
        await deeds.ask(officer, "汇总评分", "确认汇总并锁定评审")
        await expect(officer.region("排序").get_by_role("row")).to_have_count(1 + len(self.season.bids))
        runs = await self.on.online.callers[officer.who.key].get(f"{API}/officer/topics/{self.topic_id}/score-runs")
        mine = next(t for t in self.state["teams"] if t["key"] == WINNER)
        assert runs[-1]["ranking"][0]["application_id"] == mine["application"], "the best bid comes first"

    async def award(self) -> None:
        """One proposes, another decides; the notice runs its working days; only then are awards confirmed."""
        proposer, decider = self.at["drafter"], self.at["approver"]
        title = self.topic.title
        await self.to("award_list")
        await deeds.console(proposer, title, "立项与公示")
        await deeds.ask(proposer, "提出拟立项名单", "确认提出")
        await proposer.seen("名单由您提出，不能再由您决策")
        await deeds.console(decider, title, "立项与公示")
        await decider.fill("决策理由", "", "经集体审议，同意按评审排序提出拟立项名单。")
        await deeds.ask(decider, "记录集体决策", "确认记录")
        await self.to("notice")
        await deeds.ask(decider, "发布公示", "确认立即公示")
        await decider.seen("公示尚未期满，不能确认")
        (notice,) = (await self.on.online.callers[self.team.lead].get(f"{API}/notices"))["items"]
        assert datetime.fromisoformat(notice["ends_at"]) == instant("notice_end"), "five working days"
        await self.at["lead"].go("/notices")
        await self.at["lead"].follow(title.zh)
        await self.at["lead"].seen(self.team.name.zh)
        await self.to("confirm")
        await deeds.console(decider, title, "立项与公示")
        await deeds.ask(decider, "确认立项", "确认立项")
        await decider.seen("已立项")

    async def contract(self) -> None:
        """Agency and lead sign contract and pledge, each what is theirs; the last signature puts it in force."""
        await self.to("contract")
        await deeds.console(self.at["approver"], self.topic.title, "立项与公示")
        await deeds.ask(self.at["approver"], f"拟定任务书：{self.team.name.zh}", "确认拟定")
        caller = self.on.online.callers[self.team.lead]
        (made,) = (await caller.get(f"{API}/contracts"))["items"]
        await deeds.sign(self.at["approver"], made["number"], "签署任务书 主管部门")
        await deeds.sign(
            self.at["lead"], made["number"], "签署任务书 牵头单位", "签署军令状 负责人", "签署军令状 牵头单位"
        )

        async def effective() -> bool:
            return (await caller.get(f"{API}/contracts/{made['id']}"))["status"] == "effective"

        await judging.until(effective, "the last signature puts the contract in force")
        self.state["contract"] = made["id"]

    async def money(self) -> None:
        """Evidence, the end user's confirmation, a payment by two people, books that balance."""
        (shown,) = self.season.evidence
        title = self.topic.title
        first = f"1. {self.topic.milestones[0].title.zh}"
        lead, user, requester, approver = (
            self.at[n] for n in ("lead", "end_user", "funding_requester", "funding_approver")
        )
        await self.to("milestone")
        await deeds.milestone(lead, title, first)
        await deeds.hand_in(lead, shown, self.topic, self.folder / "里程碑证明材料.pdf")
        await self.to("confirm_milestone")
        await deeds.milestone(user, title, first)
        await deeds.confirm(user, "现场试用结果与所报测量值一致，同意通过本里程碑。")
        await self.to("request_payment")
        await deeds.milestone(requester, title, first)
        await requester.press("申请拨付")
        await requester.press("批准拨付")
        await requester.seen("没有办成")  # nobody approves what he requested
        await self.to("approve_payment")
        await deeds.milestone(approver, title, first)
        await approver.press("批准拨付")
        await expect(approver.main.get_by_label("银行流水号")).to_be_visible()
        await self.to("end")
        await deeds.milestone(requester, title, first)
        await requester.fill("银行流水号", "", "DEMO-2026-08-0001")
        await requester.press("登记到账")
        await requester.seen("已到账")
        await requester.menu("账目")
        await requester.seen("借贷相等")
        books = await self.on.online.callers[self.team.lead].get(f"{API}/contracts/{self.state['contract']}/ledger")
        assert set(books["totals"].values()) == {0}
        assert {b["account"]: b["amount_minor"] for b in books["balances"]}["grant_expense"] == abs(
            self.topic.milestones[0].tranche_minor
        )


@asynccontextmanager
async def told(*, english: bool = False) -> AsyncIterator[Story]:
    """A story about to begin, on a fresh installation."""
    chromium()
    with temporary_folder("jiebang-competition-") as folder:
        async with (
            stage(folder / "data", until=None, content=small_season()) as on,
            browser() as started,
            AsyncExitStack() as windows,
        ):
            story = Story(on, started, folder, windows, english)
            try:
                yield story
            except BaseException:
                await story.tell()
                raise


async def test_nine_people_play_the_whole_competition_through_the_pages() -> None:
    watch = Stopwatch()
    async with told() as story:
        for act in (
            story.enter, story.publish, story.apply, story.opening, story.formal_check, story.draw, story.declare,
            story.review, story.score, story.award, story.contract, story.money,
        ):  # fmt: skip
            with watch.step(act.__name__):
                await act()
    print(watch.seconds)


async def test_a_team_and_an_expert_do_their_part_in_english() -> None:
    async with told(english=True) as story:
        online, team = story.on.online, story.team
        with story.others(team.lead, team.member):
            await story.on.play.until("publish")
        story.state = story.on.play.state
        story.topic_id = story.state["topics"][0]["id"]
        for name, person, org in (("lead", team.lead, team.lead_org), ("member", team.member, team.partner_org)):
            await deeds.sign_up(await story.sits_down(name, person))
            await deeds.register(story.at[name], online.organisations[org])
            await story.known(online.people[person])
        await story.apply()
        await story.on.play.until("draw", first="close")
        await story.to("declare")
        expert = next(e for e in await story.seated("offered") if e.kind == "technical")
        at = await story.sits_down("expert", expert.person)
        await deeds.sign_in(at)
        await deeds.accept_review(at, story.topic.title)
        await judging._answer_all(online, story.state, declining=None)
        await story.to("review")
        first, *_ = await deeds.proposals(at, story.topic.title, len(story.season.bids))
        await deeds.review(at, first, partial(opinion, expert), story.topic.criteria)
