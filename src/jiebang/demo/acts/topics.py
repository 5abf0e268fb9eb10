"""Three people bring a topic to publication."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from jiebang.demo.acts import must, refused

if TYPE_CHECKING:
    from jiebang.demo.model import TopicContent
    from jiebang.demo.people_online import Online

DESK = "/api/v1/officer/topics"
ROLES = {
    "screener": ("screener", "draw_officer"),
    "opener": ("opening_officer",),
    "opening_witness": ("opening_officer",),
}


async def draft(online: Online, state: dict[str, Any]) -> None:
    """The drafter writes all topics; one is returned to nobody, and nobody else may see them."""
    drafter = online.duty("drafter")
    rules = await drafter.get("/api/v1/rule-sets")
    must(rules, "there is a rule set to choose")
    for content in online.season.topics:
        created = await drafter.post(DESK, _work(online, content, rules[0]["id"]))
        ready = await drafter.get(f"{DESK}/{created['id']}/readiness")
        must(ready["ready"], f"the topic is ready: {ready['findings']}")
        await drafter.edit("POST", f"{DESK}/{created['id']}/submission", None, read=f"{DESK}/{created['id']}")
        state["topics"].append({"key": content.key, "id": created["id"], "code": created["code"]})
    await refused(online.duty("lead").get(f"/api/v1/topics/{state['topics'][0]['id']}"), "not_found")


async def review(online: Online, state: dict[str, Any]) -> None:
    """The legal and budget reviewer passes them; the drafter may not."""
    reviewer, drafter = online.duty("legal_budget_reviewer"), online.duty("drafter")
    for topic in state["topics"]:
        path = f"{DESK}/{topic['id']}"
        await refused(drafter.edit("POST", f"{path}/legal-review", None, read=path), *FORBIDDEN)
        await reviewer.edit("POST", f"{path}/legal-review", None, read=path)


async def approve(online: Online, state: dict[str, Any]) -> None:
    """A third person approves; the drafter may not."""
    approver, drafter = online.duty("approver"), online.duty("drafter")
    for topic in state["topics"]:
        path = f"{DESK}/{topic['id']}"
        await refused(drafter.edit("POST", f"{path}/approval", None, read=path), *FORBIDDEN)
        await approver.edit("POST", f"{path}/approval", None, read=path)


async def publish(online: Online, state: dict[str, Any]) -> None:
    """Publication freezes text and rules; everybody finds the topic, in both languages."""
    approver = online.duty("approver")
    page = await approver.get(f"/api/v1/organisations/{online.org_ids['donghai']}/people?limit=100")
    colleagues = {person["person_name"]: person["person_id"] for person in page["items"]}
    for topic, content in zip(state["topics"], online.season.topics, strict=True):
        path = f"{DESK}/{topic['id']}"
        for person in online.season.people:
            for role in ROLES.get(person.duty, ()):
                await approver.send("PUT", f"{path}/roles/{colleagues[person.name.zh]}/{role}")
        await approver.edit("POST", f"{path}/publication", None, read=path)
        public = await online.duty("lead").get(f"/api/v1/topics/{topic['id']}")
        must(public["state"] == "open", "a published topic is open")
        must(public["text"]["title"]["zh"] == content.title.zh, "the public reads what was drafted")
        topic["sha256"] = public["sha256"]
        for words in (content.title.zh[:4], content.title.en.split()[0]):
            found = await online.duty("lead").get(f"/api/v1/topics?q={words}")
            must(topic["id"] in {t["id"] for t in found["items"]}, f"search finds {topic['code']} by {words!r}")


def _work(online: Online, content: TopicContent, rule_set_id: str) -> dict[str, Any]:
    text = {**asdict(content), "title": asdict(content.title)}
    for gone in ("key", "end_user"):
        text.pop(gone)
    return {
        "funder_id": online.org_ids["donghaifund"],
        "end_user_id": online.org_ids[content.end_user],
        "rule_set_id": rule_set_id,
        "closes_at": online.at("close").isoformat(),
        "text": text,
    }


FORBIDDEN = ("topic.not_legal_reviewer", "topic.not_agency_officer", "topic.three_people")
