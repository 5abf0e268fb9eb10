"""Statements of applications. The definer functions they call are `migrations/applications/rules.sql`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from jiebang.applications.facts import MaterialFacts, OpenedApplication, TeamFacts
from jiebang.platform.db import ENGINE, Queries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from jiebang.applications.schemas import InvitationView, NewMaterial, Receipt

Q = Queries("jiebang.applications")


class Frozen(NamedTuple):
    """What a submission freezes, as plain JSON values."""

    team: dict[str, Any]
    answers: dict[str, Any]
    manifest: list[dict[str, Any]]


def _plain(row: Any) -> dict[str, Any]:
    return dict(row)


async def team(team_id: UUID) -> TeamFacts | None:
    """A team with its units and people, or None."""
    row = await ENGINE.current().fetchrow(Q.team, team_id)
    return None if row is None else msgspec.convert(_plain(row), TeamFacts)


async def opened(topic_id: UUID) -> list[OpenedApplication]:
    """Opened applications as submitted, by id."""
    rows = await ENGINE.current().fetch(Q.opened, topic_id)
    return [opened_from(row) for row in rows]


def opened_from(row: Any) -> OpenedApplication:
    """An opened application out of its row: the team's facts are those of the submission."""
    facts = _plain(row)
    frozen = facts.pop("team")
    return msgspec.convert(
        {**facts, "team_name": frozen["name"], "orgs": frozen["orgs"], "people": frozen["people"]}, OpenedApplication
    )


async def evidence_files(milestone_id: UUID) -> list[MaterialFacts]:
    """Checked evidence, oldest first."""
    rows = await ENGINE.current().fetch(Q.evidence_files, milestone_id)
    return [msgspec.convert(_plain(row), MaterialFacts) for row in rows]


async def lock_application(application_id: UUID) -> Any:
    """The application's row, locked until the unit ends; None where this login may not change it."""
    return await ENGINE.current().fetchrow(Q.lock_application, application_id)


async def move_application(application_id: UUID, status: str) -> None:
    """Store the next state."""
    await ENGINE.current().execute(Q.move_application, application_id, status)


# --- teams -----------------------------------------------------------------------------------------------------------


async def is_staff_of(agency_id: UUID) -> bool:
    """Whether the caller holds any role in the agency."""
    return await ENGINE.current().fetchval("select $1 = any (app.my_orgs())", agency_id)


async def staff_in_team(team_id: UUID) -> bool:
    """Whether somebody of a team of the caller's works for the topic's agency."""
    return await ENGINE.current().fetchval("select app.staff_in_team($1)", team_id)


async def found_team(topic_id: UUID, name: str, org_id: UUID) -> UUID:
    """A team with the caller as its lead, for his organisation `org_id`."""
    return await ENGINE.current().fetchval("select app.found_team($1, $2, $3)", topic_id, name, org_id)


async def add_draft(application_id: UUID, of: TeamFacts, answers: dict[str, Any]) -> None:
    """The team's application, still a draft."""
    await ENGINE.current().execute(Q.add_draft, application_id, of.id, of.topic_id, of.agency_id, answers)


async def application_of_team(team_id: UUID) -> UUID:
    """The team's one application."""
    return await ENGINE.current().fetchval(Q.application_of_team, team_id)


async def invitations(team_id: UUID) -> list[Any]:
    """Open invitations, oldest first; none but for the lead."""
    return await ENGINE.current().fetch(Q.invitations, team_id)


async def find_organisation(
    uscc: str | None, country: str | None, registry: str | None, registry_id: str | None
) -> UUID | None:
    """An organisation by its exact identifier."""
    return await ENGINE.current().fetchval(
        "select id from app.find_organisation($1, $2, $3, $4)", uscc, country, registry, registry_id
    )


async def add_invitation(invitation: InvitationView, of: TeamFacts, token: bytes, invited_by: UUID) -> None:
    """An invitation for a partner unit; only the token's hash is kept."""
    i = invitation
    await ENGINE.current().execute(
        Q.add_invitation,
        i.id, of.id, of.topic_id, of.agency_id, i.email, i.org_id, token, invited_by, i.created_at, i.expires_at,
    )  # fmt: skip


async def withdraw_invitation(team_id: UUID, invitation_id: UUID) -> bool:
    """Delete an unused invitation; False where there is none."""
    done = await ENGINE.current().execute(
        "delete from team_invitation where team_id = $1 and id = $2 and used_at is null", team_id, invitation_id
    )
    return done == "DELETE 1"


async def accept_invitation(token: bytes) -> UUID | None:
    """Join by a token that was mailed to the caller; the team, or None."""
    return await ENGINE.current().fetchval("select app.accept_team_invitation($1)", token)


async def set_share(team_id: UUID, org_id: UUID, work_bp: int, share_bp: int) -> None:
    """One unit's shares in basis points."""
    await ENGINE.current().execute(Q.set_share, team_id, org_id, work_bp, share_bp)


async def remove_partner(team_id: UUID, org_id: UUID) -> bool:
    """Remove a partner unit with its people; False where there is none."""
    if await ENGINE.current().fetchval(Q.remove_org, team_id, org_id) is None:
        return False
    await ENGINE.current().execute(Q.remove_people, team_id, org_id)
    return True


async def bump_team(team_id: UUID) -> None:
    """Count a change of the team."""
    await ENGINE.current().execute(Q.bump_team, team_id)


# --- applications ----------------------------------------------------------------------------------------------------


async def lock_bid(team_id: UUID) -> UUID | None:
    """Lock the team's application, and with it the team and its files, against other commands of the team."""
    return await ENGINE.current().fetchval(Q.lock_bid, team_id)


async def application(application_id: UUID) -> Any:
    """The application with its last submission, or None."""
    return await ENGINE.current().fetchrow(Q.application, application_id)


async def save_answers(application_id: UUID, answers: dict[str, Any]) -> None:
    """Replace the working copy."""
    await ENGINE.current().execute(Q.save_answers, application_id, answers)


async def supersede(application_id: UUID) -> int:
    """The number of the submission that stood until now, which stands no longer; 0 if there was none."""
    return await ENGINE.current().fetchval(Q.supersede, application_id) or 0


async def add_submission(receipt: Receipt, of: TeamFacts, by: UUID, frozen: Frozen) -> None:
    """Store a submission."""
    r = receipt
    await ENGINE.current().execute(
        Q.add_submission,
        r.submission_id, r.application_id, of.id, of.topic_id, of.agency_id, r.n, r.receipt_no, by, r.submitted_at,
        frozen.team, frozen.answers, frozen.manifest, r.sha256,
    )  # fmt: skip


async def mark_submitted(application_id: UUID, status: str, submission_id: UUID) -> None:
    """Point the application to the submission that counts."""
    await ENGINE.current().execute(Q.mark_submitted, application_id, status, submission_id)


# --- materials -------------------------------------------------------------------------------------------------------


async def chosen_materials(team_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Any]:
    """Those of the team's files that are named, by id."""
    rows = await ENGINE.current().fetch(Q.chosen_materials, team_id, ids)
    return {row["id"]: row for row in rows}


async def add_material(
    material_id: UUID, of: TeamFacts, application_id: UUID, data: NewMaterial, quarantine_key: str, by: UUID
) -> None:
    """A file that is to be uploaded."""
    await ENGINE.current().execute(
        Q.add_material,
        material_id, of.id, of.topic_id, of.agency_id, application_id, data.milestone_id, data.part, data.filename,
        data.content_type, data.size_bytes, data.sha256, quarantine_key, by,
    )  # fmt: skip


async def material(material_id: UUID) -> Any:
    """A file with its keys, or None."""
    return await ENGINE.current().fetchrow(Q.material, material_id)


async def count_files(team_id: UUID, milestone_id: UUID | None) -> int:
    """How many files the team holds for its application (None), or for one milestone."""
    return await ENGINE.current().fetchval(Q.count_files, team_id, milestone_id)


async def in_a_submission(application_id: UUID, material_id: UUID) -> bool:
    """Whether any submission of the application names the file."""
    return await ENGINE.current().fetchval(Q.in_a_submission, application_id, str(material_id))


async def delete_material(material_id: UUID) -> bool:
    """Forget a file's row; False where this login may not."""
    return await ENGINE.current().execute("delete from material where id = $1", material_id) == "DELETE 1"


async def settle_material(
    material_id: UUID, *, object_key: str | None = None, pages: int | None = None, refusal: dict[str, str] | None = None
) -> bool:
    """Store the outcome of a check (worker); False where it was stored before."""
    status = "checked" if refusal is None else "refused"
    done = await ENGINE.current().execute(Q.settle_material, material_id, status, object_key, pages, refusal)
    return done == "UPDATE 1"


async def keys_in_use(keys: Sequence[str]) -> set[str]:
    """Those of these object keys that a file or a submission names (worker)."""
    return set(await ENGINE.current().fetchval("select app.keys_in_use($1)", keys))


# --- opening and formal check ----------------------------------------------------------------------------------------


async def clock() -> datetime:
    """The instant that counts for a decision."""
    return await ENGINE.current().fetchval("select app.clock()")


async def open_applications(topic_id: UUID) -> int | None:
    """Name the caller as first opener (None), or open as the second: how many were opened."""
    return await ENGINE.current().fetchval("select app.open_topic_applications($1)", topic_id)


async def set_ineligible_reason(application_id: UUID, reason: dict[str, str]) -> None:
    """Why it was not accepted."""
    await ENGINE.current().execute(Q.set_ineligible_reason, application_id, reason)
