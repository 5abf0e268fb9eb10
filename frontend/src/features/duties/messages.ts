import { messages } from '@/shared/i18n';

export const m = messages(
  {
    people: '本榜题的经办人',
    none: '还没有指定经办人。',
    grant: '指定',
    role: '职责',
    person: '人员',
    revoke: '撤销',
    revokeOf: (p: string, r: string) => `撤销 ${p} 的“${r}”`,
    all: '谁能做什么，为什么',
    reason: '理由',
    reasonHint: '5 至 2000 字，记入审计日志。',
    faultReason: '请写明理由，至少 5 个字',
    cancel: '取消',
    cannot: '指定与撤销由主管部门经办人办理。',
  },
  {
    people: 'Who does what for this topic',
    none: 'Nobody is appointed yet.',
    grant: 'Appoint',
    role: 'Duty',
    person: 'Person',
    revoke: 'Revoke',
    revokeOf: (p: string, r: string) => `Revoke ${p} as ${r}`,
    all: 'Who can do what, and why',
    reason: 'Reason',
    reasonHint: '5 to 2,000 characters; kept in the audit log.',
    faultReason: 'Give the reason, in 5 characters or more',
    cancel: 'Cancel',
    cannot: 'An officer of the agency appoints and takes duties away.',
  },
);
