"""Rules of milestones and disbursements (DOMAIN §2.12, §2.14). The ledger's own are `ledger.py`."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal

from jiebang.kernel.errors import Refused, Rule
from jiebang.kernel.lifecycle import Lifecycle
from jiebang.kernel.text import BilingualText
from jiebang.kernel.working_days import SHANGHAI

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MilestoneStatus = Literal["planned", "submitted", "passed"]
MilestoneCommand = Literal["submit", "pass"]
DisbursementStatus = Literal["requested", "approved", "settled"]
DisbursementCommand = Literal["approve", "settle"]

MILESTONE: Final = Lifecycle[MilestoneStatus, MilestoneCommand](
    name="milestone",
    initial="planned",
    transitions={("planned", "submit"): "submitted", ("submitted", "pass"): "passed"},
    title=BilingualText("里程碑", "Milestone"),
    labels={
        "planned": BilingualText("计划中", "planned"),
        "submitted": BilingualText("已提交佐证", "evidence submitted"),
        "passed": BilingualText("已通过", "passed"),
        "submit": BilingualText("提交佐证", "submit evidence"),
        "pass": BilingualText("确认通过", "confirm"),
    },
)
DISBURSEMENT: Final = Lifecycle[DisbursementStatus, DisbursementCommand](
    name="disbursement",
    initial="requested",
    transitions={("requested", "approve"): "approved", ("approved", "settle"): "settled"},
    title=BilingualText("经费拨付", "Disbursement"),
    labels={
        "requested": BilingualText("已申请", "requested"),
        "approved": BilingualText("已核准", "approved"),
        "settled": BilingualText("已支付", "settled"),
        "approve": BilingualText("核准", "approve"),
        "settle": BilingualText("支付", "settle"),
    },
)

INDICATORS_UNEQUAL = Rule(
    "milestone.indicators_unequal",
    zh="实测值须逐项对应任务书的考核指标，不多不少。缺少：{missing}；多余：{unknown}。",
    en="Give one measured value for each indicator of the contract. Missing: {missing}; unknown: {unknown}.",
)
FILES_UNKNOWN = Rule(
    "milestone.files_unknown",
    zh="所列文件不是本里程碑已通过检查的佐证材料：{files}。请等待检查完成或重新上传。",
    en="These files are no checked evidence of this milestone: {files}. Wait for their check or upload them again.",
)
NOT_END_USER = Rule(
    "milestone.not_end_user",
    zh="只有任务书所列最终用户的人员可以确认；请先切换到该单位。",
    en="Only the contract's end user confirms a milestone; switch to that organisation first.",
)
OWN_WORK = Rule(
    "milestone.own_work",
    zh="团队成员不能确认本团队的里程碑。请由最终用户的其他人员确认。",
    en="Nobody confirms a milestone of a team of which they are a member. Ask a colleague at the end user.",
)
INDICATORS_MISSED = Rule(
    "milestone.indicators_missed",
    zh="最后一个里程碑的实测值未达到任务书指标，不能确认通过：{missed}。",
    en="The measured values of the last milestone miss the contract's indicators, so it cannot be passed: {missed}.",
)
NOT_FINANCE_OFFICER = Rule(
    "disbursement.not_finance_officer",
    zh="只有出资单位的财务人员可以执行此操作；请先切换到该出资单位。",
    en="Only a finance officer of the funder may do this; switch to the funder first.",
)
NOT_PASSED = Rule(
    "disbursement.not_passed",
    zh="里程碑尚未由最终用户确认通过，不能申请拨付。",
    en="The end user has not confirmed this milestone yet, so its tranche cannot be requested.",
)
NOTHING_DUE = Rule(
    "disbursement.nothing_due",
    zh="该里程碑不涉及拨付。",
    en="This milestone pays nothing.",
)
REQUESTED_ALREADY = Rule(
    "disbursement.requested_already",
    zh="该里程碑的拨付已经申请，不能重复申请。",
    en="This milestone's tranche was requested already; it is not requested twice.",
)
SAME_PERSON = Rule(
    "disbursement.same_person",
    zh="核准人不能是申请人。请由另一位财务人员核准。",
    en="Whoever requested a disbursement cannot approve it. Ask another finance officer.",
)
BANK_REFERENCE_USED = Rule(
    "disbursement.bank_reference_used",
    zh="该银行流水号已用于另一笔付款。请核对后重新填写。",
    en="This bank reference belongs to another payment. Check it and enter the right one.",
)


def due_on(effective_at: datetime, months: int) -> date:
    """The day `months` after the contract took effect (Shanghai), at the latest the month's last day.

    Source: Civil Code art. 202, a period of months ends on the corresponding day, or else on the last day.
    """
    start = effective_at.astimezone(SHANGHAI).date()
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def check_measured(indicators: Sequence[Mapping[str, Any]], measured: Mapping[str, str]) -> None:
    """One value for each of the contract's indicators.

    Raises:
        Refused: `milestone.indicators_unequal`.
    """
    wanted = {i["code"] for i in indicators}
    if wanted != set(measured):
        raise Refused(
            INDICATORS_UNEQUAL,
            missing=", ".join(sorted(wanted - set(measured))) or "–",
            unknown=", ".join(sorted(set(measured) - wanted)) or "–",
        )


def missed(indicators: Sequence[Mapping[str, Any]], measured: Mapping[str, str]) -> list[str]:
    """The codes of the indicators that the measured values do not reach."""
    return [i["code"] for i in indicators if not _reaches(i["comparator"], i["value"], measured[i["code"]])]


def _reaches(comparator: str, value: str, measured: str) -> bool:
    wanted, got = Decimal(value), Decimal(measured)
    return got >= wanted if comparator == ">=" else got <= wanted if comparator == "<=" else got == wanted
