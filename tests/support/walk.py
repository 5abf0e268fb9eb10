"""A small competition to walk in, and the commands that the right people could give in it now, with the right words.

Where a command is possible, `walk.sql` says under the operation's name; a query without a command is time that passes.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from uuid import UUID, uuid4

from jiebang.awards.jobs import HANDLERS as AWARDS
from jiebang.challenges import service as challenges
from jiebang.challenges.rules import PUDONG_GOV, Stratum
from jiebang.challenges.schemas import TopicWork
from jiebang.demo.pdf import make_pdf
from jiebang.funding.jobs import HANDLERS as FUNDING
from jiebang.matching.record import commit
from jiebang.platform import workspace
from jiebang.platform.db import ENGINE, Queries, Role
from jiebang.platform.jobs import Job
from jiebang.platform.storage import new_key
from jiebang.platform.stores import storage
from jiebang.review.domain import DECLARATION_SHA256
from jiebang.review.jobs import HANDLERS as REVIEW
from support import applications, awards, funding, review, topics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from support.topics import PublishedTopic

Row: TypeAlias = "dict[str, Any]"
Q = Queries("support", "walk.sql")
PROMISED: Final = {"depth": "4600", "latency": "19.5"}
RULES: Final = PUDONG_GOV.model_copy(
    update={"code": "walk", "panel": (Stratum(kind="technical", count=1),), "min_valid_reviews": 1}
)
"""One expert judges, so that a walk gets through a review."""
EXPERTS: Final = 3
SHARES: Final = {commit(share): share.hex() for share in (*review.SHARES.values(), bytes(range(32)))}
"""What parties reveal, by what they committed to: the last is the document's example."""


async def _nothing(_row: Row) -> None:
    return None


def _says(**body: Any) -> Callable[[Row], Awaitable[Any]]:
    async def same(_row: Row) -> Any:
        return body

    return same


def _of_row(*names: str) -> Callable[[Row], Awaitable[Any]]:
    async def chosen(row: Row) -> Any:
        return {name: row[name] for name in names}

    return chosen


async def _draft(row: Row) -> Any:
    parties = {name: row[name] for name in ("funder_id", "end_user_id", "rule_set_id")}
    closes_at = datetime.now(UTC) + timedelta(days=60)
    return parties | {"closes_at": closes_at.isoformat(), "text": topics.as_json(topics.topic_text())}


async def _stored() -> tuple[str, tuple[int, str]]:
    """A proposal that lies in storage: its key; its bytes and SHA-256."""
    body, key = make_pdf("方案", ["方案的正文。"], author="作者", organisation="单位"), new_key("material")
    with workspace.folder() as folder:
        (folder / "file.pdf").write_bytes(body)
        await storage().put_file(key, folder / "file.pdf")
    return key, (len(body), sha256(body).hexdigest())


async def _bid(row: Row) -> Any:
    """Names two files that are there, as after their upload and check."""
    made: list[str] = []
    for part in ("part_a", "part_b"):
        key, file = await _stored()
        made.append(str(await applications.checked_file(UUID(row["team_id"]), part, key=key, file=file)))
    return {"material_ids": made}


async def _formal(row: Row) -> Any:
    grounds = {"reason_code": "incomplete", "text": "缺少联合申报协议。", "article": "榜题须知第六条"}
    return {"decision": row["decision"]} | (grounds if row["decision"] == "ineligible" else {})


async def _commitment(row: Row) -> Any:
    return {"commitment": commit(review.SHARES[row["party"]])}


async def _share(row: Row) -> Any:
    return {"share": SHARES[row["commitment"]]}


async def _answer(row: Row) -> Any:
    if row["decision"] == "decline":
        return {"decision": "decline", "reason": "time"}
    return {"decision": "accept", "no_conflict": True, "statement_sha256": DECLARATION_SHA256}


async def _evidence(row: Row) -> Any:
    file = await funding.evidence_file(UUID(row["milestone_id"]), UUID(row["lead"]))
    return {"measured": funding.MEASURED, "notes": "按任务书方法实测", "material_ids": [str(file)]}


async def _settlement(_row: Row) -> Any:
    return {"bank_reference": f"BANK-{uuid4().hex}"}


_JUDGED: Final = {
    "scores": {"merit": 86, "plan": 75},
    "comments": {"merit": "误差预算完整，样机路线可行。", "plan": "里程碑清楚，备选部件已有来源。"},
}


@dataclass(frozen=True, slots=True)
class Move:
    """What a command, or a job, may do to the lifecycles, whoever gives it, and what it says when it is right.

    `effects`: "kind command" of the lifecycle's transitions, or "kind new". `weight`: how often, beside the others.
    """

    effects: tuple[str, ...] = ()
    body: Callable[[Row], Awaitable[Any]] = _nothing
    weight: int = 2


MOVES: Final[dict[str, Move]] = {
    "create_topic": Move(("topic new",), _draft, 1),
    "edit_topic": Move((), _draft, 1),
    "submit_topic": Move(("topic submit",)),
    "pass_topic_review": Move(("topic pass_legal",)),
    "return_topic": Move(("topic return",), _says(reason="考核指标缺少试验方法"), 1),
    "approve_topic": Move(("topic approve",)),
    "publish_topic": Move(("topic publish",)),
    "grant_topic_role": Move(),
    "found_team": Move(("application new",), _says(name="行走联合体"), 1),
    "save_answers": Move((), _says(**applications.answers(PROMISED))),
    "submit_application": Move(("application submit",), _bid),
    "open_applications": Move(("topic begin_screening",)),
    "decide_formal_check": Move(("application admit", "application reject"), _formal),
    "announce_draw": Move((), _says()),
    "commit_draw_share": Move((), _commitment),
    "commit_applicants_share": Move((), _commitment),
    "freeze_draw": Move(),
    "reveal_draw_share": Move((), _share),
    "reveal_applicants_share": Move((), _share),
    "answer_assignment": Move(("review_assignment accept", "review_assignment decline"), _answer),
    "save_my_review": Move((), _says(**_JUDGED)),
    "submit_my_review": Move(("review_assignment submit",)),
    "compute_scores": Move(("review_assignment lock",)),
    "propose_awards": Move(("topic propose", "award_list new")),
    "decide_awards": Move(
        ("award_list decide", "application recommend", "application not_recommend"), _says(reason="集体决策通过")
    ),
    "give_notice": Move(("topic give_notice",)),
    "confirm_awards": Move(("award_list confirm", "application award", "topic award")),
    "draw_up_contract": Move(("contract new",), _of_row("application_id")),
    "sign_contract": Move((), _of_row("document", "party", "sha256")),
    "submit_evidence": Move(("milestone submit",), _evidence),
    "confirm_milestone": Move(("milestone pass",), _says(opinion="符合要求")),
    "request_disbursement": Move(("disbursement new",)),
    "approve_disbursement": Move(("disbursement approve",)),
    "settle_disbursement": Move(("disbursement settle",), _settlement),
}
"""Every command that moves a lifecycle is here but `lapse_assignment` and `run_draw`, which wait for days to pass; and
with them what those commands need."""

JOBS: Final[dict[str, Move]] = {
    "review.freeze_draw": Move(),
    "review.run_draw": Move(("topic begin_review", "review_assignment new")),
    "review.next_reserve": Move(("review_assignment new",)),
    "review.make_blind_copy": Move(("application start_review",)),
    "awards.signed": Move(("contract take_effect", "application contract")),
    "funding.start": Move(("milestone new",)),
}
TIME: Final = {
    "close_topic": lambda row: topics.close(UUID(row["topic_id"])),
    "end_notice": lambda row: awards.end_notice(UUID(row["list_id"])),
}
_HANDLERS: Final = REVIEW | AWARDS | FUNDING
_POSSIBLE: Final = " union all ".join(
    f"select '{name}' as move, to_jsonb(found) as row from ({getattr(Q, name)}) found" for name in (*MOVES, *TIME)
)


@asynccontextmanager
async def helpers() -> AsyncIterator[None]:
    """The functions that `walk.sql` asks, in a schema of their own."""
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute(Q.helpers)
    try:
        yield
    finally:
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            await db.execute("drop schema walk cascade")


async def possible(db: Any, agency_id: UUID) -> dict[str, list[Row]]:
    """What could be done in the agency now, in the order of `MOVES`: whom and what each command may name."""
    found: dict[str, list[Row]] = {}
    for record in await db.fetch(_POSSIBLE, agency_id):
        if record["move"] in TIME or record["row"]["people"]:
            found.setdefault(record["move"], []).append(record["row"])
    return found


def weight(move: str) -> int:
    """How often a move is made, beside the others that are possible."""
    return MOVES[move].weight if move in MOVES else 1


async def due(agency_id: UUID) -> list[Job]:
    """The agency's unfinished jobs that lead a lifecycle on."""
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        rows = await db.fetch(Q.due_jobs, agency_id, list(JOBS))
    return [Job(row["id"], row["kind"], row["payload"], row["attempts"] + 1) for row in rows]


async def work(job: Job) -> None:
    """Do it as a worker would."""
    await _HANDLERS[job.kind](job)


async def _topic(*, closed: bool) -> PublishedTopic:
    return await topics.published_topic(closes_in=timedelta(minutes=-5 if closed else 60), rules=RULES)


async def _drafted(_folder: Path) -> UUID:
    topic = await _topic(closed=False)
    row = {name: str(getattr(topic, name)) for name in ("funder_id", "end_user_id", "rule_set_id")}
    await challenges.create(topic.drafter, TopicWork.model_validate(await _draft(row)))
    return topic.agency_id


async def _open(_folder: Path) -> UUID:
    topic = await _topic(closed=False)
    for _ in range(2):
        key, file = await _stored()
        bid = await applications.submitted_application(
            topic.id, opened=False, promised=PROMISED, keys={"part_b": key}, file=file
        )
        await awards.administrator(bid.lead.person_id, bid.lead_org)
    for _ in range(EXPERTS):
        await review.expert(topic, "technical")
    return topic.agency_id


async def _screened(folder: Path, *, eligible: bool = True) -> PublishedTopic:
    found = await review.screened_topic(storage(), folder, bids=2 if eligible else 3, rules=RULES)
    for bid in found.bids:
        await awards.administrator(bid.lead.person_id, bid.lead_org)
    for _ in range(EXPERTS):
        await review.expert(found.topic, "technical")
    if not eligible:
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            await db.execute("update application set status = 'submitted' where topic_id = $1", found.topic.id)
    return found.topic


async def _opened(folder: Path) -> UUID:
    return (await _screened(folder, eligible=False)).agency_id


async def _to_draw(folder: Path) -> UUID:
    return (await _screened(folder)).agency_id


async def _offered(folder: Path) -> UUID:
    topic = await _screened(folder)
    await review.drawn(topic)
    return topic.agency_id


async def _scored(_folder: Path) -> UUID:
    found = await awards.scored()
    await awards.administrator(found.bids[0].lead.person_id, found.bids[0].lead_org)
    return found.topic.agency_id


async def _signing(_folder: Path) -> UUID:
    return (await awards.contract_to_sign()).scored.topic.agency_id


async def _effective(_folder: Path) -> UUID:
    return (await awards.effective_contract()).scored.topic.agency_id


STARTS: Final = {
    "draft": _drafted, "open": _open, "opened": _opened, "to draw": _to_draw, "offered": _offered, "scored": _scored,
    "signing": _signing, "effective": _effective,
}  # fmt: skip
"""Where a walk begins: each makes an agency with its people, their sessions and a topic that has come so far."""
