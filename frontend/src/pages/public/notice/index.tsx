import { IconPrinter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type Answer, read } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { Button, Lines, Panel, Show, When } from '@/shared/ui';
import { m } from './messages';

type Body = {
  topic?: { code?: string; title?: { zh?: string; en?: string } };
  text?: { zh?: string; en?: string };
  agency?: { zh?: string; en?: string };
  winners?: { rank: number; team: string; lead_org: { zh?: string; en?: string } }[];
};

/** One public notice: who is proposed, from when until when. */
export default function Notice() {
  const { noticeId } = useParams({ from: '/open/notices/$noticeId' });
  const notice = useQuery(read('/api/v1/notices/{notice_id}', { path: { notice_id: noticeId } }));
  return (
    <div className="wrap page">
      <Show of={notice} loading={<Lines rows={6} height={88} />}>
        {(data) => <Sheet notice={data} />}
      </Show>
    </div>
  );
}

function Sheet({ notice }: { notice: Answer<'/api/v1/notices/{notice_id}'> }) {
  const body = notice.body as Body;
  return (
    <>
      <p className="row">
        <span className="mono dim">{notice.code}</span>
        <span className={`badge ${notice.state === 'running' ? 'accent' : 'neutral'}`}>{m[notice.state]}</span>
      </p>
      <h1>{pick({ zh: notice.title_zh, en: notice.title_en })}</h1>
      <Panel
        slip
        title={m.kind}
        aside={
          <Button size="small" className="no-print" onClick={() => window.print()}>
            <IconPrinter className="i" aria-hidden />
            {m.print}
          </Button>
        }
      >
        <div className="stack4">
          <p className="text prose">{pick(body.text)}</p>
          <dl className="kv">
            <dt>{m.agency}</dt>
            <dd>{pick(body.agency)}</dd>
            <dt>{m.topic}</dt>
            <dd>
              <Link to="/topics/$topicId" params={{ topicId: notice.topic_id }}>
                <span className="mono">{body.topic?.code}</span> {pick(body.topic?.title)}
              </Link>
            </dd>
            <dt>{m.from}</dt>
            <dd>
              <When at={notice.starts_at} both />
            </dd>
            <dt>{m.to}</dt>
            <dd>
              <When at={notice.ends_at} both />
            </dd>
          </dl>
          <h2>{m.winners}</h2>
          <table className="tbl cards">
            <thead>
              <tr>
                <th scope="col">{m.rank}</th>
                <th scope="col">{m.team}</th>
                <th scope="col">{m.lead}</th>
              </tr>
            </thead>
            <tbody>
              {body.winners?.map((w) => (
                <tr key={w.rank}>
                  <td data-l={m.rank} className="num">
                    <span>{w.rank}</span>
                  </td>
                  <th scope="row">{w.team}</th>
                  <td data-l={m.lead}>
                    <span>{pick(w.lead_org)}</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <p className="mut">{m.objection}</p>
        </div>
      </Panel>
    </>
  );
}
