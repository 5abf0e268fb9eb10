/** Who sees which pages in the rail: by the classes and roles of the session. The server decides again. */
import {
  IconBuilding,
  IconClipboardCheck,
  IconClipboardText,
  IconFileText,
  IconHome,
  IconReportMoney,
  IconSearch,
  IconUserStar,
  IconUsersGroup,
  type TablerIcon,
} from '@tabler/icons-react';
import type { Session } from '@/shared/api';
import { m } from './words';

export type Item = { to: string; label: string; Icon: TablerIcon };

const AGENCY = ['agency_officer', 'legal_budget_reviewer', 'screener', 'supervisor'];

export function navigation(session: Session): Item[] {
  const has = (...roles: string[]) => roles.some((role) => session.org_roles.includes(role));
  const officer = has(...AGENCY);
  const finance = has('finance_officer');
  const team = has('member', 'org_admin', 'end_user') && !officer && !finance;
  const items: (Item | false)[] = [
    { to: '/work', label: m.work, Icon: IconHome },
    session.classes.includes('reviewer') && { to: '/review', label: m.review, Icon: IconClipboardCheck },
    officer && { to: '/desk/topics', label: m.desk, Icon: IconClipboardText },
    officer && { to: '/desk/experts', label: m.experts, Icon: IconUserStar },
    (team || !session.org_id) && { to: '/', label: m.find, Icon: IconSearch },
    team && { to: '/applications', label: m.applications, Icon: IconFileText },
    { to: '/contracts', label: m.contracts, Icon: IconClipboardCheck },
    finance && { to: '/ledger', label: m.ledger, Icon: IconReportMoney },
    { to: '/organisation', label: m.organisation, Icon: session.org_id ? IconUsersGroup : IconBuilding },
  ];
  return items.filter((item) => item !== false);
}
