"""Experts are pooled, drawn by a committed seed, declare no conflict, and review blind."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from jiebang.demo import expertise
from jiebang.demo.acts import must, refused
from jiebang.demo.people_online import each
from jiebang.kernel.canonical import canonical_json
from jiebang.matching.record import commit
from jiebang.matching.verification import check

if TYPE_CHECKING:
    from jiebang.demo.caller import Caller
    from jiebang.demo.model import Bid, Expert
    from jiebang.demo.people_online import Online

API = "/api/v1"
PATIENCE = 90.0


async def draw(online: Online, state: dict[str, Any]) -> None:
    """Experts join the pool; for each topic the seed is committed, then the panel drawn by a worker, and replayed."""
    officer, drawer = online.duty("opener"), online.duty("screener")
    await each(online.season.experts, lambda expert: join_pool(online, officer, expert))
    for topic in state["topics"]:
        path = f"{API}/topics/{topic['id']}"
        desk = f"{API}/officer/topics/{topic['id']}"
        feasible = await drawer.get(f"{desk}/panel-feasibility")
        must(feasible["feasible"], f"the pool suffices: {feasible['verdict']}")
        announced = await drawer.post(f"{desk}/draws", {})
        topic["draw"] = announced["id"]
        parties = _parties(online, state, topic)
        for caller, side, party in parties:
            await caller.post(f"{side}/commitment", {"commitment": commit(_share(topic, party))})
        await refused(online.duty("lead").get(f"{desk}/draws"), "forbidden")
        await drawer.post(f"{API}/officer/draws/{announced['id']}/freeze")
        await until(lambda t=topic: _is(drawer, t, "frozen"), "a worker freezes the roster within a minute and a half")
        topic["commitments"] = await online.duty("lead").get(f"{path}/draw-commitments")
        public = {p["party"]: p["commitment"] for p in topic["commitments"][0]["parties"]}
        must(len(public) == 4, "platform and three parties have committed, publicly")  # noqa: PLR2004
        for caller, side, party in parties:
            await caller.post(f"{side}/share", {"share": _share(topic, party).hex()})
    for topic in state["topics"]:
        await until(lambda t=topic: _is(drawer, t, "drawn"), "a worker draws within a minute and a half")
        export = canonical_json(await drawer.get(f"{API}/officer/draws/{topic['draw']}/export"))
        record = canonical_json(await online.duty("lead").get(f"{API}/topics/{topic['id']}/draws/1/record"))
        published = canonical_json(topic["commitments"])
        must(check(export, published) == [], "the supervisor can replay the draw from its export")
        must(check(record, published) == [], "anyone can replay the draw from its public record")
        panel = await drawer.get(f"{API}/officer/topics/{topic['id']}/panel")
        must(sorted(s["kind"] for s in panel) == ["finance", "industry", "technical"], "three kinds of expert sit")
        must(len({s["org_name"] for s in panel}) == len(panel), "no two from one organisation")
        bidding = _bidding(online, state, topic)
        must(not {s["org_name"] for s in panel} & bidding, "nobody judges his own organisation")


def _parties(online: Online, state: dict[str, Any], topic: dict[str, Any]) -> list[tuple[Caller, str, str]]:
    """Who commits and reveals, and where: draw officer, supervisor, and the first team's lead for the applicants."""
    key = next(t["key"] for t in state["teams"] if t["topic"] == topic["id"])
    lead = online.callers[next(t.lead for t in online.season.teams if t.key == key)]
    draw = f"topics/{topic['id']}/draws/{topic['draw']}"
    return [
        (online.duty("screener"), f"{API}/officer/{draw}", "agency"),
        (online.duty("supervisor"), f"{API}/officer/{draw}", "supervisor"),
        (lead, f"{API}/{draw}", "applicants"),
    ]


def _share(topic: dict[str, Any], party: str) -> bytes:
    # A demo may be foreseen; a party takes 32 random bytes.
    return sha256(f"{topic['draw']} {party}".encode()).digest()


async def _is(drawer: Caller, topic: dict[str, Any], status: str) -> bool:
    draws = await drawer.get(f"{API}/officer/topics/{topic['id']}/draws")
    return any(d["id"] == topic["draw"] and d["status"] == status for d in draws)


def _bidding(online: Online, state: dict[str, Any], topic: dict[str, Any]) -> set[str]:
    keys = {t["key"] for t in state["teams"] if t["topic"] == topic["id"]}
    teams = [t for t in online.season.teams if t.key in keys]
    return {online.organisations[org].name.zh for t in teams for org in (t.lead_org, t.partner_org)}


async def join_pool(online: Online, officer: Caller, expert: Expert) -> None:
    """An expert offers to judge and is admitted, once."""
    caller, person = online.callers[expert.person], online.people[expert.person]
    if await caller.get(f"{API}/experts/mine"):
        return
    offered = await caller.post(
        f"{API}/experts",
        {
            "agency_id": online.org_ids["donghai"],
            "org_id": online.org_ids[person.org],
            "kind": expert.kind,
            "tracks": sorted({online.season.topics[slot].track for slot in expert.slots}),
        },
    )
    await officer.post(f"{API}/officer/experts/{offered['id']}/activation")
    await caller.act_for(online.org_ids[person.org])  # the reviewer class comes with the next switch


async def declare(online: Online, state: dict[str, Any], *, leaving: int = 0) -> None:
    """Offers are answered: in the first topic one expert declines, and the next reserve is called, not a new draw.

    `leaving`: how many offers, the latest, stay unanswered where there is one topic.
    """
    declined = await _answer_all(online, state, declining=state["topics"][0]["id"], leaving=leaving)
    must(len(declined) == 1, "one expert declined")
    drawer = online.duty("screener")
    topic = state["topics"][0]

    async def reseated() -> bool:
        panel = await drawer.get(f"{API}/officer/topics/{topic['id']}/panel")
        return sum(s["status"] != "declined" for s in panel) == 3  # noqa: PLR2004 - three seats

    await until(reseated, "the next reserve is called within a minute and a half")
    await _answer_all(online, state, declining=None, leaving=leaving)
    for topic in state["topics"]:
        panel = await drawer.get(f"{API}/officer/topics/{topic['id']}/panel")
        must(sum(s["status"] == "accepted" for s in panel) == 3 - leaving, "all others accepted")


async def _answer_all(online: Online, state: dict[str, Any], *, declining: str | None, leaving: int = 0) -> list[str]:
    declined: list[str] = []
    offers = [
        (caller, offer)
        for caller in (online.callers[expert.person] for expert in online.season.experts)
        for offer in await caller.get(f"{API}/review/assignments")
        if offer["status"] == "offered"
    ]
    offers.sort(key=lambda of: of[1]["offered_on"])
    for caller, offer in offers[: len(offers) - leaving]:
        path = f"{API}/review/assignments/{offer['id']}/answer"
        await refused(
            caller.send("POST", path, {"decision": "accept"}, headers={"if-match": _tag(offer)}), "request.invalid"
        )
        answer: dict[str, Any] = {
            "decision": "accept", "no_conflict": True, "statement_sha256": offer["statement"]["sha256"],
        }  # fmt: skip
        if offer["topic_id"] == declining and not declined:
            answer = {"decision": "decline", "reason": "time"}
            declined.append(offer["id"])
        await caller.send("POST", path, answer, headers={"if-match": _tag(offer)})
    must(state["topics"], "there are topics")
    return declined


def _tag(item: dict[str, Any]) -> str:
    # A list gives each item's version; its ETag names the same version with any digest.
    return f'"{item["version"]}-list"'


async def review(online: Online, state: dict[str, Any]) -> None:
    """Each panel member reads the blind PDFs and scores; nothing of them says whose they are."""
    names = {p.name.zh for p in online.season.people} | {o.name.zh for o in online.season.organisations}
    names |= {p.key for p in online.season.people} | {t.name.zh for t in online.season.teams}

    async def one(expert: Expert) -> int:
        caller = online.callers[expert.person]
        done = 0
        for seat in await caller.get(f"{API}/review/assignments"):
            if seat["status"] == "accepted":
                done += await _review_seat(online, caller, expert, seat, names)
        return done

    reviewed = sum(await each(online.season.experts, one))
    must(reviewed == 3 * len(state["teams"]), f"every bid has three reviews, not {reviewed} in all")
    state["reviews"] = reviewed


async def _review_seat(online: Online, caller: Caller, expert: Expert, seat: dict[str, Any], names: set[str]) -> int:
    path = f"{API}/review/applications"

    async def all_copied() -> bool:
        return len(await caller.get(f"{path}?assignment={seat['id']}")) == seat["proposals"]

    await until(all_copied, "workers make the blind copies within a minute and a half")
    proposals = await caller.get(f"{path}?assignment={seat['id']}")
    for item in proposals:
        page = await caller.get(f"{path}/{item['id']}")
        blind = await caller.download((await caller.get(f"{path}/{item['id']}/file"))["url"])
        must(blind.is_success and blind.content.startswith(b"%PDF"), "the blind file opens")
        shown = str(page) + str(dict(blind.headers)) + blind.content.decode("latin-1")
        leaked = [n for n in names if n in shown or n.encode("utf-16-be").decode("latin-1") in shown]
        must(not leaked, f"a reviewer can read {leaked}")
        bid = _bid_of(online, page["answers"])
        topic = online.season.topics[next(t.slot for t in online.season.teams if t.key == bid.team)]
        opinion = expertise.review(expert, bid, topic)
        body = {"scores": dict(opinion.scores), "comments": dict(opinion.comments)}
        await caller.edit("PUT", f"{path}/{item['id']}/review", body, read=f"{path}/{item['id']}")
        await caller.edit("POST", f"{path}/{item['id']}/review/submit", None, read=f"{path}/{item['id']}")
    return len(proposals)


def _bid_of(online: Online, answers: dict[str, Any]) -> Bid:
    # The demo's experts judge by what they read: the proposal's title.
    return next(bid for bid in online.season.bids if bid.title.zh == answers["title"])


async def score(online: Online, state: dict[str, Any]) -> None:
    """Scores are aggregated by the frozen rule; the run can be replayed."""
    drawer = online.duty("screener")
    for topic in state["topics"]:
        run = await drawer.post(f"{API}/officer/topics/{topic['id']}/score-runs")
        topic["ranking"] = run["ranking"]
        topic["scores_sha256"] = run["sha256"]
        merit = {bid.team: bid.merit for bid in online.season.bids}
        ranked = [_team_of(state, r["application_id"]) for r in run["ranking"]]
        must(ranked[0] == max(ranked, key=lambda key: merit[key]), "the best bid wins")


def _team_of(state: dict[str, Any], application_id: str) -> str:
    return next(t["key"] for t in state["teams"] if t["application"] == application_id)


async def until(holds: Any, promise: str) -> None:
    """Wait for the workers to make it so."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not await holds():
        must(asyncio.get_running_loop().time() < deadline, promise)
        await asyncio.sleep(0.05)
