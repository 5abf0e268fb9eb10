"""The whole composed API over HTTP on this process's pools, and a world of somebody else's objects to probe it with."""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid4

import httpx
from litestar import Response
from litestar.serialization import encode_json

from jiebang.app import create
from jiebang.applications.schemas import NewTeamInvitation
from jiebang.applications.service import teams
from jiebang.awards import service as award_lists
from jiebang.challenges import service as challenges
from jiebang.challenges.schemas import TopicWork
from jiebang.funding import service as payments
from jiebang.review.schemas import Answer
from jiebang.review.service import desk, scoring
from jiebang.settings import Settings
from jiebang.web.csrf import csrf_token
from jiebang.web.openapi import document
from jiebang.web.session import SessionCookie
from support import applications, awards, funding, people, review, topics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from jiebang.engines.local import Endpoints
    from jiebang.kernel.actor import Actor
    from jiebang.platform.storage import Storage
    from jiebang.web.assembly import Application

HOST = "https://jiebang.example"
WORDS = {"role": "screener", "taxonomy": "no-such-version"}
"""Path parameters that are no ids."""


def composed(endpoints: Endpoints) -> Application:
    """The application as a process composes it; its lifespan is not run, since the test process has
    the pools open; limits count in this process.
    """
    settings = Settings().model_copy(  # pyright: ignore[reportCallIssue] - from the environment
        update={"base_url": HOST, "s3_endpoint": endpoints.s3_endpoint}
    )
    return create(settings)


@asynccontextmanager
async def client(app: Application, actor: Actor | None = None, *, address: str = "127.0.0.1") -> AsyncIterator[Any]:
    """A browser of the app, in English, signed in as `actor` in a fresh session if one is given."""
    headers = {"accept-language": "en"}
    if actor is not None:
        _, token = await people.sign_in(actor.person_id, actor.org_id)
        response: Response[None] = Response(None)
        SessionCookie().set(response, token)
        headers |= {"cookie": f"{SessionCookie().name}={response.cookies[0].value}", "x-csrf-token": csrf_token(token)}
    transport = httpx.ASGITransport(app=cast("Any", app), client=(address, 9), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=HOST, headers=headers) as http:
        yield http


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the OpenAPI document, with what a probe must know of it."""

    id: str
    method: str
    path: str
    parameters: tuple[dict[str, Any], ...]
    schema: dict[str, Any] | None
    """Of its body, references resolved; None without a body."""
    example: Any
    responses: dict[str, Any]
    document: dict[str, Any]

    @property
    def public(self) -> bool:
        """Whether it wants no session."""
        return "security" not in self.document

    @property
    def role(self) -> str:
        """The privilege class that it names: member, officer or reviewer."""
        scopes = self.document.get("security", [{"session": []}])[0]["session"]
        return scopes[0] if scopes else "member"

    def names(self, place: str) -> list[str]:
        """The names of its parameters in path, query or header."""
        return [parameter["name"] for parameter in self.parameters if parameter["in"] == place]

    def wants(self, header: str) -> bool:
        """Whether it demands this header."""
        return any(p["name"] == header and p["required"] for p in self.parameters if p["in"] == "header")

    def url(self, values: dict[str, str]) -> str:
        """Its address; a parameter without a value fails, so that no new operation goes unprobed."""
        query = {"assignment": str(uuid4()), "uscc": "91310115000000000X"}
        wanted = [p["name"] for p in self.parameters if p["in"] == "query" and p["required"]]
        asked = "&".join(f"{name}={values.get(name) or query[name]}" for name in wanted)
        return self.path.format(**values) + (f"?{asked}" if asked else "")

    def headers(self, version: int = 1) -> dict[str, str]:
        """The headers that it demands, with a fresh key."""
        sent = {"idempotency-key": uuid4().hex} if self.wants("Idempotency-Key") else {}
        return sent | ({"if-match": f'"{version}-x"'} if self.wants("If-Match") else {})


def _resolve(node: Any, schemas: dict[str, Any], depth: int = 0) -> Any:
    if isinstance(node, list):
        return [_resolve(item, schemas, depth) for item in cast("list[Any]", node)]
    if not isinstance(node, dict) or depth > 8:  # noqa: PLR2004
        return node
    members = cast("dict[str, Any]", node)
    if "$ref" in members:
        return _resolve(schemas[members["$ref"].rpartition("/")[2]], schemas, depth + 1)
    return {name: _resolve(item, schemas, depth) for name, item in members.items()}


@cache
def openapi() -> dict[str, Any]:
    """The composed application's document, as it goes over the wire."""
    return json.loads(encode_json(document(create(Settings()))))  # pyright: ignore[reportCallIssue]


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation of the document."""
    schemas = openapi()["components"]["schemas"]
    found: list[Operation] = []
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            schema = _resolve(content["schema"], schemas) if content else None
            found.append(
                Operation(
                    operation["operationId"], method.upper(), path, tuple(operation.get("parameters", ())),
                    schema, schema and schema["examples"][0],
                    operation["responses"], operation,
                )
            )  # fmt: skip
    return tuple(found)


def absent(operation: Operation) -> dict[str, str]:
    """Values of its path parameters that name nothing."""
    return {name: WORDS.get(name) or str(uuid4()) for name in operation.names("path")}


async def call(http: httpx.AsyncClient, operation: Operation, values: dict[str, str], **options: Any) -> httpx.Response:
    """Call it with its example as body (or `json`, `content`) and the headers that it demands (or `headers`)."""
    if operation.schema is not None and not {"json", "content"} & options.keys():
        options["json"] = operation.example
    options.setdefault("headers", operation.headers())
    return checked(operation, await http.request(operation.method, operation.url(values), **options))


def checked(operation: Operation, answer: httpx.Response) -> httpx.Response:
    """The answer, if its status is documented and, from 400 on, its body is a whole problem that tells nothing."""
    told = f"{operation.id}: {answer.status_code} {answer.text[:300]}"
    assert str(answer.status_code) in operation.responses, f"not documented: {told}"
    assert answer.status_code < 500, told  # noqa: PLR2004
    UUID(answer.headers["x-request-id"])
    if answer.status_code >= 400:  # noqa: PLR2004
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json", told
        assert answer.headers["content-language"] in {"en", "zh-CN"}, told
        assert answer.headers["cache-control"] == "no-store", told
        assert problem["status"] == answer.status_code, told
        assert problem["type"] == f"/problems/{problem['code']}", told
        assert problem["title"], told
        assert problem["detail"], told
        hidden = answer.status_code == 404  # noqa: PLR2004
        assert problem.get("instance") == (None if hidden else f"urn:uuid:{answer.headers['x-request-id']}"), told
        assert not re.search(r"asyncpg|Traceback|jiebang_|_key\b|_fkey|select |psycopg|File \"", answer.text), told
    return answer


async def strangers(world: World) -> dict[str, Actor]:
    """People with every class and role there is, in other organisations than the world's; and a rival of its teams."""
    agency, funder, unit = [await people.organisation(kind) for kind in ("agency", "funder", "enterprise")]
    desk_roles = ["agency_officer", "legal_budget_reviewer", "screener", "supervisor", "finance_officer"]
    return {
        "member": await people.actor(unit, ["org_admin", "member", "end_user"]),
        "officer": await people.actor(agency, desk_roles),
        "funder": await people.actor(funder, ["finance_officer"]),
        "reviewer": await people.actor(unit, ["member"], reviewer=True),
        "rival": world.rival,
        "expert": world.expert,
    }


@dataclass(frozen=True, slots=True)
class World:
    """An agency's objects in all their states, by path parameter; `hidden` topics are not published.

    `owners` are people who may read some of it, by operation, with the path values of what they may read.
    `rival` leads another bid for the open topic, `expert` sits on the panel beside whose assignment is here.
    """

    ids: dict[str, list[str]]
    hidden: list[str]
    owners: dict[str, tuple[Actor, dict[str, str]]]
    rival: Actor
    expert: Actor

    def foreign(self, operation: Operation) -> Iterator[dict[str, str]]:
        """Path values for the operation, every combination; a parameter that the world lacks fails."""
        names = operation.names("path")
        for values in product(*(self.ids[name] for name in names)):
            yield dict(zip(names, values, strict=True))


async def make_world(store: Storage, folder: Path) -> World:
    """A contract whose first tranche is requested, a topic under review, an open topic with sealed bids, a draft."""
    contracted = await awards.effective_contract()
    under_way, officer = contracted.scored.topic, contracted.scored.officers[0]
    milestone = await funding.passed(contracted)
    assert milestone.evidence is not None
    requested = await payments.request(under_way.funder_requester, milestone.id)
    (award_list,) = await award_lists.award_lists(officer, under_way.id)
    (run,) = await scoring.score_runs(officer, under_way.id)

    reviewed = await review.screened_topic(store, folder)
    topic = reviewed.topic
    experts = await review.experts(topic)
    draw = await review.drawn(topic)
    await review.work("review.make_blind_copy", topic.id)
    panel = [expert for expert in experts if await desk.my_assignments(expert.actor)]
    (offer,) = await desk.my_assignments(panel[0].actor)
    yes = Answer(decision="accept", no_conflict=True, statement_sha256=offer.statement.sha256)
    await desk.answer(panel[0].actor, offer.id, yes, if_match=offer.version)
    proposals = await desk.my_proposals(panel[0].actor, offer.id)

    open_topic = await topics.published_topic(topic.agency_id)
    bid, other = [await applications.submitted_application(open_topic.id, opened=False) for _ in range(2)]
    foreign_unit = await people.organisation()
    invitation = await teams.invite(
        bid.lead, bid.team_id, NewTeamInvitation(email="chen@example.org", uscc=await applications.uscc_of(foreign_unit))
    )
    draft = await challenges.create(
        topic.drafter,
        TopicWork(funder_id=topic.funder_id, end_user_id=topic.end_user_id, rule_set_id=topic.rule_set_id),
    )
    bids = (bid, reviewed.bids[0], contracted.winner)
    ids: dict[str, list[Any]] = {
        "topic_id": [draft.id, open_topic.id, topic.id, under_way.id],
        "team_id": [b.team_id for b in bids],
        "application_id": [b.application_id for b in bids],
        "material_id": [*(b.materials["part_b"] for b in bids), milestone.evidence.files[0].material_id],
        "org_id": [b.partner_org for b in bids],
        "invitation_id": [invitation.id],
        "contract_id": [contracted.contract.id],
        "milestone_id": [milestone.id],
        "list_id": [award_list.id],
        "disbursement_id": [requested.id],
        "expert_id": [experts[0].id],
        "draw_id": [draw],
        "run_id": [run.id],
        "assignment_id": [offer.id],
        "proposal_id": [proposals[0].id],
        "person_id": [topic.screener.person_id],
        "role": ["screener"],
    }
    owners: dict[str, tuple[Actor, dict[str, Any]]] = {
        "read_desk_topic": (topic.drafter, {"topic_id": draft.id}),
        "read_team": (bid.lead, {"team_id": bid.team_id}),
        "read_application": (bid.lead, {"application_id": bid.application_id}),
        "read_material": (bid.lead, {"material_id": bid.materials["part_b"]}),
        "list_organisation_people": (bid.partner, {"org_id": bid.partner_org}),
        "read_opened_application": (
            topic.screener, {"topic_id": topic.id, "application_id": bids[1].application_id},
        ),
        "export_draw": (topic.draw_officer, {"draw_id": draw}),
        "export_score_run": (officer, {"run_id": run.id}),
        "read_my_proposal": (panel[0].actor, {"proposal_id": proposals[0].id}),
        "read_award_list": (officer, {"list_id": award_list.id}),
        "read_contract": (contracted.lead, {"contract_id": contracted.contract.id}),
        "read_milestone": (contracted.lead, {"milestone_id": milestone.id}),
        "read_disbursement": (under_way.funder_approver, {"disbursement_id": requested.id}),
    }  # fmt: skip
    return World(
        {name: [str(value) for value in values] for name, values in ids.items()},
        [str(draft.id)],
        {name: (who, {k: str(v) for k, v in values.items()}) for name, (who, values) in owners.items()},
        other.lead,
        panel[1].actor,
    )
