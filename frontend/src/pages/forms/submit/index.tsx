import { IconPrinter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useMaterials } from '@/features/materials/Materials';
import { type Answers, gapsOf } from '@/pages/forms/application/gaps';
import { type Answer, call, read, useDeed } from '@/shared/api';
import { pick } from '@/shared/i18n';
import {
  Button,
  Countdown,
  ErrorSummary,
  Lines,
  Notice,
  PageHead,
  Panel,
  Refusal,
  Show,
  Tick,
  When,
} from '@/shared/ui';
import { m } from './messages';

type Receipt = NonNullable<Answer<'/api/v1/applications/{application_id}'>['receipt']>;

/** Everything that is missing, the declaration, the submission and its receipt. */
export default function Submit() {
  const { teamId } = useParams({ from: '/work/applications/$teamId/submit' });
  const team = useQuery(read('/api/v1/teams/{team_id}', { path: { team_id: teamId } }));
  const files = useMaterials(teamId);
  const application = useQuery({
    ...read('/api/v1/applications/{application_id}', { path: { application_id: team.data?.application_id ?? '' } }),
    enabled: team.data !== undefined,
    staleTime: 0,
  });
  const topic = useQuery({
    ...read('/api/v1/topics/{topic_id}', { path: { topic_id: team.data?.topic_id ?? '' } }),
    enabled: team.data !== undefined,
  });
  const [declared, setDeclared] = useState(false);
  const [hint, setHint] = useState(false);
  const submitted = (files.data ?? []).filter((f) => f.part !== 'evidence' && f.status === 'checked');
  const deed = useDeed((materials: string[], key: string) =>
    call('post', '/api/v1/applications/{application_id}/submissions', {
      path: { application_id: application.data?.id ?? '' },
      body: { material_ids: materials },
      key,
    }),
  );
  const receipt = deed.data ?? application.data?.receipt;
  return (
    <Show of={team} loading={<Lines rows={6} />}>
      {(t) => (
        <Show of={application} loading={<Lines rows={6} />}>
          {(a) => (
            <Show of={topic} loading={<Lines rows={6} />}>
              {(of) => {
                const gaps = gapsOf(
                  { part_a: {}, part_b: {}, ...(a.answers as Partial<Answers>) },
                  of.text.indicators,
                  files.data ?? [],
                  t.orgs,
                );
                const open = of.state === 'open';
                return (
                  <>
                    <PageHead title={m.title} sub={`${of.code} ${pick(of.text.title)} · ${t.name}`}>
                      <Link className="btn" to="/applications/$teamId" params={{ teamId }}>
                        {m.back}
                      </Link>
                    </PageHead>
                    <div className="stack4">
                      {!open && (
                        <Notice tone="warn" title={m.late}>
                          {m.lateHelp}
                        </Notice>
                      )}
                      {receipt && <ReceiptPanel receipt={receipt} fresh={deed.isSuccess} />}
                      {open && (
                        <Panel title={m.title} aside={<Countdown until={of.closes_at} />}>
                          <div className="stack4">
                            {gaps.length > 0 ? (
                              <Notice tone="warn" title={m.missing(gaps.length)}>
                                <ul className="bullets">
                                  {gaps.map((g) => (
                                    <li key={g.id + g.text}>
                                      <Link to="/applications/$teamId" params={{ teamId }} hash={g.id}>
                                        {g.text}
                                      </Link>
                                    </li>
                                  ))}
                                </ul>
                              </Notice>
                            ) : (
                              <Notice tone="ok">{m.ready}</Notice>
                            )}
                            <div>
                              <h3>{m.files}</h3>
                              <ul className="bullets">
                                {submitted.map((f) => (
                                  <li key={f.id}>
                                    {m.part[f.part]} · {f.filename}{' '}
                                    <span className="mono dim hash">{f.sha256.slice(0, 16)}…</span>
                                  </li>
                                ))}
                              </ul>
                            </div>
                            <Tick
                              id="declared"
                              checked={declared}
                              onChange={(e) => {
                                setDeclared(e.target.checked);
                                setHint(false);
                              }}
                            >
                              {m.declare}
                            </Tick>
                            {hint && <ErrorSummary faults={[{ id: 'declared', text: m.declareFirst }]} />}
                            <Refusal error={deed.error} />
                            <Button
                              look="primary"
                              size="large"
                              busy={deed.isPending}
                              onClick={() => (declared ? deed.mutate(submitted.map((f) => f.id)) : setHint(true))}
                            >
                              {a.receipt ? m.again : m.go}
                            </Button>
                          </div>
                        </Panel>
                      )}
                    </div>
                  </>
                );
              }}
            </Show>
          )}
        </Show>
      )}
    </Show>
  );
}

function ReceiptPanel({ receipt, fresh }: { receipt: Receipt; fresh: boolean }) {
  return (
    <Panel
      slip
      title={m.receipt}
      aside={
        <Button size="small" className="no-print" onClick={() => window.print()}>
          <IconPrinter className="i" aria-hidden />
          {m.print}
        </Button>
      }
    >
      <div className="stack4">
        {fresh && (
          <Notice tone="ok" live="status">
            {m.done(receipt.receipt_no)}
          </Notice>
        )}
        <dl className="kv">
          <dt>{m.number}</dt>
          <dd className="mono">{receipt.receipt_no}</dd>
          <dt>{m.at}</dt>
          <dd>
            <When at={receipt.submitted_at} both />
          </dd>
          <dt>{m.nth}</dt>
          <dd>{receipt.n}</dd>
          <dt>{m.digest}</dt>
          <dd className="mono hash">{receipt.sha256}</dd>
        </dl>
        <table className="tbl cards">
          <thead>
            <tr>
              <th scope="col">{m.file}</th>
              <th scope="col">SHA-256</th>
            </tr>
          </thead>
          <tbody>
            {receipt.files.map((f) => (
              <tr key={f.material_id}>
                <th scope="row">
                  {m.part[f.part]} · {f.filename}
                </th>
                <td className="mono hash" data-l="SHA-256">
                  <span>{f.sha256}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
