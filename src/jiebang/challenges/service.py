"""What an agency does with a topic until it is published. Readers' side: `catalogue.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from jiebang.challenges import api, ports, repository
from jiebang.challenges.appointments import acting_agency, held_roles
from jiebang.challenges.content import TopicDraft, TopicText, frozen_digest
from jiebang.challenges.lifecycle import (
    NOT_AGENCY_OFFICER,
    NOT_LEGAL_REVIEWER,
    THREE_PEOPLE_NEEDED,
    TOPIC,
    TopicRoleName,
    may_hold,
)
from jiebang.challenges.readiness import Finding, missing
from jiebang.challenges.rules import RuleSet
from jiebang.challenges.schemas import (
    FindingView,
    Readiness,
    TopicRef,
)
from jiebang.challenges.search import index_terms
from jiebang.kernel.errors import FieldProblem, Forbidden, Invalid, NotFound, Refused, Rule, Stale
from jiebang.platform import audit
from jiebang.platform.db import Role, use_case

if TYPE_CHECKING:
    from datetime import datetime

    from jiebang.challenges.lifecycle import Command
    from jiebang.challenges.repository import TopicRow
    from jiebang.challenges.schemas import TopicWork
    from jiebang.kernel.actor import Actor

AUTHORITIES = frozenset({"agency", "funder"})

NOT_A_DRAFT = Rule(
    "topic.not_a_draft",
    zh="榜题已提交，正文不能修改；需要修改时请先退回。",
    en="The topic was submitted and its text stands; it has to be returned before it can be edited.",
)
ORGANISATION_UNKNOWN = Rule(
    "topic.organisation_unknown",
    zh="该单位尚未登记。请核对，或请对方先登记。",
    en="This organisation is not registered. Check it, or ask it to register first.",
)
FUNDER_KIND = Rule(
    "topic.funder_kind",
    zh="出资方应为主管部门或出资单位：拨付须由其财务人员申请和核准。",
    en="The funder is an agency or a funding body: its finance officers request and approve the payments.",
)
RULE_SET_UNKNOWN = Rule("topic.rule_set_unknown", zh="没有这套规则。", en="There is no such rule set.")


@use_case(Role.OFFICER)
async def create(actor: Actor, data: TopicWork) -> TopicRef:
    """Begin a topic for the agency that the officer acts for; its creator is its drafter.

    Raises:
        Forbidden: `topic.not_agency_officer`.
        Invalid: the funder, the end user or the rule set is not there.
    """
    agency_id = await acting_agency("topic.create", NOT_AGENCY_OFFICER)
    await _check_references(data)
    topic_id = uuid4()
    code = await repository.add_topic(
        topic_id, agency_id, data.funder_id, data.end_user_id, actor.person_id, data.rule_set_id,
        data.text.model_dump(mode="json"), data.closes_at,
    )  # fmt: skip
    row = await api.lock(topic_id)
    await repository.add_role(row, actor.person_id, actor.display_name, "drafter", actor.person_id)
    await audit.record("topic.drafted", "topic", topic_id, topic_id=topic_id, code=code)
    return _ref(row)


@use_case(Role.OFFICER)
async def edit(actor: Actor, topic_id: UUID, data: TopicWork, *, if_match: int) -> TopicRef:
    """Replace a draft by its drafter.

    Raises:
        NotFound, Stale.
        Forbidden: `topic.role_needed`.
        Refused: `topic.not_a_draft`.
        Invalid: the funder, the end user or the rule set is not there.
    """
    row = await _lock(topic_id, if_match)
    await api.require(topic_id, "topic.edit")
    if row.status != "draft":
        raise Refused(NOT_A_DRAFT)
    await _check_references(data)
    await repository.edit_topic(
        topic_id, data.funder_id, data.end_user_id, data.rule_set_id, data.text.model_dump(mode="json"), data.closes_at
    )
    await audit.record("topic.edited", "topic", topic_id, topic_id=topic_id, version=row.version + 1)
    return await _now_at(topic_id)


@use_case(Role.OFFICER, read_only=True)
async def readiness(actor: Actor, topic_id: UUID) -> Readiness:
    """Everything that the topic lacks for a publication now.

    Raises:
        NotFound: the agency has no such topic.
    """
    row = await repository.topic(topic_id)
    if row is None:
        raise NotFound
    findings, _ = await _examine(row, await repository.now())
    return Readiness(
        ready=not any(f.blocking for f in findings),
        findings=[FindingView(f.pointer, f.rule.code, f.rule.zh, f.rule.en, f.blocking) for f in findings],
    )


@use_case(Role.OFFICER)
async def submit(actor: Actor, topic_id: UUID, *, if_match: int) -> TopicRef:
    """Hand a complete draft in for legal and budget review.

    Raises:
        NotFound, Stale.
        Forbidden: `topic.role_needed`.
        Refused: `topic.not_now`.
        Invalid: everything that is missing, with its place.
    """
    row = await _lock(topic_id, if_match)
    await api.require(topic_id, "topic.edit")
    TOPIC.next(row.status, "submit")
    await _require_ready(row, await repository.clock())
    return await _decide(row, "submit")


@use_case(Role.OFFICER)
async def return_to_drafter(actor: Actor, topic_id: UUID, reason: str, *, if_match: int) -> TopicRef:
    """Send a topic back before it is published; both checks start over.

    By the legal reviewer in review, later by an officer who may approve.

    Raises:
        NotFound, Stale.
        Forbidden: `topic.not_legal_reviewer`, `topic.not_agency_officer` or `topic.three_people`.
        Refused: `topic.not_now`.
    """
    row = await _lock(topic_id, if_match)
    if row.status == "review":
        await _third_person(actor, row, "legal_budget_reviewer")
    else:
        await _third_person(actor, row, "approver")
    ref = await _decide(row, "return", reason=reason)
    await repository.remove_roles(topic_id, ("legal_budget_reviewer", "approver"))
    return ref


@use_case(Role.OFFICER)
async def pass_legal(actor: Actor, topic_id: UUID, *, if_match: int) -> TopicRef:
    """Pass the legal and budget review, by somebody who did not draft.

    Raises:
        NotFound, Stale.
        Forbidden: `topic.not_legal_reviewer` or `topic.three_people`.
        Refused: `topic.not_now`.
    """
    row = await _lock(topic_id, if_match)
    await _third_person(actor, row, "legal_budget_reviewer")
    ref = await _decide(row, "pass_legal", legal_reviewer_id=actor.person_id)
    await repository.add_role(row, actor.person_id, actor.display_name, "legal_budget_reviewer", actor.person_id)
    return ref


@use_case(Role.OFFICER)
async def approve(actor: Actor, topic_id: UUID, *, if_match: int) -> TopicRef:
    """Approve, by an officer who neither drafted nor reviewed.

    Raises:
        NotFound, Stale.
        Forbidden: `topic.not_agency_officer` or `topic.three_people`.
        Refused: `topic.not_now`.
    """
    row = await _lock(topic_id, if_match)
    await _third_person(actor, row, "approver")
    ref = await _decide(row, "approve", legal_reviewer_id=row.legal_reviewer_id, approver_id=actor.person_id)
    await repository.add_role(row, actor.person_id, actor.display_name, "approver", actor.person_id)
    return ref


@use_case(Role.OFFICER)
async def publish(actor: Actor, topic_id: UUID, *, if_match: int) -> TopicRef:
    """Freeze text and rules and show them to the public, by the topic's approver.

    Raises:
        NotFound, Stale.
        Forbidden: `topic.not_agency_officer` or `topic.role_needed`.
        Refused: `topic.not_now`.
        Invalid: everything that is missing by now, such as time before the closing instant.
    """
    row = await _lock(topic_id, if_match)
    await acting_agency("topic.approve", NOT_AGENCY_OFFICER)
    await api.require(topic_id, "topic.publish")
    TOPIC.next(row.status, "publish")
    at = await repository.clock()
    draft, rules = await _require_ready(row, at)
    text = TopicText.model_validate(draft.model_dump())
    assert row.closes_at is not None  # noqa: S101 - readiness has seen to it
    sha256 = frozen_digest(row.code, 1, row.closes_at, text, rules)
    await repository.publish(
        row, actor.person_id, text.model_dump(mode="json"), rules.model_dump(mode="json"), sha256, at
    )
    await _project(row, text)
    await audit.record(
        "topic.publish", "topic", topic_id, topic_id=topic_id, status="published", n=1, sha256=sha256,
        rules=f"{rules.code} {rules.version}",
    )  # fmt: skip
    return await _now_at(topic_id)


async def _lock(topic_id: UUID, if_match: int) -> TopicRow:
    row = await api.lock(topic_id)
    if row.version != if_match:
        raise Stale
    return row


async def _third_person(actor: Actor, row: TopicRow, role: TopicRoleName) -> None:
    if role == "approver":
        await acting_agency("topic.approve", NOT_AGENCY_OFFICER)
    else:
        await acting_agency("topic.review_law", NOT_LEGAL_REVIEWER)
    if not may_hold(await held_roles(row.id, actor.person_id), role):
        raise Forbidden(THREE_PEOPLE_NEEDED)


async def _decide(
    row: TopicRow,
    command: Command,
    *,
    legal_reviewer_id: UUID | None = None,
    approver_id: UUID | None = None,
    reason: str | None = None,
) -> TopicRef:
    status = TOPIC.next(row.status, command)
    await repository.decide_topic(row.id, status, legal_reviewer_id, approver_id, reason)
    await audit.record(f"topic.{command}", "topic", row.id, topic_id=row.id, status=status, reason=reason)
    return TopicRef(row.id, row.code, status, row.version + 1)


async def _check_references(data: TopicWork) -> None:
    problems = []
    funder = await repository.party(data.funder_id)
    if funder is None:
        problems.append(FieldProblem("/funder_id", ORGANISATION_UNKNOWN))
    elif funder["kind"] not in AUTHORITIES:
        problems.append(FieldProblem("/funder_id", FUNDER_KIND))
    if await repository.party(data.end_user_id) is None:
        problems.append(FieldProblem("/end_user_id", ORGANISATION_UNKNOWN))
    if await repository.rule_set(data.rule_set_id) is None:
        problems.append(FieldProblem("/rule_set_id", RULE_SET_UNKNOWN))
    if problems:
        raise Invalid(problems)


async def _examine(row: TopicRow, now: datetime) -> tuple[list[Finding], tuple[TopicDraft, RuleSet]]:
    draft = TopicDraft.model_validate(row.body)
    rules = RuleSet.model_validate(await repository.rule_set(row.rule_set_id))
    directions: dict[str, set[str]] = {}
    for node in await repository.taxonomy(draft.taxonomy):
        if node["kind"] == "track":
            directions[node["code"]] = set()
        elif node["kind"] == "direction":
            directions[node["parent_code"]].add(node["code"])
    findings = missing(
        draft,
        rules=rules,
        closes_at=row.closes_at,
        now=now,
        directions=directions,
        calendar=await api.calendar(),
    )
    if draft.track:
        parties = (row.agency_id, row.funder_id, row.end_user_id)
        thin = await ports.panel_outlook(draft.track, parties, rules)
        findings += [Finding("/text/track", rule, blocking=False) for rule in thin]
    return findings, (draft, rules)


async def _require_ready(row: TopicRow, now: datetime) -> tuple[TopicDraft, RuleSet]:
    findings, content = await _examine(row, now)
    if blocking := [FieldProblem(f.pointer, f.rule) for f in findings if f.blocking]:
        raise Invalid(blocking)
    return content


async def _project(row: TopicRow, text: TopicText) -> None:
    nodes: dict[str, Any] = {n["code"]: n for n in await repository.taxonomy(text.taxonomy)}
    fields = list(dict.fromkeys(nodes[track]["parent_code"] for track in text.tracks))
    agency = await repository.party(row.agency_id)
    named = [nodes[code] for code in (*fields, *text.tracks, *text.directions)]
    written = [text.title, text.problem, text.baseline, text.gap, *(i.name for i in text.indicators)]
    terms = index_terms(
        [
            row.code,
            agency["name_zh"],
            agency["name_en"],
            *(n[lang] for n in named for lang in ("zh", "en")),
            *(part for t in written for part in (t.zh, t.en)),
        ]
    )
    await repository.project(row.id, fields[0], text.track, fields, text.tracks, terms)


async def _now_at(topic_id: UUID) -> TopicRef:
    row = await repository.topic(topic_id)
    if row is None:
        raise NotFound
    return _ref(row)


def _ref(row: TopicRow) -> TopicRef:
    return TopicRef(row.id, row.code, row.status, row.version)
