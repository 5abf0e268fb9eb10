"""Milestone evidence for tests: files that a worker is said to have checked."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from jiebang.funding import milestones
from jiebang.funding.schemas import MilestoneView, NewConfirmation, NewEvidence
from jiebang.platform.db import ENGINE, Role

if TYPE_CHECKING:
    from support.awards import Contracted

MEASURED = {"depth": "4600", "latency": "19.5"}
"""Values that reach `support.topics.topic_text`'s indicators."""


async def evidence_file(milestone_id: UUID, by: UUID, *, checked: bool = True) -> UUID:
    """An evidence file of the milestone's team; no bytes lie behind its key."""
    material_id = uuid4()
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute(
            "insert into material (id, team_id, topic_id, agency_id, milestone_id, part, filename, content_type,"
            " size_bytes, sha256, quarantine_key, object_key, status, pages, created_by, created_at, checked_at)"
            " select $1, team_id, topic_id, agency_id, id, 'evidence', '测试报告.pdf', 'application/pdf', 1000, $3, $4, $5,"
            " $6, 3, $7, now(), now() from milestone where id = $2",
            material_id, milestone_id, "0" * 64, f"quarantine/{uuid4()}", f"material/{uuid4()}" if checked else None,
            "checked" if checked else "pending", by,
        )  # fmt: skip
    return material_id


async def first_milestone(of: Contracted) -> MilestoneView:
    """The contract's first milestone."""
    return (await milestones.milestones(of.lead, of.contract.id))[0]


async def passed(of: Contracted, milestone: MilestoneView | None = None) -> MilestoneView:
    """A milestone with evidence that the end user has confirmed; by default the first one."""
    milestone = milestone or await first_milestone(of)
    file = await evidence_file(milestone.id, of.lead.person_id)
    data = NewEvidence(measured=MEASURED, notes="按任务书方法实测", material_ids=[file])
    submitted = await milestones.submit_evidence(of.lead, milestone.id, data, milestone.version)
    end_user = of.scored.topic.end_user
    return await milestones.confirm(end_user, milestone.id, NewConfirmation(opinion="符合要求"), submitted.version)
