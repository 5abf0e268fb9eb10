/** What people are in an organisation and for a topic, in words. */
import { messages } from '@/shared/i18n';

const names: Readonly<Record<string, string>> = messages(
  {
    org_admin: '单位管理员',
    member: '成员',
    agency_officer: '主管部门经办人',
    legal_budget_reviewer: '法制与财政审核',
    screener: '形式审查',
    finance_officer: '财务',
    supervisor: '监督',
    end_user: '最终用户',
    drafter: '起草人',
    approver: '批准人',
    draw_officer: '专家抽取',
    opening_officer: '开启申请书',
  },
  {
    org_admin: 'Administrator',
    member: 'Member',
    agency_officer: 'Agency officer',
    legal_budget_reviewer: 'Legal and budget reviewer',
    screener: 'Formal check',
    finance_officer: 'Finance officer',
    supervisor: 'Supervisor',
    end_user: 'End user',
    drafter: 'Drafter',
    approver: 'Approver',
    draw_officer: 'Draw of experts',
    opening_officer: 'Opening',
  },
);

/** A role's name; a role without one shows its code. */
export const roleName = (role: string): string => names[role] ?? role;

/** Several roles' names in a row. */
export const roleNames = (roles: readonly string[]): string => roles.map(roleName).join(' · ');
