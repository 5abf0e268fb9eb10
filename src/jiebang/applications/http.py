"""Applications over HTTP."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from jiebang.applications.form import Answers
from jiebang.applications.schemas import (
    ApplicationCount,
    ApplicationView,
    DownloadLink,
    FormalDecision,
    FormalProgress,
    FormalResult,
    InvitationView,
    Joined,
    MaterialView,
    MyApplication,
    NewMaterial,
    NewPart,
    NewTeam,
    NewTeamInvitation,
    OpenedView,
    Opening,
    Receipt,
    Shares,
    Submit,
    TeamView,
    Token,
    UploadLink,
    UploadParts,
)
from jiebang.applications.service import bids, materials, opening, parts, teams
from jiebang.kernel.actor import Actor
from jiebang.web.pagination import DEFAULT_LIMIT, Cursor, Cursors, Limit, Page

CREATES = {"idempotent": True}
OFFICER = {"role": "officer"}
EDITS = {"if_match": True, "idempotent": "optional"}


class Teams(Controller):
    """Teams and their members."""

    path = "/api/v1"
    tags = ("teams",)

    @post("/topics/{topic_id:uuid}/teams", operation_id="found_team", status_code=201, opt=CREATES)
    async def found(self, topic_id: FromPath[UUID], data: JSONBody[NewTeam], actor: NamedDependency[Actor]) -> TeamView:
        """Form a team on an open topic, as its lead for the organisation I act for."""
        return await teams.found(actor, topic_id, data)

    @get("/teams/mine", operation_id="list_my_teams")
    async def mine(
        self,
        actor: NamedDependency[Actor],
        cursors: NamedDependency[Cursors],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[MyApplication]:
        """My teams with their applications, newest first."""
        query = {"list": "my_teams"}
        at = cursors.decode(cursor, query)
        after = None if at is None else (datetime.fromisoformat(at[0]), UUID(at[1]))
        rows = await teams.mine(actor, after, limit + 1)
        return cursors.page(rows, limit, lambda row: (row.created_at, row.team_id), query)

    @get("/teams/{team_id:uuid}", operation_id="read_team")
    async def read(self, team_id: FromPath[UUID], actor: NamedDependency[Actor]) -> TeamView:
        """One of my teams."""
        return await teams.view(actor, team_id)

    @post("/teams/{team_id:uuid}/invitations", operation_id="invite_to_team", status_code=201, opt=CREATES)
    async def invite(
        self, team_id: FromPath[UUID], data: JSONBody[NewTeamInvitation], actor: NamedDependency[Actor]
    ) -> InvitationView:
        """Invite a person of another organisation to join with it; the link goes by mail."""
        return await teams.invite(actor, team_id, data)

    @delete(
        "/teams/{team_id:uuid}/invitations/{invitation_id:uuid}",
        operation_id="withdraw_team_invitation",
        status_code=204,
    )
    async def withdraw(
        self, team_id: FromPath[UUID], invitation_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> None:
        """Take back an unused invitation."""
        await teams.withdraw_invitation(actor, team_id, invitation_id)

    @post(
        "/teams/invitations/acceptance",
        operation_id="accept_team_invitation",
        status_code=200,
        opt={"idempotent": "optional"},
    )
    async def accept(self, data: JSONBody[Token], actor: NamedDependency[Actor]) -> TeamView:
        """Join a team with the token out of the mail."""
        return await teams.accept(actor, data.token)

    @put("/teams/{team_id:uuid}/shares", operation_id="set_team_shares", opt=EDITS)
    async def shares(
        self,
        team_id: FromPath[UUID],
        data: JSONBody[Shares],
        actor: NamedDependency[Actor],
        if_match: NamedDependency[int],
    ) -> TeamView:
        """Divide work and money among the team's organisations."""
        return await teams.set_shares(actor, team_id, data, if_match)

    @delete("/teams/{team_id:uuid}/orgs/{org_id:uuid}", operation_id="remove_team_partner", status_code=200, opt=EDITS)
    async def remove(
        self,
        team_id: FromPath[UUID],
        org_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        if_match: NamedDependency[int],
    ) -> TeamView:
        """Remove a partner organisation with its people."""
        return await teams.remove_partner(actor, team_id, org_id, if_match)


class Applications(Controller):
    """The form and its submission."""

    path = "/api/v1"
    tags = ("applications",)

    @get("/applications/{application_id:uuid}", operation_id="read_application")
    async def read(self, application_id: FromPath[UUID], actor: NamedDependency[Actor]) -> ApplicationView:
        """The application of one of my teams, with the receipt of its last submission."""
        return await bids.view(actor, application_id)

    @put("/applications/{application_id:uuid}/answers", operation_id="save_answers", opt=EDITS)
    async def save(
        self,
        application_id: FromPath[UUID],
        data: JSONBody[Answers],
        actor: NamedDependency[Actor],
        if_match: NamedDependency[int],
    ) -> ApplicationView:
        """Save the form as it stands; gaps are fine until submission."""
        return await bids.save(actor, application_id, data, if_match)

    @post(
        "/applications/{application_id:uuid}/submissions",
        operation_id="submit_application",
        status_code=201,
        opt=CREATES,
    )
    async def submit(
        self, application_id: FromPath[UUID], data: JSONBody[Submit], actor: NamedDependency[Actor]
    ) -> Receipt:
        """Submit; the last submission before the topic closes counts."""
        return await bids.submit(actor, application_id, data)

    @get("/topics/{topic_id:uuid}/application-count", operation_id="count_applications", opt={"public": True})
    async def count(self, topic_id: FromPath[UUID]) -> ApplicationCount:
        """How many applications were submitted to a topic."""
        return await bids.count(topic_id)


class Materials(Controller):
    """Files of a team: announced here, sent straight to the store."""

    path = "/api/v1"
    tags = ("materials",)

    @post("/teams/{team_id:uuid}/materials", operation_id="begin_upload", status_code=201, opt=CREATES)
    async def begin(
        self, team_id: FromPath[UUID], data: JSONBody[NewMaterial], actor: NamedDependency[Actor]
    ) -> UploadLink:
        """Announce a file; the answer says how to upload it."""
        return await materials.begin(actor, team_id, data)

    @get("/teams/{team_id:uuid}/materials", operation_id="list_materials")
    async def of_team(self, team_id: FromPath[UUID], actor: NamedDependency[Actor]) -> list[MaterialView]:
        """The files of one of my teams; their number is limited by the topic's rules."""
        return await materials.of_team(actor, team_id)

    @get("/materials/{material_id:uuid}", operation_id="read_material")
    async def read(self, material_id: FromPath[UUID], actor: NamedDependency[Actor]) -> MaterialView:
        """A file of one of my teams, with the state of its check."""
        return await materials.view(actor, material_id)

    @post("/materials/{material_id:uuid}/upload", operation_id="renew_upload", status_code=200)
    async def renew(self, material_id: FromPath[UUID], actor: NamedDependency[Actor]) -> UploadLink:
        """A fresh link for a file that has not arrived yet."""
        return await materials.upload_link(actor, material_id)

    @post("/materials/{material_id:uuid}/parts", operation_id="begin_parts", status_code=200)
    async def begin_parts(self, material_id: FromPath[UUID], actor: NamedDependency[Actor]) -> UploadParts:
        """Send a large file in parts, or go on with it: the answer says which have arrived. May be repeated."""
        return await parts.begin(actor, material_id)

    @post("/materials/{material_id:uuid}/parts/link", operation_id="sign_part", status_code=200)
    async def sign_part(
        self, material_id: FromPath[UUID], data: JSONBody[NewPart], actor: NamedDependency[Actor]
    ) -> UploadLink:
        """A link for one part. A part may be sent again; what arrived last counts."""
        return await parts.link(actor, material_id, data)

    @post("/materials/{material_id:uuid}/parts/join", operation_id="join_parts", status_code=204)
    async def join_parts(
        self, material_id: FromPath[UUID], data: JSONBody[Joined], actor: NamedDependency[Actor]
    ) -> None:
        """All parts have arrived: make them one file. May be repeated."""
        await parts.join(actor, material_id, data)

    @post("/materials/{material_id:uuid}/complete", operation_id="complete_upload", status_code=202)
    async def complete(self, material_id: FromPath[UUID], actor: NamedDependency[Actor]) -> MaterialView:
        """The upload is finished; a worker checks the file. May be repeated."""
        return await materials.complete(actor, material_id)

    @delete("/materials/{material_id:uuid}", operation_id="delete_material", status_code=204)
    async def remove(self, material_id: FromPath[UUID], actor: NamedDependency[Actor]) -> None:
        """Delete a file that was not submitted."""
        await materials.delete(actor, material_id)

    @post("/materials/{material_id:uuid}/download", operation_id="download_material", status_code=200)
    async def download(self, material_id: FromPath[UUID], actor: NamedDependency[Actor]) -> DownloadLink:
        """A link to a checked file, good for two minutes. The reading is recorded."""
        return await materials.download(actor, material_id)


class FormalCheck(Controller):
    """The agency's side: opening and formal check."""

    path = "/api/v1"
    tags = ("formal check",)
    opt = OFFICER

    @post("/topics/{topic_id:uuid}/opening", operation_id="open_applications", status_code=200, opt=CREATES)
    async def open_topic(self, topic_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Opening:
        """Open a closed topic's applications: two opening officers, one after the other."""
        return await opening.open_topic(actor, topic_id)

    @get("/topics/{topic_id:uuid}/applications", operation_id="list_opened_applications")
    async def opened(
        self,
        topic_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        cursors: NamedDependency[Cursors],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[OpenedView]:
        """The opened applications of my agency's topic; none before the opening."""
        query = {"list": "opened", "topic": str(topic_id)}
        at = cursors.decode(cursor, query)
        rows = await opening.opened(actor, topic_id, None if at is None else UUID(at[0]), limit + 1)
        return cursors.page(rows, limit, lambda row: (row.application_id,), query)

    @get("/topics/{topic_id:uuid}/applications/{application_id:uuid}", operation_id="read_opened_application")
    async def opened_one(
        self, topic_id: FromPath[UUID], application_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> OpenedView:
        """One opened application of my agency's topic."""
        return await opening.opened_one(actor, topic_id, application_id)

    @get("/topics/{topic_id:uuid}/formal-check", operation_id="read_formal_progress")
    async def progress(self, topic_id: FromPath[UUID], actor: NamedDependency[Actor]) -> FormalProgress:
        """How far the formal check of my agency's topic has come, in counts."""
        return await opening.formal_progress(actor, topic_id)

    @post(
        "/applications/{application_id:uuid}/formal-check",
        operation_id="decide_formal_check",
        status_code=200,
        opt=CREATES,
    )
    async def decide(
        self, application_id: FromPath[UUID], data: JSONBody[FormalDecision], actor: NamedDependency[Actor]
    ) -> FormalResult:
        """Decide once whether an application is eligible; a refusal states ground, reasons and article."""
        return await opening.formal_check(actor, application_id, data)

    @post("/opened-materials/{material_id:uuid}/download", operation_id="download_opened_material", status_code=200)
    async def download(self, material_id: FromPath[UUID], actor: NamedDependency[Actor]) -> DownloadLink:
        """A link to a file of an opened application, good for two minutes. The reading is recorded."""
        return await materials.download_opened(actor, material_id)


CONTROLLERS: list[type[Controller]] = [Teams, Applications, Materials, FormalCheck]
