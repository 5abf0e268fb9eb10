from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from jiebang.identity import access, service
from jiebang.identity.schemas import (
    NewGrant,
    NewInvitation,
    NewOrganisation,
    OrgIdentifier,
    SignIn,
    SignUp,
    Verification,
)
from jiebang.kernel.errors import Forbidden, NotFound, Refused
from jiebang.platform.crypto import SIGNER, token_hash
from jiebang.platform.db import ENGINE, Role
from support import people

pytestmark = pytest.mark.usefixtures("database")


async def _outbox(kind: str, key: str) -> list[dict]:
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        rows = await db.fetch("select payload from outbox where kind = $1 and fairness_key = $2", kind, key)
    return [r["payload"] for r in rows]


async def _sign_up(email: str, password: str = "a long enough password") -> None:
    await service.sign_up(SignUp(email=email, display_name="演示甲", password=password))  # type: ignore[arg-type]


async def _verification_of(email: str) -> str:
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        row = await db.fetchval(
            "select v.id from verification v join person p on p.id = v.person_id where p.email = $1", email
        )
    return SIGNER.token("verification", row)


def _proof(token: str, password: str = "a long enough password") -> Verification:
    return Verification(token=token, password=password)  # type: ignore[arg-type]


async def test_sign_up_verify_sign_in_and_rotation() -> None:
    email = f"{uuid4().hex}@people.example"
    await _sign_up(email)
    good = SignIn(email=email.upper().replace("PEOPLE.EXAMPLE", "people.example"), password="a long enough password")  # type: ignore[arg-type]
    with pytest.raises(Refused) as refused:
        await service.sign_in(good, None)
    assert refused.value.rule.code == "identity.unverified"
    token = await _verification_of(email)
    with pytest.raises(Refused) as refused:
        await service.verify(_proof(token, "not the password"))
    assert refused.value.rule.code == "identity.verification_refused"
    await service.verify(_proof(token))
    with pytest.raises(Refused):
        await service.verify(_proof(token))
    first = await service.sign_in(good, None)
    actor = await service.resolve(token_hash(first))
    assert actor is not None
    assert actor.email == email
    assert actor.classes == {"jiebang_member"}
    second = await service.sign_in(good, token_hash(first))
    assert await service.resolve(token_hash(first)) is None, "the old session ends at sign-in"
    await service.sign_out(token_hash(second))
    assert await service.resolve(token_hash(second)) is None


async def test_known_address_gets_the_same_answer_and_another_mail() -> None:
    email = f"{uuid4().hex}@people.example"
    await _sign_up(email)
    await service.verify(_proof(await _verification_of(email)))
    await _sign_up(email)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        person_id = str(await db.fetchval("select id from person where email = $1", email))
    assert await _outbox("identity.mail_known", person_id) == [{"person_id": person_id}], "ids alone, no address"


async def _fail(email: str, before: int) -> None:
    """One wrong password after so many others."""
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("set local role jiebang_auth")
        await db.execute(
            "update credential c set failures = $2 from person p where p.id = c.person_id and p.email = $1",
            email,
            before,
        )
    with pytest.raises(Refused):
        await service.sign_in(SignIn(email=email, password="wrong"), None)  # type: ignore[arg-type]


async def test_a_stranger_with_a_few_wrong_passwords_keeps_nobody_out() -> None:
    email = f"{uuid4().hex}@people.example"
    await _sign_up(email)
    await service.verify(_proof(await _verification_of(email)))
    await _fail(email, 100)
    assert await service.sign_in(SignIn(email=email, password="a long enough password"), None)  # type: ignore[arg-type]


async def test_two_hundred_failures_lock_even_the_right_password() -> None:
    email = f"{uuid4().hex}@people.example"
    await _sign_up(email)
    await service.verify(_proof(await _verification_of(email)))
    await _fail(email, 199)
    with pytest.raises(Refused) as refused:
        await service.sign_in(SignIn(email=email, password="a long enough password"), None)  # type: ignore[arg-type]
    assert refused.value.rule.code == "identity.sign_in_refused"


async def test_an_organisation_registers_once_and_its_administrator_invites() -> None:
    founder = await people.actor(name="创办人")
    data: dict[str, Any] = {
        "kind": "enterprise", "uscc": people.valid_uscc(), "name_zh": "演示企业", "name_en": "Demo enterprise",
    }  # fmt: skip
    org = await service.register_organisation(founder, NewOrganisation(**data))
    with pytest.raises(Refused) as refused:
        await service.register_organisation(founder, NewOrganisation(**data))
    assert refused.value.rule.code == "identity.organisation_exists"
    with pytest.raises(Forbidden):
        await service.invite(founder, NewInvitation(email="x@people.example", role="member"))
    await service.act_for(founder, org.id)
    founder = await service.resolve(founder.token_hash)
    assert founder is not None
    guest = await people.actor(name="来客")
    with pytest.raises(Refused) as refused:
        await service.invite(founder, NewInvitation(email=guest.email, role="screener"))
    assert refused.value.rule.code == "identity.role_not_here"
    await service.invite(founder, NewInvitation(email=guest.email, role="member"))
    (payload,) = await _outbox("identity.mail_invitation", str(org.id))
    token = SIGNER.token("org_invitation", UUID(payload["invitation_id"]))
    with pytest.raises(Refused):
        await service.accept_invitation(founder, token)  # not the address it was sent to
    assert (await service.accept_invitation(guest, token)).org_id == org.id
    with pytest.raises(Refused):
        await service.accept_invitation(guest, token)
    pages = [await service.organisation_people(founder, org.id, None, 1)]
    pages.append(await service.organisation_people(founder, org.id, pages[0][0].person_id, 9))
    assert sorted(p.person_name for page in pages for p in page) == ["创办人", "来客"]
    with pytest.raises(NotFound):  # who speaks for no organisation learns of none
        await service.find_organisation(guest, OrgIdentifier(uscc=data["uscc"]))
    found = await service.find_organisation(founder, OrgIdentifier(uscc=data["uscc"]))
    assert found.id == org.id


async def test_only_an_authority_lets_others_act_for_it() -> None:
    watching = await people.organisation("agency")
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        uscc = await db.fetchval("select uscc from organisation where id = $1", watching)
    until = datetime.now(UTC) + timedelta(days=1)
    grant = NewGrant(uscc=uscc, role="supervisor", reason="专项监督", expires_at=until)
    for kind in ("enterprise", "university"):
        administrator = await people.actor(await people.organisation(kind), ["org_admin"])
        with pytest.raises(Forbidden) as forbidden:
            await access.give(administrator, grant)
        assert forbidden.value.rule.code == "identity.not_an_authority"
    for kind in ("agency", "funder"):
        administrator = await people.actor(await people.organisation(kind), ["org_admin"])
        assert (await access.give(administrator, grant)).grantee_id == watching


async def test_nobody_reads_a_stranger() -> None:
    mine, other = await people.actor(), await people.actor()
    async with ENGINE.unit_of_work(Role.MEMBER, mine.token_hash) as db:
        rows = await db.fetch("select id from person")
    assert [r["id"] for r in rows] == [mine.person_id]
    async with ENGINE.unit_of_work(Role.MEMBER) as db:
        assert await db.fetch("select id from person") == []
    assert other
