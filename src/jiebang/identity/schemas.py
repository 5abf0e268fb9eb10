"""What crosses HTTP. Requests are pydantic (all errors at once), responses msgspec."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from pydantic import AwareDatetime, EmailStr, Field, SecretStr, model_validator

from jiebang.identity.domain import IDENTIFIER_UNCLEAR, PASSWORD_MAX, PASSWORD_MIN, OrgKind, OrgRoleName
from jiebang.kernel.forms import Body, example
from jiebang.kernel.malformed import malformed
from jiebang.kernel.policy import RightView
from jiebang.kernel.text import BilingualText, OneLine
from jiebang.kernel.uscc import USCC_INVALID, is_valid_uscc

Name = Annotated[OneLine, Field(min_length=1, max_length=100)]
OrgName = Annotated[OneLine, Field(min_length=2, max_length=200)]


class SignUp(Body):
    """A new account."""

    model_config = example(
        email="lin@example.org",
        display_name="林晓",
        password="a long passphrase",  # noqa: S106 - an example
        locale="zh-CN",
    )

    email: EmailStr
    display_name: Name
    password: Annotated[SecretStr, Field(min_length=PASSWORD_MIN, max_length=PASSWORD_MAX)]
    locale: Literal["zh-CN", "en"] = "zh-CN"


class Token(Body):
    """A single-use token out of a mail."""

    model_config = example(token="an-example-and-no-real-token")  # noqa: S106 - an example

    token: Annotated[str, Field(min_length=20, max_length=100)]


class Verification(Body):
    """The token out of the mail, and the password chosen at sign-up: a click alone proves no account."""

    model_config = example(token="an-example-and-no-real-token", password="a long passphrase")  # noqa: S106 - an example

    token: Annotated[str, Field(min_length=20, max_length=100)]
    password: Annotated[SecretStr, Field(min_length=1, max_length=PASSWORD_MAX)]


class SignIn(Body):
    """An address and its password."""

    model_config = example(email="lin@example.org", password="a long passphrase")  # noqa: S106 - an example

    email: EmailStr
    password: Annotated[SecretStr, Field(min_length=1, max_length=PASSWORD_MAX)]


class ActFor(Body):
    """The organisation to act for; null acts for none."""

    model_config = example(org_id="7d0f2c1e-6c1b-4f0a-9f5e-2a61c3d4e5f6")

    org_id: UUID | None


class OrgIdentifier(Body):
    """A 统一社会信用代码, or a foreign registry's id with its country (ISO 3166-1 alpha-2)."""

    model_config = example(country="DE", registry="Handelsregister", registry_id="HRB 00000")

    uscc: str | None = None
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "CN"
    registry: Annotated[OneLine, Field(min_length=1, max_length=100)] | None = None
    registry_id: Annotated[OneLine, Field(min_length=1, max_length=100)] | None = None

    @model_validator(mode="after")
    def _one_identifier(self) -> OrgIdentifier:
        foreign = self.registry is not None and self.registry_id is not None
        if (self.uscc is not None) == foreign:
            raise malformed(IDENTIFIER_UNCLEAR)
        if self.uscc is not None and not is_valid_uscc(self.uscc):
            raise malformed(USCC_INVALID, value=self.uscc)
        return self


class NewOrganisation(OrgIdentifier):
    """An organisation that registers itself."""

    model_config = example(
        country="DE",
        registry="Handelsregister",
        registry_id="HRB 00000",
        kind="enterprise",
        name_zh="示例机器人公司",
        name_en="Example Robotics",
    )

    kind: OrgKind
    name_zh: OrgName
    name_en: OrgName


class NewInvitation(Body):
    """An invitation to a role in the acting organisation."""

    model_config = example(email="wang@example.org", role="member")

    email: EmailStr
    role: OrgRoleName


class Accepted(msgspec.Struct):
    """The request was taken; a mail follows. The same answer for known and unknown addresses."""

    status: Literal["accepted"] = "accepted"


class SessionView(msgspec.Struct):
    """The caller's session. `csrf` goes into the X-CSRF-Token header of every unsafe request.

    `rights`: codes of the policy that he has where he acts, for menus; `GET /access` says why.
    """

    person_id: UUID
    display_name: str
    email: str
    locale: str
    org_id: UUID | None
    org_roles: list[str]
    classes: list[str]
    rights: list[str]
    csrf: str


class Joined(msgspec.Struct):
    """The organisation that an invitation led into."""

    org_id: UUID


class OrganisationView(msgspec.Struct):
    """An organisation, as looked up by its exact identifier."""

    id: UUID
    kind: str
    name_zh: str
    name_en: str


class MyOrganisation(msgspec.Struct):
    """An organisation in which the caller holds roles."""

    id: UUID
    kind: str
    name_zh: str
    name_en: str
    roles: list[str]


class OrgPerson(msgspec.Struct):
    """A colleague with his roles."""

    person_id: UUID
    person_name: str
    roles: list[str]


class AccessView(msgspec.Struct):
    """Who can do what in the organisation that the caller acts for, and why. Nothing of it is cached."""

    org_id: UUID | None
    kind: str | None
    roles: list[str]
    rights: list[RightView]


class NewGrant(Body):
    """Another authority's people of a role may act in it for the organisation that I act for."""

    model_config = example(
        uscc="11310115MB00000001", role="supervisor", reason="年度监督检查", expires_at="2027-01-01T00:00:00Z"
    )

    uscc: Annotated[str, Field(pattern="^[0-9A-Z]{18}$")]
    role: Literal["agency_officer", "legal_budget_reviewer", "screener", "supervisor"]
    reason: Annotated[str, Field(min_length=2, max_length=1000)]
    expires_at: AwareDatetime


class GrantView(msgspec.Struct):
    """A grant between two authorities."""

    id: UUID
    agency_id: UUID
    agency: BilingualText
    grantee_id: UUID
    grantee: BilingualText
    role: str
    reason: str
    granted_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
