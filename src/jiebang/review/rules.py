"""Refusals of reviews, one sentence each in Chinese and English."""

from jiebang.kernel.errors import Rule

ALREADY_OFFERED = Rule(
    "expert.already_offered",
    "您已经向该主管部门的专家库提出过申请，无需重复提交。",
    "You have offered yourself to this agency's expert pool already; once is enough.",
)
NOT_OFFERABLE = Rule(
    "expert.not_offerable",
    "未能提交：请选择一家主管部门的专家库，并填写您本人任职的单位。",
    "Nothing was submitted: choose the pool of an agency, and name an organisation in which you hold a role yourself.",
)
NOT_AGENCY_OFFICER = Rule(
    "expert.not_agency_officer",
    "只有本主管部门的主管人员可以管理专家库。",
    "Only an agency officer of this agency manages its expert pool.",
)
NOT_ACTIVATED = Rule(
    "expert.not_activated",
    "该专家不处于待核实状态，或者就是您本人，或者您是榜题的专家抽取经办人；核实须由他人进行。未作任何更改。",
    "This expert does not wait for verification, or is you yourself, or you draw panels: somebody else must verify. "
    "Nothing changed.",
)
POOL_EDITOR = Rule(
    "draw.pool_editor",
    "您曾核实候选专家，不能再主持抽取。请由另一位抽取负责人执行。",
    "You verified experts of this roster, so you may not draw from it. Another draw officer must.",
)
DRAW_PENDING = Rule(
    "draw.pending",
    "本榜题已有一次已承诺、尚未完成的抽取（第 {n} 次）。请先完成该次抽取。",
    "This topic has a draw that is committed to but not finished (number {n}). Finish it first.",
)
NO_REDRAW = Rule(
    "draw.no_redraw",
    "评审席位已满或仍有备选专家可以递补，不能重新抽取。",
    "Every seat of the panel is taken or a reserve can still step in: there is nothing to draw again.",
)
REASON_NEEDED = Rule(
    "draw.reason_needed",
    "补充抽取须说明理由。",
    "A further draw needs a reason.",
)
OUTLOOK = Rule(
    "topic.panel_outlook",
    "若现在抽取专家：{why}{help}申请单位尚未知晓，回避后可抽取的专家只会更少。",
    "If experts were drawn now: {why} {help} Applicants are not known yet; recusals can only leave fewer.",
)
POOL_EMPTY = Rule(
    "draw.pool_empty",
    "专家库中没有本赛道的在库专家，{need} 个席位均无人可抽。未抽取任何专家。请先扩充专家库。",
    "The pool holds no active expert of this track for its {need} seats. Nobody was drawn. Enlarge the pool first.",
)
COMMITMENTS_OPEN = Rule(
    "draw.commitments_open",
    "尚有参与方未提交随机数承诺（{missing_zh}）。请待各方提交，或在 {commit_by} 之后冻结名单。",
    "Not every party has committed its random bytes yet ({missing_en}). Wait for them, or freeze the roster after "
    "{commit_by}.",
)
SHARES_OPEN = Rule(
    "draw.shares_open",
    "尚有参与方未公开随机数（{missing_zh}）。请待各方公开，或在 {reveal_by} 之后抽取；届时未公开者不计入，并记录在案。",
    "Not every party has revealed its random bytes yet ({missing_en}). Wait for them, or draw after {reveal_by}: who "
    "has revealed nothing by then is left out, on record.",
)
NOT_FROZEN = Rule(
    "draw.not_frozen",
    "候选名单尚未冻结，不能抽取。",
    "The roster is not frozen yet, so nothing can be drawn.",
)
NO_PARTY = Rule(
    "draw.no_party",
    "您不是本次抽取的参与方：只有抽取负责人、监督人员和申请人代表（已提交申请的牵头人）可以提交随机数。",
    "You are no party to this draw: the draw officer, a supervisor, and for the applicants the lead of a submitted "
    "application commit random bytes.",
)
NOT_COMMITTABLE = Rule(
    "draw.not_committable",
    "未提交：名单已经冻结，或该方已提交承诺，或您已代表另一方提交。",
    "Nothing was committed: the roster is frozen, or this party has committed, or you have for another one.",
)
NOT_REVEALED = Rule(
    "draw.not_revealed",
    "未公开：名单尚未冻结，或您已经公开，或这些数据与您事先的承诺不符。",
    "Nothing was revealed: the roster is not frozen yet, or you have revealed already, or these bytes are not what you "
    "committed to.",
)
INPUTS_FROZEN = Rule(
    "draw.inputs_frozen",
    "本次抽取的候选名单已经冻结，抽取不能重来。",
    "The roster of this draw is frozen already; a draw is never repeated.",
)
NOT_OPENED = Rule(
    "draw.not_opened",
    "本榜题的申请书尚未开启，不能抽取专家：抽取须回避全部申请单位和人员。",
    "The topic's applications have not been opened. Experts are drawn after that, so that whoever is tied to an "
    "applicant stays out.",
)
NOT_SCREENED = Rule(
    "draw.not_screened",
    "抽取须在开启和形式审查全部完成之后进行；尚有 {open} 份申请未作出形式审查结论。",
    "Experts are drawn after the opening and the whole formal check; {open} applications still wait for theirs.",
)
TOO_FEW_APPLICATIONS = Rule(
    "draw.too_few_applications",
    "形式审查合格的申请共 {eligible} 份，拟立项 {awards} 项，竞争不足，不启动评审。",
    "{eligible} applications are eligible for {awards} awards: too little competition, so no review starts.",
)
RESERVES_SHORT = Rule(
    "draw.reserves_short",
    "专家类别“{stratum}”回避后可抽取 {eligible} 人，不足席位 {needed} 人加备选 {reserves} 人。请扩充专家库。",
    'In the stratum "{stratum}" {eligible} experts remain after recusal, fewer than {needed} seats and {reserves} '
    "reserves. Enlarge the pool.",
)
WRONG_STATEMENT = Rule(
    "assignment.wrong_statement",
    "您确认的声明文本与当前文本不一致。请重新阅读后再答复。",
    "The statement you confirmed is not the current one. Read it again, then answer.",
)
SEES_IDENTITIES = Rule(
    "assignment.sees_identities",
    "您在本榜题的主管部门任职，能够看到申请人的身份，不能参加评审。请谢绝本次邀请。",
    "You hold a role in the agency of this topic and can see who its applicants are, so you may not review. Please "
    "decline this invitation.",
)
DECLARATION_NEEDED = Rule(
    "assignment.declaration_needed",
    "接受评审任务须先声明不存在利益冲突；如有冲突，请谢绝。",
    "Accepting needs your declaration that there is no conflict of interest; if there is one, decline.",
)
REASON_MISSING = Rule(
    "assignment.reason_missing",
    "谢绝评审任务须说明原因。",
    "Declining needs a reason.",
)
NOT_OVERDUE = Rule(
    "assignment.not_overdue",
    "该专家的答复期限尚未届满（{answer_by}），不能递补。",
    "The expert may still answer (until {answer_by}); no reserve steps in yet.",
)
REVIEW_FINAL = Rule(
    "review.final",
    "评审意见已经提交，不能再修改。",
    "The review has been submitted and can no longer be changed.",
)
REVIEW_INCOMPLETE = Rule(
    "review.incomplete",
    "评审意见尚不完整：请为每项指标打分，并各写至少 {minimum} 个字的意见。缺少：{criteria}。",
    "The review is not complete: score every criterion and comment on each with at least {minimum} characters. "
    "Missing: {criteria}.",
)
UNKNOWN_CRITERIA = Rule(
    "review.unknown_criteria",
    "本榜题没有这些评审指标：{criteria}。未保存。",
    "This topic has no such criteria: {criteria}. Nothing was saved.",
)
SCORE_RANGE = Rule(
    "review.score_range",
    "指标 {criteria} 的得分应为 0 至 {maximum} 的整数。未保存。",
    "The score for {criteria} must be a whole number from 0 to {maximum}. Nothing was saved.",
)
REVIEWS_OWED = Rule(
    "score_run.reviews_owed",
    "尚有 {owed} 个评审任务未提交，不能汇总评分。",
    "{owed} assignments have not been submitted; scores cannot be aggregated yet.",
)
ALREADY_SCORED = Rule(
    "score_run.exists",
    "本榜题已经汇总评分，结果不可更改。",
    "The scores of this topic have been aggregated; the result does not change.",
)
