"""Use cases of awards: list, decision, public notice, confirmation. Contracts are `contracts.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from jiebang.applications import api as applications
from jiebang.awards import domain, repository, texts
from jiebang.awards.schemas import AwardEntry, AwardListView, ListedOrg, Name, NoticeView
from jiebang.challenges import api as challenges
from jiebang.kernel.errors import NotFound, Refused, Stale
from jiebang.kernel.text import BilingualText
from jiebang.kernel.working_days import deadline
from jiebang.platform import audit
from jiebang.platform.db import Role, use_case
from jiebang.review import api as review

if TYPE_CHECKING:
    from typing import Any

    from jiebang.awards.repository import After
    from jiebang.awards.schemas import NewDecision
    from jiebang.kernel.actor import Actor


@use_case(Role.OFFICER)
async def propose(actor: Actor, topic_id: UUID) -> AwardListView:
    """Propose the award list that the topic's latest score run gives.

    Raises:
        NotFound: no such topic of the agency.
        Forbidden: `award.not_agency_officer`.
        Refused: `award.not_scored`, `award.too_little_competition` or `topic.not_now`.
    """
    domain.require_officer(actor)
    row = await challenges.lock(topic_id)
    topic = await challenges.frozen(topic_id)
    if (run := await review.latest_score_run(topic_id)) is None:
        raise Refused(domain.NOT_SCORED)
    awards = topic.body.award_count
    if not topic.rules.enough_competition(len(run.ranking), awards):
        raise Refused(domain.TOO_LITTLE_COMPETITION, eligible=len(run.ranking), awards=awards)
    bids = {str(bid.application_id): bid for bid in await applications.opened(topic_id)}
    scores = {str(ranked.application_id): ranked for ranked in run.ranking}
    entries = []
    for placed in domain.recommend([str(r.application_id) for r in run.ranking], awards):
        bid, ranked = bids[placed.application_id], scores[placed.application_id]
        unit = texts.lead_org(bid)
        entries.append(
            AwardEntry(
                bid.application_id,
                bid.team_id,
                bid.team_name,
                ListedOrg(unit.org_id, Name(unit.name_zh, unit.name_en)),
                placed.rank,
                ranked.score,
                ranked.display,
                placed.outcome,
            )
        )
    list_id = uuid4()
    await challenges.move(topic_id, "propose")
    await repository.add_list(list_id, topic_id, row.agency_id, run.id, entries, actor.person_id)
    await audit.record("award_list.proposed", "award_list", list_id, topic_id=topic_id, score_run=str(run.id))
    return await _list(list_id)


@use_case(Role.OFFICER)
async def decide(actor: Actor, list_id: UUID, data: NewDecision, if_match: int) -> AwardListView:
    """Record the collective decision on a list, by someone other than its proposer; applications move with it.

    Raises:
        NotFound: no such list of the agency.
        Forbidden: `award.not_agency_officer`.
        Stale: the list changed.
        Refused: `award_list.not_now` or `award.same_person`.
    """
    row = await _locked(actor, list_id, if_match)
    status = domain.AWARD_LIST.next(row["status"], "decide")
    if row["proposed_by"] == actor.person_id:
        raise Refused(domain.SAME_PERSON)
    await repository.decide(list_id, status, actor.person_id)
    for entry in row["entries"]:
        await applications.move(
            UUID(entry["application_id"]), "recommend" if entry["outcome"] == "recommended" else "not_recommend"
        )
    await audit.record(
        "award_list.decided", "award_list", list_id, topic_id=row["topic_id"], reason=data.reason, status=status
    )
    return await _list(list_id)


@use_case(Role.OFFICER)
async def give_notice(actor: Actor, list_id: UUID, if_match: int) -> NoticeView:
    """Give public notice of a decided list; it runs from now to 24:00 (Shanghai) of the last day of the rules' period.

    Raises:
        NotFound: no such list of the agency.
        Forbidden: `award.not_agency_officer`.
        Stale: the list changed.
        Refused: `award.not_decided`, `award.notice_exists` or `topic.not_now`.
    """
    row = await _locked(actor, list_id, if_match)
    if row["status"] == "proposed":
        raise Refused(domain.NOT_DECIDED)
    if await repository.notice_of_list(list_id) is not None:
        raise Refused(domain.NOTICE_EXISTS)
    topic = await challenges.frozen(row["topic_id"])
    starts_at = await repository.clock()
    last_day = deadline(starts_at, topic.rules.notice, await challenges.calendar())
    notice_id, code = uuid4(), f"GS-{topic.code}-{row['n']}"
    title = topic.body.title
    await repository.add_notice(
        notice_id, row, code,
        BilingualText(f"拟立项公示：{title.get('zh')}", f"Public notice of proposed awards: {title.get('en')}"),
        texts.notice_text(topic, row["entries"], topic.rules.notice, last_day), starts_at, last_day.instant,
    )  # fmt: skip
    await challenges.move(row["topic_id"], "give_notice")
    await audit.record(
        "award_list.notice_given", "public_notice", notice_id, topic_id=row["topic_id"], list=str(list_id),
        ends_at=last_day.instant.isoformat(), provisional=last_day.provisional,
    )  # fmt: skip
    return await repository.given_notice(notice_id)


@use_case(Role.OFFICER)
async def confirm(actor: Actor, list_id: UUID, if_match: int) -> AwardListView:
    """Confirm the awards once the public notice has ended by the database's clock.

    Raises:
        NotFound: no such list of the agency, or no notice of it.
        Forbidden: `award.not_agency_officer`.
        Stale: the list changed.
        Refused: `award_list.not_now` or `award.notice_running`, which names the ending instant.
    """
    row = await _locked(actor, list_id, if_match)
    status = domain.AWARD_LIST.next(row["status"], "confirm")
    if (notice := await repository.notice_of_list(list_id)) is None:
        raise Refused(domain.NOT_ANNOUNCED)
    at = await repository.clock()
    domain.check_notice_over(at, notice["ends_at"])
    await repository.confirm(list_id, status, actor.person_id, at)
    for application_id in domain.winners(row["entries"]):
        await applications.move(UUID(application_id), "award")
    await challenges.move(row["topic_id"], "award")
    await audit.record("award_list.confirmed", "award_list", list_id, topic_id=row["topic_id"], status=status)
    return await _list(list_id)


@use_case(Role.OFFICER, reads=True)
async def award_list(actor: Actor, list_id: UUID) -> AwardListView:
    """A list of the actor's agency.

    Raises:
        NotFound: absent or hidden.
    """
    found = await _list(list_id)
    await audit.record("award_list.read", "award_list", list_id, topic_id=found.topic_id)
    return found


async def award_lists(actor: Actor, topic_id: UUID) -> list[AwardListView]:
    """A topic's lists, the first one first; none for other agencies."""
    found = await repository.award_lists(actor, topic_id)
    if found:
        await audit.note_read(Role.OFFICER, actor, "award_list.read", "topic", topic_id, topic_id=topic_id)
    return found


async def notice(notice_id: UUID) -> NoticeView:
    """A public notice.

    Raises:
        NotFound: there is none.
    """
    if (found := await repository.notice(notice_id)) is None:
        raise NotFound
    return found


async def notices(after: After | None, limit: int) -> list[NoticeView]:
    """Public notices, the newest first; `after` is the last one's (published_at, id)."""
    return await repository.notices(after, limit)


async def _locked(actor: Actor, list_id: UUID, if_match: int) -> Any:
    """The list's row under the topic's lock and its own, for an agency officer who read this version of it."""
    domain.require_officer(actor)
    await challenges.lock((await _list(list_id)).topic_id)
    row = await repository.lock_list(list_id)
    if row is None:
        raise NotFound
    if row["version"] != if_match:
        raise Stale
    return row


async def _list(list_id: UUID) -> AwardListView:
    if (found := await repository.award_list(list_id)) is None:
        raise NotFound
    return found
