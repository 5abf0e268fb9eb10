/** Who sees which pages in the rail: what the policy lets the session do. The server decides again. */
import {
  IconBuilding,
  IconClipboardCheck,
  IconClipboardText,
  IconFileText,
  IconHome,
  IconListSearch,
  IconReportMoney,
  IconSearch,
  IconUserPlus,
  IconUserStar,
  IconUsersGroup,
  type TablerIcon,
} from '@tabler/icons-react';
import type { Right, Session } from '@/shared/api';
import { m } from './words';

export type Item = { to: string; label: string; Icon: TablerIcon };

export function navigation(session: Session): Item[] {
  const can = (right: Right) => session.rights.includes(right);
  const authority = can('topic.read');
  const items: (Item | false)[] = [
    { to: '/work', label: m.work, Icon: IconHome },
    session.classes.includes('reviewer') && { to: '/review', label: m.review, Icon: IconClipboardCheck },
    authority && { to: '/desk/topics', label: m.desk, Icon: IconClipboardText },
    can('expert.read') && { to: '/desk/experts', label: m.experts, Icon: IconUserStar },
    can('audit.read') && { to: '/supervision', label: m.audit, Icon: IconListSearch },
    !authority && { to: '/', label: m.find, Icon: IconSearch },
    !authority && session.org_id !== null && { to: '/applications', label: m.applications, Icon: IconFileText },
    { to: '/contracts', label: m.contracts, Icon: IconClipboardCheck },
    can('ledger.read') && { to: '/ledger', label: m.ledger, Icon: IconReportMoney },
    { to: '/organisation', label: m.organisation, Icon: session.org_id ? IconUsersGroup : IconBuilding },
    !authority && { to: '/expertise', label: m.expertise, Icon: IconUserPlus },
  ];
  return items.filter((item) => item !== false);
}
