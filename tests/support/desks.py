"""What the reviewers of a world do and see, written down."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from itertools import product
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from jiebang.review.service import scoring
from support import api
from support.crawl import ABSENT, HIDDEN, LANGUAGES, NONE, OWN, V1, Crawl, browser
from support.worlds import TEAMS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from jiebang.web.assembly import Application
    from support.worlds import Ground, World

Values = dict[str, list[tuple[str, str]]]
UNKNOWN = "91310115000000000X"
PARAMETERS = (
    "application_id", "assignment", "contract_id", "disbursement_id", "draw_id", "list_id", "material_id",
    "milestone_id", "notice_id", "org_id", "proposal_id", "run_id", "team_id", "topic_id",
)  # fmt: skip
"""Of the document's GETs. A new one must be given its values here, hidden ones above all."""


def comment(n: int) -> str:
    """What the n-th reviewer writes."""
    return f"第{n}位专家的意见：论证充分，计划可以核查。"


def strangers(world: World) -> Values:
    """Values of every parameter, as they are to somebody who has nothing to do with them."""
    values: Values = {name: [(NONE, ABSENT)] for name in PARAMETERS}
    values |= {"taxonomy": [(NONE, api.WORDS["taxonomy"])], "uscc": [(NONE, UNKNOWN)], "q": [], "n": [("public", "1")]}
    for name, known in world.ids.items():
        if name in values:
            values[name] = [*values[name], (HIDDEN, known[0])]
    values["topic_id"] = [("public", world.ids["topic_id"][0])]
    values["q"] = [("text", one["team"]) for one in list(world.secrets.values())[:1]] + [("text", "坞站")]
    return values


@asynccontextmanager
async def crawls(app: Application, world: World, tokens: list[str]) -> AsyncIterator[list[Crawl]]:
    """A crawl for each session, in both languages."""
    assert world.released is not None
    async with AsyncExitStack() as stack:
        yield [
            Crawl(
                {
                    language: await stack.enter_async_context(browser(app, token, language, f"192.0.2.{n}"))
                    for language in LANGUAGES
                },
                world.released,
            )
            for n, token in enumerate(tokens, 7)
        ]


def sessions(world: World, base: Ground) -> list[str]:
    """Of the panel, in the experts' order."""
    return [base.tokens[one.actor.person_id] for one in world.panel]


async def learn(crawl: Crawl) -> dict[str, list[str]]:
    """Name one's own random values by the contents of the proposals; the proposals' ids by assignment, by content."""
    http, found = crawl.http["en"], {}
    for assignment in (await http.get(f"{V1}/review/assignments")).json():
        crawl.own(assignment["id"], "<assignment>")
        listed = await http.get(f"{V1}/review/applications", params={"assignment": assignment["id"]})
        read = [(await http.get(f"{V1}/review/applications/{one['id']}")).json() for one in listed.json()]
        for one in read:
            crawl.own(one["id"], f"<{one['answers']['title']}>")
            crawl.own(one["alias"], f"<alias of {one['answers']['title']}>")
            if one["panel_code"]:
                crawl.own(one["panel_code"], f"<code of {one['answers']['title']}>")
        found[assignment["id"]] = [one["id"] for one in sorted(read, key=lambda one: one["answers"]["title"])]
    return found


async def look(crawls_: list[Crawl], world: World, stage: str, language: str, *, under: str = "/") -> None:
    """Every reviewer reads all he can, and tries what is another's."""
    theirs = [await learn(one) for one in crawls_]
    for n, crawl in enumerate(crawls_):
        ((mine, proposals),) = theirs[n].items()
        ((other, foreign),) = theirs[(n + 1) % len(theirs)].items()
        values = strangers(world)
        values["assignment"] = [(NONE, ABSENT), (HIDDEN, other), (OWN, mine)]
        values["proposal_id"] = [
            (NONE, ABSENT),
            *((HIDDEN, one) for one in foreign[:1]),
            *((OWN, one) for one in proposals),
        ]
        await crawl.gets(stage, language, values, under=under)
        await attempts(crawl, f"{stage} {language}", values, under=under)
        others = [(NONE, ABSENT), *((HIDDEN, one) for one in foreign[:1]), *((OWN, one) for one in proposals[:1])]
        for method, (kind, one) in product(("HEAD", "OPTIONS", "PATCH"), others):
            answer = await crawl.http[language].request(method, f"{V1}/review/applications/{one}")
            crawl.note(f"{stage} {method} {kind}", answer, {"proposal_id": one})
            if kind == HIDDEN and crawl.seen[f"{stage} {method} {kind}"] != crawl.seen[f"{stage} {method} {NONE}"]:
                crawl.wrong.append(f"{stage} {method} {kind}: unlike what is absent")
        for place, one in enumerate(proposals):
            await crawl.file(
                f"{stage} {language} file {place}", crawl.http[language], f"/review/applications/{one}/file"
            )


CHANGES_THE_CALLER = {"sign_in", "sign_up", "sign_out", "act_for", "verify_email", "register_organisation"}
"""What would end the crawl's own session, or make something with an id of its own."""
OUT_OF_RANGE = {"scores": {"merit": 101}, "comments": {}}


async def attempts(crawl: Crawl, stage: str, values: Values, *, under: str) -> None:
    """Every command of the document below `under`, on what is not one's own: hidden must look like absent.

    Bodies are the document's examples; a review is tried with a score that no review may hold as well, since errors
    must come in an order that tells nothing.
    """
    http = crawl.http["en"]
    for operation in (o for o in api.operations() if o.method != "GET" and o.path.startswith(under)):
        if operation.id in CHANGES_THE_CALLER:
            continue
        names = operation.names("path")
        bodies = [operation.example] + ([OUT_OF_RANGE] if operation.id == "save_my_review" else [])
        for n, body in enumerate(bodies):
            seen: dict[str, str] = {}
            for kind in (NONE, HIDDEN):
                asked = {name: _first(values, name, kind) for name in names}
                answer = await http.request(
                    operation.method, operation.url(asked), json=body, headers=operation.headers(7)
                )
                label = f"{stage} {operation.id} {kind} {n}"
                crawl.note(label, answer, asked)
                seen[kind] = crawl.seen[label]
                if not names:
                    break
            if seen.get(HIDDEN, seen[NONE]) != seen[NONE]:
                crawl.wrong.append(f"{stage} {operation.id} {n}: hidden is unlike what is absent")


def _first(values: Values, name: str, kind: str) -> str:
    known = dict(reversed(values.get(name, [])))
    if name == "topic_id":
        return values[name][0][1]
    return api.WORDS.get(name) or known.get(kind) or ABSENT


async def pages(crawl: Crawl) -> None:
    """Lists by ones, and on with their cursors; cursors that are none; and a limit that was reached."""
    http = crawl.http["en"]
    for operation in api.operations():
        if operation.method != "GET" or "cursor" not in operation.names("query") or operation.names("path"):
            continue
        asked: dict[str, str] = {"limit": "1"}
        for n in range(3):
            answer = await http.get(operation.path, params=asked)
            crawl.note(f"page {n} {operation.id}", answer)
            more = answer.json().get("next_cursor") if answer.status_code == 200 else None
            if more is None:
                break
            asked["cursor"] = more
        crawl.note(f"no page {operation.id}", await http.get(operation.path, params={"cursor": "AAAA"}))
    for n in range(100):
        answer = await http.post(f"{V1}/organisations/look-up", json={"uscc": UNKNOWN})
        if answer.status_code == 429:
            wait = answer.headers["retry-after"]
            assert 0 < int(wait) <= 3600
            crawl.raw.append(answer.content)
            facts = answer.json() | {"instance": "<request>"}
            crawl.seen["too many"] = f"{sorted(answer.headers)} {facts}".replace(f"{wait} s", "<seconds>")
            return
        assert n < 99, "the limit of look-ups was not reached"


async def refuse(crawl: Crawl, label: str, method: str, path: str, body: Any = None, **headers: str) -> None:
    """A command that is refused, in both languages."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    for language, http in crawl.http.items():
        answer = await http.request(method, f"{V1}/review{path}", json=body, headers=sent)
        assert 400 <= answer.status_code < 500, f"{label}: {answer.text}"
        crawl.note(f"{label} {language}", answer, {"path": path})


async def do(crawl: Crawl, label: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """A command that is done."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await crawl.http["en"].request(method, f"{V1}/review{path}", json=body, headers=sent)
    assert answer.status_code == 200, f"{label}: {answer.text}"
    if method == "PUT":
        crawl.own(answer.json()["id"], f"<review of {path.split('/')[2]}>")
    crawl.note(label, answer)
    return answer.json()


async def accept(crawl: Crawl) -> None:
    """Everything that can be done with an offer; it is accepted in the end."""
    (offer,) = (await crawl.http["en"].get(f"{V1}/review/assignments")).json()
    crawl.own(offer["id"], "<assignment>")
    yes = {"decision": "accept", "no_conflict": True, "statement_sha256": offer["statement"]["sha256"]}
    path, now = f"/assignments/{offer['id']}/answer", f'"{offer["version"]}-x"'
    await refuse(crawl, "answer: no version", "POST", path, yes)
    await refuse(crawl, "answer: stale", "POST", path, yes, if_match='"7-x"')
    await refuse(crawl, "answer: no declaration", "POST", path, {"decision": "accept"}, if_match=now)
    await refuse(crawl, "answer: other words", "POST", path, yes | {"statement_sha256": "0" * 64}, if_match=now)
    await refuse(crawl, "answer: absent", "POST", f"/assignments/{ABSENT}/answer", yes, if_match=now)
    await do(crawl, "answer", "POST", path, yes, if_match=now)
    await refuse(crawl, "answer: again", "POST", path, yes, if_match=now)


async def judge(crawl: Crawl, n: int, foreign: str) -> None:
    """Review every proposal, with every refusal on the way. `foreign` is another reviewer's proposal."""
    (proposals,) = (await learn(crawl)).values()
    whole = {
        "scores": {"merit": 90 - n, "plan": 70 + n},
        "comments": {"merit": comment(n), "plan": comment(n)},
    }
    for place, one in enumerate(proposals):
        path, label = f"/applications/{one}/review", f"proposal {place}"
        page = await crawl.http["en"].get(f"{V1}/review/applications/{one}")
        crawl.note(f"{label}: read", page)
        again = await crawl.http["en"].get(
            f"{V1}/review/applications/{one}", headers={"if-none-match": page.headers["etag"]}
        )
        assert again.status_code == 304
        crawl.note(f"{label}: unchanged", again)
        await refuse(crawl, f"{label}: no version", "PUT", path, whole)
        await refuse(crawl, f"{label}: stale", "PUT", path, whole, if_match='"7-x"')
        await refuse(crawl, f"{label}: half a point", "PUT", path, whole | {"scores": {"merit": 0.5}}, if_match='"0-x"')
        await refuse(crawl, f"{label}: too much", "PUT", path, whole | {"scores": {"merit": 101}}, if_match='"0-x"')
        await refuse(crawl, f"{label}: unknown", "PUT", path, whole | {"scores": {"fame": 1}}, if_match='"0-x"')
        await refuse(
            crawl, f"{label}: nothing saved", "POST", f"{path}/submit", if_match='"0-x"', idempotency_key=uuid4().hex
        )
        await do(crawl, f"{label}: begun", "PUT", path, whole | {"scores": {}}, if_match='"0-x"')
        key = uuid4().hex
        await refuse(crawl, f"{label}: incomplete", "POST", f"{path}/submit", if_match='"1-x"', idempotency_key=key)
        await do(crawl, f"{label}: saved", "PUT", path, whole, if_match='"1-x"')
        await refuse(crawl, f"{label}: no key", "POST", f"{path}/submit", if_match='"2-x"')
        await do(crawl, f"{label}: submitted", "POST", f"{path}/submit", if_match='"2-x"', idempotency_key=uuid4().hex)
        await refuse(crawl, f"{label}: final", "PUT", path, whole, if_match='"3-x"')
    for kind, one in (("absent", ABSENT), ("foreign", foreign)):
        path = f"/applications/{one}/review"
        await refuse(crawl, f"save {kind}", "PUT", path, whole, if_match='"0-x"')
        await refuse(crawl, f"submit {kind}", "POST", f"{path}/submit", if_match='"1-x"', idempotency_key=uuid4().hex)
    for language in LANGUAGES:
        for what in ("save", "submit"):
            if crawl.seen[f"{what} foreign {language}"] != crawl.seen[f"{what} absent {language}"]:
                crawl.wrong.append(f"{what} foreign {language}: unlike what is absent")


async def review(app: Application, world: World, base: Ground) -> list[Crawl]:
    """From the offers to the locked reviews: each reviewer's crawl."""
    async with crawls(app, world, sessions(world, base)) as all_:
        await look(all_, world, "offered", "en")
        for one in all_:
            await accept(one)
        theirs = [next(iter((await learn(one)).values())) for one in all_]
        assert [len(one) for one in theirs] == [TEAMS] * len(all_)
        await look(all_, world, "accepted", "zh-CN")
        for n, one in enumerate(all_):
            await judge(one, n, theirs[(n + 1) % len(all_)][0])
        await look(all_, world, "submitted", "en", under=f"{V1}/review")
        run = await scoring.close_review(base.topic.draw_officer, base.topic.id)
        world.ids["run_id"] = [str(run.id)]
        await look(all_, world, "locked", "zh-CN")
        for one in all_:
            await pages(one)
    return all_
