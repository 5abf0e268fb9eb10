import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { read } from '@/shared/api/query';
import { type Right, useCan } from '@/shared/api/rights';
import { pick } from '@/shared/i18n';
import { m } from './messages';
import { Notice } from './Notice';
import { PageHead } from './Panel';
import { Lines, YouAre } from './states';

/** A page, or a part of one, for those who have a right; others read which role it takes and which one they have. */
export function Need({ right, children }: { right: Right; children: ReactNode }) {
  return useCan()(right) ? children : <Lacking right={right} />;
}

function Lacking({ right }: { right: Right }) {
  const access = useQuery(read('/api/v1/access'));
  if (access.isPending) return <Lines rows={2} />;
  const view = access.data?.rights.find((one) => one.code === right);
  return (
    <>
      <PageHead title={pick(view?.title) || m.forbidden} />
      <Notice tone="warn" title={m.forbidden} live="alert">
        {view && <p>{pick(view.why)}</p>}
        <YouAre />
      </Notice>
    </>
  );
}
