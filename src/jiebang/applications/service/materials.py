"""Files: announced, uploaded straight to the store, checked by a worker; downloaded by links that live two minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import asyncpg

from jiebang.applications import api, repository, rules
from jiebang.applications.domain import object_key
from jiebang.applications.schemas import DownloadLink, MaterialView, UploadLink
from jiebang.applications.service.gate import open_gate
from jiebang.challenges import api as challenges
from jiebang.kernel.actor import Actor
from jiebang.kernel.errors import FieldProblem, Invalid, NotFound, Refused
from jiebang.platform import audit, stores
from jiebang.platform.db import ENGINE, Role, use_case
from jiebang.platform.outbox import emit
from jiebang.platform.storage import LONGEST_LINK, new_key

if TYPE_CHECKING:
    from jiebang.applications.facts import TeamFacts
    from jiebang.applications.schemas import NewMaterial

DOWNLOAD_SECONDS = 120


@use_case(Role.MEMBER)
async def begin(actor: Actor, team_id: UUID, data: NewMaterial) -> UploadLink:
    """Announce a file of a team of the caller's; the answer says how to upload it. Application files: before the close.

    Raises:
        NotFound: not a team of his.
        Refused: `application.late`, `material.too_many`, `material.milestone_unknown`.
        Invalid: `material.too_large`.
    """
    team = await api.team(team_id)
    if data.part != "evidence":
        await open_gate(team.topic_id)
        await repository.lock_bid(team_id)
    await _refuse_excess(team, data)
    material_id, key = uuid4(), new_key("quarantine")
    application_id = await repository.application_of_team(team_id)
    try:
        async with ENGINE.savepoint():
            await repository.add_material(material_id, team, application_id, data, key, actor.person_id)
    except (asyncpg.ForeignKeyViolationError, asyncpg.InsufficientPrivilegeError):
        if data.milestone_id is None:
            raise
        raise Refused(rules.MILESTONE_UNKNOWN) from None  # not the team's, or its evidence was handed in already
    await audit.record("material.announced", "material", material_id, topic_id=team.topic_id, part=data.part)
    return _upload(material_id, key, data.size_bytes, data.content_type, data.sha256)


async def _refuse_excess(team: TeamFacts, data: NewMaterial) -> None:
    limits = (await challenges.frozen(team.topic_id)).rules.uploads
    if data.size_bytes > limits.max_bytes:
        raise Invalid([FieldProblem("/size_bytes", rules.FILE_TOO_LARGE)])
    if await repository.count_files(team.id, data.milestone_id) >= limits.max_files:
        raise Refused(rules.TOO_MANY_FILES, limit=limits.max_files)


def _upload(material_id: UUID, key: str, size: int, content_type: str, sha256: str) -> UploadLink:
    signed = stores.storage().presign_upload(key, size=size, content_type=content_type, sha256=bytes.fromhex(sha256))
    return UploadLink(material_id, signed.method, signed.url, signed.headers, LONGEST_LINK)


async def _row(material_id: UUID) -> Any:
    row = await repository.material(material_id)
    if row is None:
        raise NotFound
    return row


def _view(row: Any) -> MaterialView:
    return MaterialView(**{name: row[name] for name in MaterialView.__struct_fields__})


@use_case(Role.MEMBER, read_only=True)
async def awaited(actor: Actor, material_id: UUID) -> Any:
    """The row of a file that has not been uploaded or checked yet.

    Raises:
        NotFound: absent or hidden.
        Refused: `material.not_pending`.
    """
    row = await _row(material_id)
    if row["status"] != "pending":
        raise Refused(rules.NOT_PENDING)
    return row


async def upload_link(actor: Actor, material_id: UUID) -> UploadLink:
    """A fresh link for a file that has not been uploaded or checked yet; raises as `awaited`."""
    row = await awaited(actor, material_id)
    return _upload(material_id, row["quarantine_key"], row["size_bytes"], row["content_type"], row["sha256"])


@use_case(Role.MEMBER, read_only=True)
async def _seen(actor: Actor, material_id: UUID) -> Any:
    return await _row(material_id)


@use_case(Role.MEMBER)
async def _wants_check(actor: Actor, material_id: UUID) -> MaterialView:
    row = await _row(material_id)
    if row["status"] == "pending":
        await emit("applications.check_material", {"material_id": str(material_id)}, fairness_key=str(row["team_id"]))
    return _view(row)


async def complete(actor: Actor, material_id: UUID) -> MaterialView:
    """Say that the upload is finished: a worker checks the file. May be repeated.

    Raises:
        NotFound: absent or hidden.
        Refused: `material.not_uploaded`.
    """
    row = await _seen(actor, material_id)
    absent = row["status"] == "pending" and await stores.storage().head(row["quarantine_key"]) is None
    # Gone from quarantine it may have been settled meanwhile; only a file that still waits is missing.
    if absent and (await _seen(actor, material_id))["status"] == "pending":
        raise Refused(rules.NOT_UPLOADED)
    return await _wants_check(actor, material_id)


@use_case(Role.MEMBER, read_only=True)
async def view(actor: Actor, material_id: UUID) -> MaterialView:
    """A file of a team of the caller's.

    Raises:
        NotFound: absent or hidden.
    """
    return _view(await _row(material_id))


async def of_team(actor: Actor, team_id: UUID) -> list[MaterialView]:
    """All files of a team, oldest first (their number is limited); empty for any other team."""
    rows = await ENGINE.read(Role.MEMBER, repository.Q.materials, team_id, token=actor.token_hash)
    return [_view(row) for row in rows]


@use_case(Role.MEMBER)
async def delete(actor: Actor, material_id: UUID) -> None:
    """Delete a file that was not submitted; evidence until it is handed in.

    Raises:
        NotFound: absent or hidden.
        Refused: `material.submitted`, `material.evidence_stays`.
    """
    row = await _row(material_id)
    await repository.lock_bid(row["team_id"])  # a submission under way keeps its files
    row = await _row(material_id)
    if await repository.in_a_submission(row["application_id"], material_id):
        raise Refused(rules.SUBMITTED_FILE)
    if not await repository.delete_material(material_id):
        raise Refused(rules.EVIDENCE_STAYS if row["part"] == "evidence" else rules.SUBMITTED_FILE)
    await audit.record("material.deleted", "material", material_id, topic_id=row["topic_id"], sha256=row["sha256"])
    keys = [row["quarantine_key"], object_key(material_id)]
    await emit("applications.forget_files", {"keys": keys}, fairness_key=str(row["team_id"]))


@use_case(Role.MEMBER)
async def download(actor: Actor, material_id: UUID) -> DownloadLink:
    """A link to a checked file of a team of the caller's (or one that a later slice shows him).

    Raises:
        NotFound: absent or hidden.
        Refused: `material.not_checked`.
    """
    return await _download(material_id)


@use_case(Role.OFFICER, reads=True)
async def download_opened(actor: Actor, material_id: UUID) -> DownloadLink:
    """A link to a file of an opened application, for the topic's agency.

    Raises:
        NotFound: absent, hidden or sealed.
    """
    return await _download(material_id)


async def _download(material_id: UUID) -> DownloadLink:
    row = await _row(material_id)
    if row["status"] != "checked":
        raise Refused(rules.NOT_CHECKED)
    url = stores.storage().presign_download(
        row["object_key"], filename=row["filename"], content_type=row["content_type"], expires=DOWNLOAD_SECONDS
    )
    await audit.record("material.read", "material", material_id, topic_id=row["topic_id"], part=row["part"])
    return DownloadLink(url, DOWNLOAD_SECONDS)
