import { IconPrinter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Rights } from '@/features/access/Rights';
import { read, useCan, useSession } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { Button, Empty, Lines, PageHead, Panel, Show } from '@/shared/ui';
import { Grants } from './Grants';
import { HandOver } from './HandOver';
import { m } from './messages';

/** Where one acts: who can do what and why, grants between authorities, handing duties over. */
export default function Access() {
  const session = useSession();
  const can = useCan();
  const mine = useQuery(read('/api/v1/organisations/mine'));
  const access = useQuery(read('/api/v1/access'));
  const here = mine.data?.find((o) => o.id === session.data?.org_id);
  if (session.data?.org_id === null) {
    return (
      <>
        <PageHead title={m.title} />
        <Empty
          action={
            <Link className="btn p" to="/organisation">
              {m.toOrg}
            </Link>
          }
        >
          {m.alone}
        </Empty>
      </>
    );
  }
  return (
    <>
      <PageHead title={m.title} sub={here ? m.sub(pick({ zh: here.name_zh, en: here.name_en })) : ' '}>
        <p className="row no-print">
          <Link className="btn" to="/organisation">
            {m.back}
          </Link>
          <Button onClick={() => window.print()}>
            <IconPrinter className="i" aria-hidden />
            {m.print}
          </Button>
        </p>
      </PageHead>
      <div className="stack4">
        <Panel title={m.rights} flush>
          <Show of={access} loading={<Lines rows={8} height={88} />}>
            {({ rights }) => <Rights rights={rights} />}
          </Show>
        </Panel>
        {can('incident.handle') && session.data?.org_id && <HandOver org={session.data.org_id} />}
        {can('organisation.grant') && session.data?.org_id && <Grants org={session.data.org_id} />}
      </div>
    </>
  );
}
