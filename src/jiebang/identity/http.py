"""Identity over HTTP."""

from __future__ import annotations

from hashlib import sha256
from typing import TypeVar
from uuid import UUID

from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from jiebang.identity import access, service
from jiebang.identity.schemas import (
    Accepted,
    AccessView,
    ActFor,
    GrantView,
    Joined,
    MyOrganisation,
    NewGrant,
    NewInvitation,
    NewOrganisation,
    OrganisationView,
    OrgIdentifier,
    OrgPerson,
    SessionView,
    SignIn,
    SignUp,
    Token,
    Verification,
)
from jiebang.kernel.actor import Actor
from jiebang.kernel.errors import Unauthenticated
from jiebang.platform.crypto import token_hash
from jiebang.platform.limits import Limiter
from jiebang.web.csrf import csrf_token
from jiebang.web.pagination import DEFAULT_LIMIT, Cursor, Cursors, Limit, Page
from jiebang.web.session import RequestContext, Sessions

T = TypeVar("T")
PUBLIC = {"public": True, "rate": "300/minute", "rate_by": "client"}


def _view(actor: Actor, token: str) -> SessionView:
    return SessionView(
        actor.person_id, actor.display_name, actor.email, actor.locale, actor.org_id,
        sorted(actor.org_roles), sorted(c.removeprefix("jiebang_") for c in actor.classes), sorted(actor.rights),
        csrf_token(token),
    )  # fmt: skip


def _with_cookie(sessions: Sessions, view: T, context: RequestContext) -> Response[T]:
    """The answer with the session's cookie marked anew: what the session means has changed, in every process."""
    response = Response(view, status_code=200)
    sessions.cookie.set(response, context.token or "", int(service.SESSION_LIFETIME.total_seconds()))
    return response


class Accounts(Controller):
    """Sign-up, verification and sessions."""

    path = "/api/v1"
    tags = ("identity",)

    @post("/sign-up", operation_id="sign_up", status_code=202, opt=PUBLIC)
    async def sign_up(self, data: JSONBody[SignUp], limiter: NamedDependency[Limiter]) -> Accepted:
        """Create an account; a link to verify the address follows by mail."""
        await limiter.require("5/hour", "sign_up", sha256(data.email.lower().encode()).hexdigest())
        await service.sign_up(data)
        return Accepted()

    @post("/verification", operation_id="verify_email", status_code=202, opt=PUBLIC)
    async def verify(self, data: JSONBody[Verification], limiter: NamedDependency[Limiter]) -> Accepted:
        """Prove an e-mail address with the token out of the mail and the password chosen at sign-up."""
        await limiter.require("20/10 minute", "verify_email", sha256(data.token.encode()).hexdigest())
        await service.verify(data)
        return Accepted()

    @post("/session", operation_id="sign_in", status_code=201, opt=PUBLIC)
    async def sign_in(
        self,
        data: JSONBody[SignIn],
        context: NamedDependency[RequestContext],
        sessions: NamedDependency[Sessions],
        limiter: NamedDependency[Limiter],
        client: NamedDependency[str],
    ) -> Response[SessionView]:
        """Open a fresh session; one that came with the request ends."""
        # By account and client together: a stranger's guesses must not keep the owner out.
        await limiter.require("20/10 minute", "sign_in", sha256(data.email.lower().encode()).hexdigest(), client)
        old = token_hash(context.token) if context.token else None
        token = await service.sign_in(data, old)
        if old is not None:
            sessions.forget(old)
        actor = await service.resolve(token_hash(token))
        if actor is None:
            raise Unauthenticated
        response = Response(_view(actor, token), status_code=201)
        sessions.cookie.set(response, token, int(service.SESSION_LIFETIME.total_seconds()))
        return response

    @get("/session", operation_id="read_session")
    async def read(self, context: NamedDependency[RequestContext]) -> SessionView:
        """Who am I, for whom do I act, and the CSRF value of unsafe requests."""
        return _view(context.signed_in, context.token or "")

    @delete("/session", operation_id="sign_out", status_code=204)
    async def sign_out(
        self, context: NamedDependency[RequestContext], sessions: NamedDependency[Sessions]
    ) -> Response[None]:
        """End the session everywhere."""
        token = context.signed_in.token_hash
        await service.sign_out(token)
        sessions.forget(token)
        response: Response[None] = Response(None, status_code=204)
        sessions.cookie.clear(response)
        return response

    @post("/session/acting", operation_id="act_for", status_code=200)
    async def act_for(
        self,
        data: JSONBody[ActFor],
        context: NamedDependency[RequestContext],
        sessions: NamedDependency[Sessions],
    ) -> Response[SessionView]:
        """Act for one of my organisations."""
        actor = context.signed_in
        await service.act_for(actor, data.org_id)
        fresh = await service.resolve(actor.token_hash)
        if fresh is None:
            raise Unauthenticated
        return _with_cookie(sessions, _view(fresh, context.token or ""), context)


class Organisations(Controller):
    """Organisations and who does what for them."""

    path = "/api/v1"
    tags = ("identity",)

    @post("/organisations", operation_id="register_organisation", status_code=201, opt={"idempotent": True})
    async def register(self, data: JSONBody[NewOrganisation], actor: NamedDependency[Actor]) -> OrganisationView:
        """Register an organisation by its identifier, as its administrator."""
        return await service.register_organisation(actor, data)

    @post("/organisations/look-up", operation_id="find_organisation", status_code=200, opt={"rate": "30/hour"})
    async def find(self, data: JSONBody[OrgIdentifier], actor: NamedDependency[Actor]) -> OrganisationView:
        """Look an organisation up by its exact identifier."""
        return await service.find_organisation(actor, data)

    @get("/organisations/mine", operation_id="list_my_organisations")
    async def mine(self, actor: NamedDependency[Actor]) -> list[MyOrganisation]:
        """My organisations, with my roles."""
        return await service.my_organisations(actor)

    @get("/organisations/{org_id:uuid}/people", operation_id="list_organisation_people")
    async def people(
        self,
        org_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        cursors: NamedDependency[Cursors],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[OrgPerson]:
        """The people of one of my organisations."""
        query = {"list": "people", "org": str(org_id)}
        at = cursors.decode(cursor, query)
        rows = await service.organisation_people(actor, org_id, None if at is None else UUID(at[0]), limit + 1)
        return cursors.page(rows, limit, lambda row: (row.person_id,), query)

    @post(
        "/organisations/invitations",
        operation_id="invite_to_organisation",
        status_code=202,
        opt={"rate": "60/minute", "idempotent": "optional"},
    )
    async def invite(self, data: JSONBody[NewInvitation], actor: NamedDependency[Actor]) -> Accepted:
        """Invite an address to a role in the organisation I act for."""
        return await service.invite(actor, data)

    @post(
        "/organisations/invitations/acceptance",
        operation_id="accept_organisation_invitation",
        status_code=200,
        opt={"idempotent": "optional"},
    )
    async def accept(
        self,
        data: JSONBody[Token],
        context: NamedDependency[RequestContext],
        sessions: NamedDependency[Sessions],
    ) -> Response[Joined]:
        """Take up an invitation that was sent to my address."""
        joined = await service.accept_invitation(context.signed_in, data.token)
        return _with_cookie(sessions, joined, context)


class Access(Controller):
    """Who can do what here, and why; and what another authority's people may do here."""

    path = "/api/v1"
    tags = ("access",)

    @get("/access", operation_id="read_access")
    async def access(self, actor: NamedDependency[Actor]) -> AccessView:
        """Every right where I act: whether I have it, why, and who has it."""
        return await access.access(actor)

    @get("/organisations/grants", operation_id="list_grants")
    async def grants(self, actor: NamedDependency[Actor]) -> list[GrantView]:
        """What the organisation that I administer lets other authorities' people do, and they its own."""
        return await access.grants(actor)

    @post("/organisations/grants", operation_id="give_grant", status_code=201, opt={"idempotent": True})
    async def give(self, data: JSONBody[NewGrant], actor: NamedDependency[Actor]) -> GrantView:
        """Let another authority's people of a role act for the organisation that I administer."""
        return await access.give(actor, data)

    @delete("/organisations/grants/{grant_id:uuid}", operation_id="revoke_grant", status_code=204)
    async def revoke(self, grant_id: FromPath[UUID], actor: NamedDependency[Actor]) -> None:
        """End a grant; it counts at once."""
        await access.revoke(actor, grant_id)


CONTROLLERS: list[type[Controller]] = [Accounts, Organisations, Access]
