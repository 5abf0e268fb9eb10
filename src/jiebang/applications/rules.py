"""What teams and agencies are refused, in both languages."""

from __future__ import annotations

from jiebang.kernel.errors import Rule

# Teams

NOT_LEAD = Rule(
    "team.not_lead",
    "只有团队负责人可以执行此操作，未作任何更改。请联系本团队负责人。",
    "Only the team's lead may do this; nothing changed. Ask the lead of your team.",
)
NO_ORG = Rule(
    "team.no_org",
    "请先选择您所代表的单位，再组建团队。",
    "Choose the organisation that you act for, then form the team.",
)
AGENCY_STAFF = Rule(
    "team.agency_staff",
    "榜题主管部门的工作人员不得揭榜本部门的榜题。",
    "Staff of the agency that published a topic may not take it up.",
)
STAFF_IN_TEAM = Rule(
    "team.staff_in_team",
    "团队成员中有本榜题主管部门的工作人员，不能提交；已填写的内容全部保留。请移除该人员所在单位后再提交。",
    "Somebody of the team works for the agency that published the topic, so nothing was submitted; all you wrote is "
    "kept. Remove this person's organisation, then submit.",
)
ALREADY_LEADING = Rule(
    "team.already_leading",
    "您已在该榜题下牵头一个团队；每人在同一榜题下只能牵头一个团队。",
    "You lead a team on this topic already; a person leads one team per topic.",
)
ORG_UNKNOWN = Rule(
    "team.org_unknown",
    "没有找到该单位。请核对统一社会信用代码或登记号；未登记的单位须先登记。",
    "No organisation has this identifier. Check it; an organisation that is not registered has to register first.",
)
ORG_IN_TEAM = Rule(
    "team.org_in_team",
    "该单位已在团队中。",
    "This organisation is in the team already.",
)
TOO_MANY_PARTNERS = Rule(
    "team.too_many_partners",
    "参与单位数量超过榜题规则的上限。请移除多余的参与单位或撤回邀请。",
    "The team has more partner organisations than the topic's rules allow. Remove some, or withdraw invitations.",
)
INVITATION_INVALID = Rule(
    "team.invitation_invalid",
    "该邀请无效、已使用、已过期，或不是发给您的；接受邀请前，您须在受邀单位中担任角色。",
    "This invitation is invalid, used, expired or not addressed to you. To accept it you need a role in the "
    "organisation that is invited.",
)
ORG_NOT_IN_TEAM = Rule(
    "team.org_not_in_team",
    "比例须对团队的每个单位各填写一次，且不含其他单位。",
    "Give the shares once for each organisation of the team, and for no other.",
)
SHARES = Rule(
    "team.shares",
    "各单位比例之和必须为 100%（10000 个基点）。",
    "The organisations' shares must add up to 100 % (10,000 basis points).",
)

# Applications

LATE = Rule(
    "application.late",
    "本榜题已于北京时间 {closes_at} 截止，此次操作未被接受。截止前最后一次提交仍然有效。",
    "This topic closed at {closes_at} (Asia/Shanghai); this was not accepted. The last submission before then stands.",
)
FILE_UNKNOWN = Rule(
    "application.file_unknown",
    "本团队没有该申报材料。",
    "The team has no such application file.",
)
FILE_UNCHECKED = Rule(
    "application.file_unchecked",
    "该文件尚未通过检查，不能提交。请等待检查完成，或重新上传。",
    "This file has not passed its check and cannot be submitted. Wait for the check, or upload it again.",
)
NO_PART_A = Rule(
    "application.no_part_a",
    "缺少甲部（身份信息）PDF 文件。",
    "The part A file (identity) is missing.",
)
NO_PART_B = Rule(
    "application.no_part_b",
    "缺少乙部（匿名申报书）PDF 文件。",
    "The part B file (blind proposal) is missing.",
)

# Materials

FILE_TOO_LARGE = Rule(
    "material.too_large",
    "文件大小超过榜题规则的上限。请压缩后重新上传。",
    "The file is larger than the topic's rules allow. Make it smaller and upload it again.",
)
TOO_MANY_FILES = Rule(
    "material.too_many",
    "文件数量已达上限 {limit} 个（申报材料合计，或每个里程碑）。请先删除不需要的文件。",
    "The limit of {limit} files (for the application, or per milestone) is reached. Delete some that are not needed.",
)
MILESTONE_ONLY_EVIDENCE = Rule(
    "material.milestone_only_evidence",
    "佐证材料须指明里程碑，申报材料不得指明里程碑。",
    "Evidence names its milestone; application files name none.",
)
MILESTONE_UNKNOWN = Rule(
    "material.milestone_unknown",
    "本团队没有该里程碑，或该里程碑的佐证材料已经提交。",
    "The team has no such milestone, or its evidence was handed in already.",
)
NOT_UPLOADED = Rule(
    "material.not_uploaded",
    "尚未收到该文件。请先完成上传；链接过期时请重新获取。",
    "The file has not arrived. Finish the upload first; ask for a new link if the old one expired.",
)
NO_SUCH_PART = Rule(
    "material.no_such_part",
    "该文件没有这个分段。请按文件大小重新计算分段数。",
    "The file has no part of this number. Count its parts again by its size.",
)
NOT_PENDING = Rule(
    "material.not_pending",
    "该文件已经检查完毕，不能再次上传。如需替换，请新建一个文件。",
    "This file has been checked and cannot be uploaded again. To replace it, begin a new file.",
)
NOT_CHECKED = Rule(
    "material.not_checked",
    "该文件尚未通过检查，不能下载。",
    "This file has not passed its check and cannot be downloaded.",
)
SUBMITTED_FILE = Rule(
    "material.submitted",
    "该文件属于已提交的申报，不能删除。如需替换，请上传新文件并在截止前重新提交。",
    "This file belongs to a submission and cannot be deleted. To replace it, upload another and submit again before "
    "the topic closes.",
)
EVIDENCE_STAYS = Rule(
    "material.evidence_stays",
    "已提交的佐证材料是原始记录，不能删除。",
    "Evidence that was handed in is an original record and cannot be deleted.",
)

# Opening and formal check

NOT_CLOSED = Rule(
    "opening.not_closed",
    "榜题将于北京时间 {closes_at} 截止，截止前不得开启。",
    "The topic closes at {closes_at} (Asia/Shanghai); it cannot be opened before.",
)
ALREADY_OPENED = Rule(
    "opening.done",
    "该榜题的申报已经开启。",
    "This topic's applications have been opened already.",
)
SECOND_PERSON = Rule(
    "opening.second_person",
    "您已作为第一人登记开启；须由另一名开启人员完成。",
    "You are named as the first opener; another opening officer has to complete it.",
)
REASONS = Rule(
    "formal_check.reasons",
    "不予受理须写明理由类别、具体理由和依据条款；通过审查时不填理由。",
    "A refusal names its ground, the reasons and the article; an acceptance names none.",
)
