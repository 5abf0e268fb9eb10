"""Rules of award lists, notices, contracts and pledges (DOMAIN §2.10, §2.11)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal

from jiebang.kernel.errors import Forbidden, Refused, Rule
from jiebang.kernel.lifecycle import Lifecycle
from jiebang.kernel.policy import holds
from jiebang.kernel.text import BilingualText

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from jiebang.kernel.actor import Actor

ListStatus = Literal["proposed", "decided", "confirmed"]
ListCommand = Literal["decide", "confirm"]
ContractStatus = Literal["signing", "effective"]
ContractCommand = Literal["take_effect"]
Outcome = Literal["recommended", "not_recommended"]
Document = Literal["contract", "pledge"]
Party = Literal["agency", "lead_org", "lead_person"]
Comparator = Literal[">=", "<=", "=="]

AWARD_LIST: Final = Lifecycle[ListStatus, ListCommand](
    name="award_list",
    initial="proposed",
    transitions={("proposed", "decide"): "decided", ("decided", "confirm"): "confirmed"},
    title=BilingualText("拟立项名单", "Award list"),
    labels={
        "proposed": BilingualText("待集体决策", "proposed"),
        "decided": BilingualText("已决策", "decided"),
        "confirmed": BilingualText("已确认", "confirmed"),
        "decide": BilingualText("集体决策", "decide"),
        "confirm": BilingualText("确认立项", "confirm"),
    },
)
CONTRACT: Final = Lifecycle[ContractStatus, ContractCommand](
    name="contract",
    initial="signing",
    transitions={("signing", "take_effect"): "effective"},
    title=BilingualText("任务书", "Task contract"),
    labels={
        "signing": BilingualText("签署中", "being signed"),
        "effective": BilingualText("已生效", "effective"),
        "take_effect": BilingualText("生效", "take effect"),
    },
)

NOT_AGENCY_OFFICER = Rule(
    "award.not_agency_officer",
    zh="只有主管部门的经办人员可以执行此操作；请先切换到该主管部门。未作任何更改。",
    en="Only an officer of the agency may do this; switch to that agency first. Nothing changed.",
)
NOT_SCORED = Rule(
    "award.not_scored",
    zh="本榜题尚无计分结果，不能提出拟立项名单。请先完成评审和计分。",
    en="This topic has no score run yet, so no awards can be proposed. Finish the reviews and compute the "
    "scores first.",
)
TOO_LITTLE_COMPETITION = Rule(
    "award.too_little_competition",
    zh="有效申请 {eligible} 份，拟立项 {awards} 项，未达到本榜题规则要求的竞争数量，不能提出名单。",
    en="There are {eligible} eligible applications for {awards} awards: fewer than this topic's rules demand. "
    "No list was made.",
)
SAME_PERSON = Rule(
    "award.same_person",
    zh="名单须由提出人以外的人员决策。请由另一位经办人员操作。",
    en="Someone other than its proposer decides a list. Ask another officer to do it.",
)
NOTICE_EXISTS = Rule(
    "award.notice_exists",
    zh="该名单已经公示，不能重复公示。",
    en="This list is under public notice already; it is not given twice.",
)
NOT_DECIDED = Rule(
    "award.not_decided",
    zh="名单尚未经集体决策，不能公示。",
    en="This list has not been decided yet, so no public notice can be given.",
)
NOT_ANNOUNCED = Rule(
    "award.not_announced",
    zh="名单尚未公示，不能确认立项。请先公示。",
    en="This list has had no public notice, so awards cannot be confirmed. Give notice first.",
)
NOTICE_RUNNING = Rule(
    "award.notice_running",
    zh="公示期至 {ends_at} 届满，此前不能确认立项。未作任何更改。",
    en="The public notice runs until {ends_at}; awards cannot be confirmed before. Nothing changed.",
)
NOT_CONFIRMED = Rule(
    "contract.not_confirmed",
    zh="该申请尚未确认立项，不能签订任务书。",
    en="This application's award is not confirmed yet, so there can be no contract.",
)
CONTRACT_EXISTS = Rule(
    "contract.exists",
    zh="该申请已有任务书。",
    en="This application has a contract already.",
)
OTHER_TEXT = Rule(
    "contract.other_text",
    zh="您签署的文本与现行文本不一致，签署未生效。请重新打开任务书和军令状，核对后再签。",
    en="The text you signed is not the present one, so nothing was signed. Open the contract and pledge again, check "
    "them and sign then.",
)
SIGNED_ALREADY = Rule(
    "contract.signed_already",
    zh="该方已签署此文件。",
    en="This party has signed this document already.",
)
SIGNING_OVER = Rule(
    "contract.signing_over",
    zh="签署期限已于 {sign_by} 届满，不能再签。请与主管部门联系。",
    en="The time for signing ended at {sign_by}. Get in touch with the agency.",
)
NOT_A_SIGNATORY = Rule(
    "contract.not_a_signatory",
    zh="该文件不由此方签署。任务书由主管部门和牵头单位签署，军令状由项目负责人和牵头单位签署。",
    en="This party does not sign this document. Agency and lead organisation sign the contract; lead person and lead "
    "organisation sign the pledge.",
)
NOT_LEAD_ORG = Rule(
    "contract.not_lead_org",
    zh="只有牵头单位的管理员可以代表牵头单位签署；请先切换到牵头单位。",
    en="Only an administrator of the lead organisation signs for it; switch to that organisation first.",
)

SIGNATORIES: Final[tuple[tuple[Document, Party], ...]] = (
    ("contract", "agency"),
    ("contract", "lead_org"),
    ("pledge", "lead_person"),
    ("pledge", "lead_org"),
)
"""Who signs what. The contract takes effect with the last of them."""

STATEMENTS: Final[dict[Document, BilingualText]] = {
    "contract": BilingualText(
        "本方已阅读并同意上述摘要所对应的任务书全文，愿受其约束。",
        "We have read the whole contract with the digest above, agree to it and are bound by it.",
    ),
    "pledge": BilingualText(
        "本方已阅读上述摘要所对应的军令状全文，承诺按期完成任务，并承担相应责任。",
        "We have read the whole pledge with the digest above, promise to deliver in time and answer for it.",
    ),
}


@dataclass(frozen=True, slots=True)
class Placed:
    """What the list says of one ranked application."""

    application_id: str
    rank: int
    outcome: Outcome


def require_officer(actor: Actor) -> None:
    """Go on only for an agency officer of the organisation acted for; the database's policies ask again.

    Raises:
        Forbidden: `award.not_agency_officer`.
    """
    if not holds(actor.org_roles, "award.decide"):
        raise Forbidden(NOT_AGENCY_OFFICER)


def recommend(ranking: Sequence[str], awards: int) -> list[Placed]:
    """The first `awards` of the ranking are recommended, nobody else is."""
    return [
        Placed(application, rank, "recommended" if rank <= awards else "not_recommended")
        for rank, application in enumerate(ranking, start=1)
    ]


def winners(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """The recommended applications of a stored list, best first."""
    return [entry["application_id"] for entry in entries if entry["outcome"] == "recommended"]


def binding(comparator: Comparator, threshold: str, promised: str | None) -> str:
    """The stricter of the topic's threshold and the team's promise; a lowered promise binds nobody.

    Source: DOMAIN §2.11, lowering an indicator is punishable. An exact value (`==`) stays the topic's.
    """
    if promised is None or comparator == "==":
        return threshold
    stricter = max if comparator == ">=" else min
    return stricter(threshold, promised, key=Decimal)


def missing(signed: Collection[tuple[Document, Party]]) -> tuple[tuple[Document, Party], ...]:
    """The signatures that are still needed."""
    return tuple(pair for pair in SIGNATORIES if pair not in signed)


def check_signature(document: Document, party: Party, seen: str, present: str, at: datetime, sign_by: datetime) -> None:
    """Whether `party` may sign the text with the digest it saw, at this instant.

    Raises:
        Refused: `contract.not_a_signatory`, `contract.other_text` or `contract.signing_over`.
    """
    if (document, party) not in SIGNATORIES:
        raise Refused(NOT_A_SIGNATORY)
    if seen != present:
        raise Refused(OTHER_TEXT)
    if at >= sign_by:
        raise Refused(SIGNING_OVER, sign_by=sign_by.isoformat())


def check_notice_over(at: datetime, ends_at: datetime) -> None:
    """Awards are confirmed from the ending instant on.

    Raises:
        Refused: `award.notice_running`, naming it.
    """
    if at < ends_at:
        raise Refused(NOTICE_RUNNING, ends_at=ends_at.isoformat())
