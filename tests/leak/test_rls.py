"""Row-level security: tenants over few connections, statements that were slipped in, and the policy's every word."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from jiebang.applications.service import opening
from jiebang.challenges import desk, oversight
from jiebang.challenges.oversight_schemas import Reassignment
from jiebang.identity import access
from jiebang.identity import service as identity
from jiebang.identity.schemas import NewGrant, NewInvitation
from jiebang.kernel.errors import Forbidden, NotFound, Refused
from jiebang.kernel.policy import OFFICER_ROLES, RIGHTS, SUPERVISOR, decides, holds
from jiebang.platform.crypto import SIGNER
from jiebang.platform.db import API_ROLES, ENGINE, Role
from support import api, applications, attack, files, matrix, people, topics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from jiebang.engines.local import Endpoints
    from jiebang.kernel.actor import Actor
    from support.applications import Submitted
    from support.matrix import Place
    from support.topics import PublishedTopic

pytestmark = pytest.mark.usefixtures("database")
TENANTS, REQUESTS, AT_ONCE = 20, 10_000, 24
Connect = dict[Role, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Tenant:
    """An agency with a topic and a sealed bid for it; `marks` are ids that nobody else may ever see."""

    topic: PublishedTopic
    bid: Submitted
    officer: httpx.AsyncClient
    lead: httpx.AsyncClient

    @property
    def of_agency(self) -> set[str]:
        """What is the agency's own."""
        return {str(self.topic.drafter.person_id), str(self.topic.screener.person_id), str(self.topic.funder_id)}

    @property
    def of_team(self) -> set[str]:
        """What is the team's own."""
        return {str(self.bid.application_id), str(self.bid.partner.person_id), str(self.bid.partner_org)}


@pytest.fixture
async def tenants(endpoints: Endpoints, database: Connect) -> AsyncIterator[list[Tenant]]:
    app = api.composed(endpoints)
    async with AsyncExitStack() as stack:
        made: list[Tenant] = []
        for _ in range(TENANTS):
            topic = await topics.published_topic(await people.organisation("agency"))
            bid = await applications.submitted_application(topic.id, opened=False)
            browsers = [await stack.enter_async_context(api.client(app, who)) for who in (topic.drafter, bid.lead)]
            made.append(Tenant(topic, bid, *browsers))
        yield made


async def interleaved(tenants: list[Tenant], database: Connect, requests: int) -> tuple[list[str], dict[str, int]]:
    """What was foreign in the answers to so many mixed requests over three connections, and what was asked.

    Reads in one statement, units that write, refusals and callers who hang up share the connections.
    """
    chance = random.Random(20261122)  # noqa: S311
    foreign: list[str] = []
    seen: dict[str, int] = {"agency": 0, "team": 0, "hidden": 0, "hung up": 0}
    waiting = list(range(requests))

    async def one() -> None:
        tenant, other = chance.sample(tenants, 2)
        at = f"/api/v1/officer/topics/{tenant.topic.id}"
        http, url, side, status = chance.choice((
            (tenant.officer, "/api/v1/officer/topics", "agency", 200),
            (tenant.officer, at, "agency", 200),
            (tenant.officer, f"{at}/access", "agency", 200),
            (tenant.officer, "/api/v1/access", "agency", 200),
            (tenant.officer, f"/api/v1/officer/topics/{other.topic.id}", "hidden", 404),
            (tenant.lead, "/api/v1/teams/mine", "team", 200),
            (tenant.lead, f"/api/v1/teams/{tenant.bid.team_id}", "team", 200),
            (tenant.lead, f"/api/v1/applications/{other.bid.application_id}", "hidden", 404),
            (tenant.officer, f"/api/v1/topics/{tenant.topic.id}/applications", "hidden", 200),
        ))  # fmt: skip
        asking = asyncio.ensure_future(http.get(url))
        if chance.randrange(50) == 0:
            for _ in range(chance.randrange(1, 12)):
                await asyncio.sleep(0)
            asking.cancel()
            await asyncio.wait({asking})
            seen["hung up"] += asking.cancelled()
            return
        answer = await asking
        seen[side] += 1
        if answer.status_code != status:
            foreign.append(f"{url}: {answer.status_code}")
        if side == "team" or url.startswith(at):
            assert str(tenant.topic.id) in answer.text
        for t in tenants:
            marks = t.of_agency | t.of_team if t is not tenant else t.of_team if http is t.officer else set()
            foreign.extend(f"{url}: {mark}" for mark in marks if mark in answer.text)

    async def caller() -> None:
        while waiting:
            waiting.pop()
            await one()

    async with ENGINE.opened({role: database[role] for role in API_ROLES}, max_size=3):
        await asyncio.gather(*(caller() for _ in range(AT_ONCE)))
    return foreign, seen


async def test_rls_keeps_twenty_tenants_apart_over_three_connections(tenants: list[Tenant], database: Connect) -> None:
    foreign, seen = await interleaved(tenants, database, REQUESTS)
    assert not foreign, foreign[:5]
    assert min(seen["agency"], seen["team"], seen["hidden"]) > REQUESTS / 10
    assert seen["hung up"] > 0


@pytest.mark.parametrize(("table", "policy"), [("topic", "officer_select"), ("application", "member_select")])
async def test_rls_a_policy_that_lets_all_through_is_found(
    tenants: list[Tenant], database: Connect, table: str, policy: str
) -> None:
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        was = await db.fetchval(
            "select pg_get_expr(polqual, polrelid) from pg_policy where polrelid = $1::regclass and polname = $2",
            f"app.{table}", policy,
        )  # fmt: skip
        await db.execute(f"alter policy {policy} on app.{table} using (true)")
    try:
        foreign, _ = await interleaved(tenants, database, 300)
    finally:
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            await db.execute(f"alter policy {policy} on app.{table} using ({was})")
    assert foreign


INJECTED = (
    "set role {other}",
    "set local role {other}",
    "set session authorization {other}",
    "select set_config('role', '{other}', true)",
    "select set_config('session_authorization', '{other}', true)",
    "select * from ts_stat('select set_config(''role'', ''{other}'', true)::tsvector')",
    "select query_to_xml('set role {other}', true, true, '')",
    "do $$ begin execute 'set role {other}'; end $$",
    "create function pg_temp.f() returns void language sql security definer as 'select 1'",
    "alter role {other} password 'x'",
    "grant {other} to current_user",
    "alter role current_user bypassrls",
    "set row_security = off; select * from app.application",
)


@pytest.mark.parametrize("login", API_ROLES)
async def test_rls_an_injected_statement_cannot_become_another_role(login: Role, database: Connect) -> None:
    """As through a hole in a handler: the statement runs inside the unit of work, on its own login and context."""
    topic = await topics.published_topic()
    bid = await applications.submitted_application(topic.id)
    actor = topic.drafter if login is Role.OFFICER else bid.lead
    everybody = {*(role.value for role in Role), "jiebang_auth"} - {login.value}
    for other in sorted(everybody):
        for statement in INJECTED:
            with pytest.raises((asyncpg.PostgresError, RuntimeError)) as refused:
                async with ENGINE.unit_of_work(login, actor.token_hash) as db:
                    await db.execute(statement.format(other=other))
            assert isinstance(refused.value, asyncpg.PostgresError), statement
    stolen = (await people.actor(await people.organisation("agency"), ["agency_officer"])).token_hash
    async with ENGINE.unit_of_work(login, actor.token_hash) as db:
        who = await db.fetchval("select session_user || ' ' || current_user")
        assert who == f"{login.value} {login.value}"
        await db.execute("set local app.token = 'ffff'")
        assert await db.fetchval("select app.me()") is None
        await db.execute(f"set local app.token = '{stolen.hex()}'")  # a hash that nobody can guess
        assert (await db.fetchval("select app.me()") is not None) == (login in {Role.MEMBER, Role.OFFICER})
    async with ENGINE.unit_of_work(login) as db:
        assert await db.fetchval("select current_setting('app.token', true)") == ""


async def _may(actor: Actor, login: Role) -> set[str]:
    async with ENGINE.unit_of_work(login, actor.token_hash) as db:
        return set(await db.fetchval("select array(select c from unnest($1::text[]) c where app.may(c))", list(RIGHTS)))


@pytest.mark.parametrize("kind", ["agency", "funder", "enterprise"])
async def test_rls_policy_is_what_the_code_declares(kind: str) -> None:
    """Every single role, and a supervisor with every other one: database, session and declaration agree."""
    org = await people.organisation(kind)
    roles = sorted({role for right in RIGHTS.values() for role in right.roles if right.place == "organisation"})
    for held in [*([role] for role in roles), *([SUPERVISOR, role] for role in roles if role != SUPERVISOR)]:
        actor = await people.actor(org, held)
        wanted = {
            right.code
            for right in RIGHTS.values()
            if right.place == "organisation" and holds(held, right.code) and (not right.kinds or kind in right.kinds)
            and (decides(held) or SUPERVISOR in right.roles)
        }  # fmt: skip
        login = Role.OFFICER if OFFICER_ROLES.intersection(held) else Role.MEMBER
        assert await _may(actor, login) == wanted, held
        assert actor.rights == wanted, held


async def test_rls_a_role_that_is_taken_ends_with_the_next_statement() -> None:
    topic = await topics.published_topic()
    officer = topic.screener
    before = await desk.topic(officer, topic.id)
    assert before.my_roles == ["screener"]
    await attack.owner("delete from org_role where person_id = $1", officer.person_id)
    assert await _may(officer, Role.OFFICER) == set()
    with pytest.raises(NotFound):
        await desk.topic(officer, topic.id)


async def test_rls_a_grant_lets_in_and_its_end_shuts_out() -> None:
    topic = await topics.published_topic(closes_in=timedelta(minutes=-1))
    bid = await applications.submitted_application(topic.id, opened=False)
    watching = await people.organisation("agency")
    guest = await people.actor(watching, [SUPERVISOR])
    stranger = await people.actor(watching, ["screener"])
    admin = await people.actor(topic.agency_id, ["org_admin"])
    for someone in (guest, stranger):
        with pytest.raises(NotFound):
            await desk.topic(someone, topic.id)
    until = datetime.now(UTC) + timedelta(hours=1)
    grant = await access.give(
        admin, NewGrant(uscc=await applications.uscc_of(watching), role=SUPERVISOR, reason="专项监督", expires_at=until)
    )
    inside, _ = await people.sign_in(guest.person_id, topic.agency_id)
    assert inside.org_roles == {SUPERVISOR}
    assert (await desk.topic(inside, topic.id)).id == topic.id
    async with ENGINE.unit_of_work(Role.OFFICER, inside.token_hash) as db:
        assert await db.fetchval("select count(*) from application where id = $1", bid.application_id) == 0, "sealed"
    with pytest.raises(Forbidden):
        await oversight.freeze(inside, topic.id, "监督人员不作决定")
    outside, _ = await people.sign_in(stranger.person_id, topic.agency_id)
    with pytest.raises(NotFound):
        await desk.topic(outside, topic.id)
    await access.revoke(admin, grant.id)
    with pytest.raises(NotFound):
        await desk.topic(inside, topic.id)
    fresh = await identity.resolve(inside.token_hash)
    assert fresh is not None
    assert not fresh.org_roles


SUPERVISED = (
    "update topic set updated_at = app.now() where id = $1",
    "insert into topic_role (id, topic_id, agency_id, person_id, person_name, role, granted_by, granted_at)"
    " select gen_random_uuid(), id, agency_id, app.me(), '监督人', 'screener', app.me(), now() from topic where id = $1",
    "delete from topic_role where topic_id = $1",
    "update application set status = 'eligible' where topic_id = $1",
    "select app.freeze_topic($1, 'reason')",
    "select app.reassign_topics($1, $1)",
    "select app.announce_draw($1, null)",
    "select app.open_topic_applications($1)",
)


@pytest.mark.parametrize("statement", SUPERVISED)
async def test_rls_a_supervisor_reads_and_changes_nothing(statement: str) -> None:
    topic = await topics.published_topic(closes_in=timedelta(minutes=-1))
    await applications.submitted_application(topic.id)
    async with ENGINE.unit_of_work(Role.OFFICER, topic.supervisor.token_hash) as db:
        assert await db.fetchval("select count(*) from application where topic_id = $1", topic.id) == 1
    assert await attack.stopped(Role.OFFICER, topic.supervisor, (statement, topic.id))


async def test_rls_nobody_supervises_and_decides_in_one_place() -> None:
    org = await people.organisation("agency")
    admin, someone = await people.actor(org, ["org_admin"]), await people.actor(org, [SUPERVISOR])
    await identity.invite(admin, NewInvitation(email=someone.email, role="agency_officer"))
    invitation = await attack.owner("select id from org_invitation where email = $1", someone.email)
    with pytest.raises(Refused) as refused:
        await identity.accept_invitation(someone, SIGNER.token(identity.ORG_INVITATION, invitation))
    assert refused.value.rule.code == "identity.supervises_alone"
    assert await attack.owner("select count(*) from org_role where person_id = $1", someone.person_id) == 1


IMPLICATIONS: dict[str, tuple[str, str]] = {
    "an officer sees a bid": (
        "select id from application",
        "select exists (select from application a where a.id = $1 and a.opened_at <= now() and a.agency_id = $3"
        " and not exists (select from topic_bar b where b.topic_id = a.topic_id and b.person_id = $2"
        " and b.lifted_at is null))",
    ),
    "an officer sees a person of a team": (
        "select id from team_member",
        "select exists (select from team_member m where m.id = $1 and m.opened_at <= now() and m.agency_id = $3) and $2::uuid is not null",
    ),
    "an officer sees a contract": (
        "select id from contract",
        "select exists (select from contract c where c.id = $1 and $3 in (c.agency_id, c.funder_id)) and $2::uuid is not null",
    ),
    "an officer sees an expert": (
        "select id from expert",
        "select exists (select from expert e where e.id = $1 and e.agency_id = $3) and $2::uuid is not null",
    ),
    "a member sees a team": (
        "select id from team",
        "select exists (select from team_member m where m.team_id = $1 and m.person_id = $2) and $3::uuid is distinct from $1",
    ),
    "a member sees a contract": (
        "select id from contract",
        "select exists (select from contract c join team t on t.id = c.team_id where c.id = $1 and ("
        " exists (select from team_member m where m.team_id = t.id and m.person_id = $2)"
        " or (t.lead_org_id = $3 and exists (select from org_role r where r.person_id = $2 and r.role = 'org_admin'))"
        " or (c.end_user_id = $3 and c.status = 'effective')))",
    ),
    "a reviewer sees a proposal": (
        "select id from review_application",
        "select exists (select from review_application p join review_assignment a on a.id = p.assignment_id"
        " where p.id = $1 and a.reviewer_id = $2 and a.status in ('accepted', 'submitted', 'locked'))"
        " and $3::uuid is distinct from $1",
    ),
}  # fmt: skip
"""What somebody sees, and what must then hold of the row ($1), the person ($2) and whom he acts for ($3)."""


@pytest.fixture(scope="module")
async def places(endpoints: Endpoints, database: Connect, tmp_path_factory: pytest.TempPathFactory) -> list[Place]:
    async with files.open_store(endpoints) as store:
        return [
            await matrix.make_place(await people.organisation("agency"), store, tmp_path_factory.mktemp("place"))
            for _ in range(2)
        ]


@pytest.mark.parametrize("rule", IMPLICATIONS)
async def test_rls_whoever_sees_something_may(rule: str, places: list[Place]) -> None:
    """Over everybody and everything in one agency and another; each implication must have had its occasion."""
    sees, then = IMPLICATIONS[rule]
    login = {"officer": Role.OFFICER, "member": Role.MEMBER, "reviewer": Role.REVIEWER}[rule.split()[1]]
    everybody = {one for place in places for home in place.homes for group in home.people.values() for one in group}
    seen = wrong = 0
    total = await attack.owner(f"select count(*) from ({sees}) q")
    for actor in everybody:
        if login.value not in actor.classes:
            continue
        async with ENGINE.unit_of_work(login, actor.token_hash) as db:
            visible = [row["id"] for row in await db.fetch(sees)]
        seen += len(visible)
        assert len(visible) < total, "there is something to hide"
        for one in visible:
            wrong += not await attack.owner(then, one, actor.person_id, actor.org_id)
    assert seen > 0
    assert wrong == 0


async def test_rls_incidents_hand_duties_over_and_tell_who_read_what() -> None:
    topic = await topics.published_topic(closes_in=timedelta(minutes=-1))
    bid = await applications.submitted_application(topic.id)
    await opening.opened_one(topic.screener, topic.id, bid.application_id)
    await attack.owner(
        "update topic set opened_at = now(), opened_by = $2, opening_first_id = $3 where id = $1",
        topic.id, *(one.person_id for one in topic.opening_officers),
    )  # fmt: skip
    for asking in (topic.drafter, topic.supervisor):
        found = await oversight.reads(asking, topic.id, None, 10)
        assert (found[-1].action, found[-1].actor_id) == ("application.read", topic.screener.person_id)
        assert found[-1].object_id == bid.application_id
    assert [one.action for one in await oversight.operate_reads(None, topic.code)][-1] == "application.read"
    with pytest.raises(Forbidden):
        await oversight.reads(topic.screener, topic.id, None, 10)

    handed = Reassignment(
        from_person_id=topic.screener.person_id, to_person_id=topic.drafter.person_id, reason="原经办人调离岗位"
    )
    assert (await oversight.reassign(topic.approver, handed)).moved == 1
    assert (await desk.topic(topic.screener, topic.id)).my_roles == []
    assert "screener" in (await desk.topic(topic.drafter, topic.id)).my_roles
    away = Reassignment(
        from_person_id=topic.drafter.person_id, to_person_id=topic.supervisor.person_id, reason="监督人员不经办"
    )
    with pytest.raises(Refused) as refused:
        await oversight.reassign(topic.approver, away)
    assert refused.value.rule.code == "topic.no_successor"

    assert await oversight.operate_freeze(None, topic.code, "核查中")
    assert not await oversight.operate_freeze(None, topic.code, "核查中"), "it is frozen already"
    assert (await oversight.access(topic.drafter, topic.id)).frozen_at is not None
    assert await oversight.operate_freeze(None, topic.code, None)
    with pytest.raises(NotFound):
        await oversight.operate_freeze(None, "2026-none", None)


async def test_rls_access_says_who_may_and_why() -> None:
    topic = await topics.published_topic()
    views = {view.code: view for view in (await oversight.access(topic.screener, topic.id)).rights}
    assert views["applications.screen"].allowed
    assert views["applications.screen"].why.en == "You are screener for this topic."
    assert [one.person_id for one in views["applications.screen"].holders] == [topic.screener.person_id]
    assert not views["panel.draw"].allowed
    assert views["panel.draw"].why.en.startswith("It takes the role of draw officer for this topic.")
    assert topic.supervisor.person_id not in {one.person_id for view in views.values() if view.code != "topic.read"
        for one in view.holders if not set(one.roles) & {SUPERVISOR}}  # fmt: skip
    (screener,) = [one for one in (await oversight.access(topic.drafter, topic.id)).people
        if one.person_id == topic.screener.person_id]  # fmt: skip
    assert (screener.topic_roles, screener.barred) == (["screener"], None)
    bidder = await people.actor(await people.organisation(), ["member"])
    (audit_log,) = [view for view in (await access.access(bidder)).rights if view.code == "audit.read"]
    assert (audit_log.here, audit_log.allowed, audit_log.holders) == (False, False, [])
    assert audit_log.why.en == "It takes the role of supervisor at an agency or a funder."
    here = await access.access(topic.drafter)
    assert {view.code for view in here.rights if view.allowed} == set(topic.drafter.rights)
