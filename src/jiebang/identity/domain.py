"""Rules of identity: who may hold which role, and what sign-up refuses."""

from __future__ import annotations

from typing import Final, Literal

from jiebang.kernel.errors import Rule
from jiebang.kernel.policy import OFFICER_ROLES

OrgKind = Literal["enterprise", "university", "institute", "hospital", "other"]
"""What an organisation may register itself as; agencies and funders are founded by the operator."""

OrgRoleName = Literal[
    "org_admin",
    "member",
    "agency_officer",
    "legal_budget_reviewer",
    "screener",
    "finance_officer",
    "supervisor",
    "end_user",
]

AUTHORITY_KINDS: Final = frozenset({"agency", "funder"})
"""The kinds of organisation in which officer roles exist."""

PASSWORD_MIN = 12
PASSWORD_MAX = 256

SIGN_IN_REFUSED = Rule(
    "identity.sign_in_refused",
    "邮箱或密码不正确，或账号因失败次数过多而暂时锁定。请核对后重试；已登录的设备不受影响。",
    "The e-mail address or the password is wrong, or the account is locked for a while after very many failures. "
    "Check both and try again; where you are signed in already, you stay so.",
)
UNVERIFIED = Rule(
    "identity.unverified",
    "该账号的邮箱尚未验证。请打开我们发送的验证邮件并点击其中的链接，然后再登录。",
    "This account's e-mail address is not verified yet. Open the link in the mail we sent, then sign in.",
)
TOKEN_INVALID = Rule(
    "identity.token_invalid",
    "该链接无效、已使用或已过期。请重新获取一封邮件。",
    "This link is invalid, used or expired. Ask for a new mail.",
)
VERIFICATION_REFUSED = Rule(
    "identity.verification_refused",
    "该链接无效、已使用或已过期，或者密码与注册时设置的不一致。请核对密码后重试；如果注册账号的不是您本人，请用本邮箱重新注册。",
    "This link is invalid, used or expired, or the password is not the one chosen at sign-up. Check the password and "
    "try again; if it was not you who signed up, sign up yourself with this address.",
)
ORGANISATION_EXISTS = Rule(
    "identity.organisation_exists",
    "该单位已经登记。请联系本单位管理员邀请您加入。",
    "This organisation is registered already. Ask its administrator to invite you.",
)
IDENTIFIER_UNCLEAR = Rule(
    "identity.identifier_unclear",
    "请填写统一社会信用代码，或者填写境外登记机关及登记号，二者必居其一。",
    "Give either a 统一社会信用代码 (unified social credit code), or a foreign registry with its id; not both.",
)
NOT_ORG_ADMIN = Rule(
    "identity.not_org_admin",
    "只有当前所代表单位的管理员可以执行此操作。",
    "Only an administrator of the organisation you act for may do this.",
)
NOT_AN_AUTHORITY = Rule(
    "identity.not_an_authority",
    "只有主管部门和出资单位可以授权其他单位代行职责，您当前代表的单位两者都不是。未作任何更改。",
    "Only an agency or a funder lets another organisation act for it, and the one you act for is neither. Nothing "
    "changed.",
)
ROLE_NOT_HERE = Rule(
    "identity.role_not_here",
    "该角色只存在于主管部门和出资单位。",
    "This role exists only in agencies and funders.",
)
SUPERVISES_ALONE = Rule(
    "identity.supervises_alone",
    "监督人员不能在同一单位兼任经办、审核或资金管理等角色，因此不能接受该邀请。",
    "Who supervises an organisation takes no part in its decisions: this role and the one you hold there exclude each "
    "other.",
)
GRANTEE_UNKNOWN = Rule(
    "identity.grantee_unknown",
    "没有以此统一社会信用代码登记的主管部门或出资单位。",
    "No agency or funder is registered under this unified social credit code.",
)
GRANT_TERM = Rule(
    "identity.grant_term",
    "授权的截止时间须在将来，且不超过两年。",
    "A grant ends in the future, two years from now at the latest.",
)
NO_ROLE_THERE = Rule(
    "identity.no_role_there",
    "您在该单位没有任何角色，因此不能代表它。",
    "You hold no role in that organisation, so you cannot act for it.",
)


def role_fits(kind: str, role: str) -> bool:
    """Officer roles live in agencies and funders; end users in any organisation."""
    return role not in OFFICER_ROLES or kind in AUTHORITY_KINDS
