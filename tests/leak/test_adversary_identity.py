"""Accounts: who signs a stranger's address up gains nothing by it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from jiebang.applications.schemas import NewMaterial, NewTeam
from jiebang.identity import service
from jiebang.identity.schemas import NewOrganisation, SignIn, SignUp, Verification
from jiebang.kernel.errors import Refused
from jiebang.platform.crypto import SIGNER
from support import attack

if TYPE_CHECKING:
    from jiebang.kernel.forms import Body

pytestmark = pytest.mark.usefixtures("database")
THEIRS, MINE = "a password that he chose", "the owner's long password"


async def sign_up(email: str, password: str, name: str) -> str:
    """The link's token of this sign-up."""
    await service.sign_up(SignUp.model_validate({"email": email, "display_name": name, "password": password}))
    newest: UUID = await attack.owner(
        "select v.id from verification v join person p on p.id = v.person_id where p.email = $1"
        " order by v.created_at desc limit 1",
        email,
    )
    return SIGNER.token(service.VERIFICATION, newest)


def proof(token: str, password: str) -> Verification:
    """The link's token, with a password."""
    return Verification.model_validate({"token": token, "password": password})


async def test_a_strangers_sign_up_neither_keeps_nor_shares_the_account() -> None:
    email = f"{uuid4().hex}@people.example"
    planted = await sign_up(email, THEIRS, "冒名者")
    mine = await sign_up(email, MINE, "本人")
    with pytest.raises(Refused):
        await service.verify(proof(planted, THEIRS))
    with pytest.raises(Refused):  # the owner's click does not make a stranger's password good
        await service.verify(proof(mine, THEIRS))
    await service.verify(proof(mine, MINE))
    with pytest.raises(Refused):
        await service.sign_in(SignIn.model_validate({"email": email, "password": THEIRS}), None)
    assert await service.sign_in(SignIn.model_validate({"email": email, "password": MINE}), None)
    assert await attack.owner("select display_name from person where email = $1", email) == "本人"
    # Once proved, nobody's sign-up touches it.
    again = await sign_up(email, THEIRS, "冒名者")
    with pytest.raises(Refused):
        await service.verify(proof(again, THEIRS))
    assert await service.sign_in(SignIn.model_validate({"email": email, "password": MINE}), None)


@pytest.mark.parametrize(
    "slipped_in", ["\r\nBcc: x@evil.example", "\n\n请点击 https://evil.example", "\u202efdp.exe", "\u2028x", "\0"]
)
@pytest.mark.parametrize(
    ("form", "member"),
    [(SignUp, "display_name"), (NewOrganisation, "name_zh"), (NewTeam, "name"), (NewMaterial, "filename")],
)
def test_a_name_begins_no_line_of_a_mail_and_turns_no_text(form: type[Body], member: str, slipped_in: str) -> None:
    """Names stand in mails that the platform signs, to people who never heard of who chose them."""
    example = form.model_json_schema()["examples"][0]
    form.model_validate(example | {member: "深海 Dock-7（二期）"})
    with pytest.raises(ValidationError) as refused:
        form.model_validate(example | {member: f"联合体{slipped_in}结束"})
    assert [error["loc"] for error in refused.value.errors()] == [(member,)]
