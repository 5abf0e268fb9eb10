"""The application: edited as often as the team likes, submitted by one atomic act; the last before the close counts."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import msgspec

from jiebang.applications import domain, repository, rules
from jiebang.applications.form import Answers, Indicator
from jiebang.applications.schemas import ApplicationCount, ApplicationView, Receipt, ReceiptFile
from jiebang.applications.service.gate import led, open_gate
from jiebang.challenges import api as challenges
from jiebang.kernel.actor import Actor
from jiebang.kernel.canonical import digest
from jiebang.kernel.errors import Invalid, NotFound, Refused, Stale
from jiebang.platform import audit
from jiebang.platform.db import ENGINE, Role, use_case
from jiebang.platform.outbox import emit

if TYPE_CHECKING:
    from typing import Any

    from jiebang.applications.schemas import Submit
    from jiebang.challenges.api import FrozenTopic


async def _row(application_id: UUID) -> Any:
    row = await repository.application(application_id)
    if row is None:
        raise NotFound
    return row


def _view(row: Any) -> ApplicationView:
    receipt = None
    if row["submission_id"] is not None:
        receipt = Receipt(
            application_id=row["id"],
            submission_id=row["submission_id"],
            n=row["n"],
            receipt_no=row["receipt_no"],
            submitted_at=row["submitted_at"],
            files=msgspec.convert(row["manifest"], list[ReceiptFile]),
            sha256=row["sha256"],
        )
    return ApplicationView(
        id=row["id"],
        version=row["version"],
        team_id=row["team_id"],
        topic_id=row["topic_id"],
        status=row["status"],
        answers=row["answers"],
        receipt=receipt,
        ineligible_reason=row["ineligible_reason"],
        updated_at=row["updated_at"],
    )


@use_case(Role.MEMBER, read_only=True)
async def view(actor: Actor, application_id: UUID) -> ApplicationView:
    """The application of a team of the caller's.

    Raises:
        NotFound: absent or hidden.
    """
    return _view(await _row(application_id))


@use_case(Role.MEMBER)
async def save(actor: Actor, application_id: UUID, data: Answers, if_match: int) -> ApplicationView:
    """Replace the form's working copy; any member of the team. Gaps are fine until submission.

    Raises:
        NotFound: absent or hidden.
        Refused: `application.late`.
        Stale: it is no longer at version `if_match`.
    """
    await open_gate((await _row(application_id))["topic_id"])
    locked = await repository.lock_application(application_id)
    if locked is None:
        raise NotFound
    if locked["version"] != if_match:
        raise Stale
    await repository.save_answers(application_id, data.model_dump(mode="json"))
    return _view(await _row(application_id))


@use_case(Role.MEMBER)
async def submit(actor: Actor, application_id: UUID, data: Submit) -> Receipt:
    """Submit the bid: freeze team, answers and files under the topic's gate, at the database's instant.

    Raises:
        NotFound: absent or hidden.
        Forbidden: `team.not_lead`.
        Refused: `team.staff_in_team`, `application.late`; the last submission before the close stands.
        Invalid: every gap at once; pointers below /team, /answers and /material_ids.
    """
    gate, team = await led(actor, (await _row(application_id))["team_id"])
    if await repository.staff_in_team(team.id):
        raise Refused(rules.STAFF_IN_TEAM)
    row = await _row(application_id)
    topic = await challenges.frozen(team.topic_id)
    answers = Answers.model_validate(row["answers"])
    ids = list(dict.fromkeys(data.material_ids))
    found = await repository.chosen_materials(team.id, ids)
    chosen = [domain.Chosen(found[i]["part"], found[i]["status"]) if i in found else None for i in ids]
    if problems := domain.bid_problems(team, topic.rules.max_partners, answers, _indicators(topic), chosen):
        raise Invalid(problems)
    files = [
        ReceiptFile(i, found[i]["part"], found[i]["filename"], found[i]["size_bytes"], found[i]["sha256"]) for i in ids
    ]
    frozen = repository.Frozen(
        team={"name": team.name, "orgs": msgspec.to_builtins(team.orgs), "people": msgspec.to_builtins(team.people)},
        answers=answers.model_dump(mode="json"),
        manifest=[{**msgspec.to_builtins(file), "object_key": found[file.material_id]["object_key"]} for file in files],
    )
    n = await repository.supersede(application_id) + 1
    facts = {
        "application_id": application_id,
        "n": n,
        "receipt_no": domain.receipt_number(topic.code, secrets.token_bytes(5)),
        "submitted_at": gate.at,
    }
    sealed = {**facts, "team": frozen.team, "answers": frozen.answers, "files": msgspec.to_builtins(files)}
    receipt = Receipt(submission_id=uuid4(), files=files, sha256=digest(sealed), **facts)
    await repository.add_submission(receipt, team, actor.person_id, frozen)
    status = domain.LIFECYCLE.next(row["status"], "submit")
    await repository.mark_submitted(application_id, status, receipt.submission_id)
    await audit.record(
        "application.submit", "application", application_id, topic_id=team.topic_id,
        n=n, receipt_no=receipt.receipt_no, sha256=receipt.sha256, rules=topic.rules.version,
    )  # fmt: skip
    await emit("applications.mail_receipt", {"submission_id": str(receipt.submission_id)}, fairness_key=str(team.id))
    return receipt


def _indicators(topic: FrozenTopic) -> list[Indicator]:
    return [Indicator(i.code, i.comparator, i.threshold) for i in topic.body.indicators]


async def count(topic_id: UUID) -> ApplicationCount:
    """How many applications were submitted to a topic. Public."""
    rows = await ENGINE.read(Role.PUBLIC, "select app.application_count($1) as n", topic_id)
    return ApplicationCount(topic_id, rows[0]["n"])
