import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { Materials, useMaterials } from '@/features/materials/Materials';
import { type Answer, call, read, useCan, useDeed, useSession } from '@/shared/api';
import { pick } from '@/shared/i18n';
import {
  Amount,
  Button,
  Day,
  Empty,
  ErrorSummary,
  Lines,
  PageHead,
  Panel,
  Ready,
  Refusal,
  Show,
  StateBadge,
  TextArea,
  TextField,
  When,
} from '@/shared/ui';
import { m } from './messages';

type Milestone = Answer<'/api/v1/milestones/{milestone_id}'>;
type Disbursement = Answer<'/api/v1/contracts/{contract_id}/disbursements'>[number];
const COMPARATORS = { '>=': '≥', '<=': '≤', '==': '=' } as const;

const topicOf = (topic_id: string) => read('/api/v1/topics/{topic_id}', { path: { topic_id } });

/** A milestone from its evidence to its money. */
export default function MilestonePage() {
  const { milestoneId } = useParams({ from: '/work/milestones/$milestoneId' });
  const milestone = useQuery(read('/api/v1/milestones/{milestone_id}', { path: { milestone_id: milestoneId } }));
  const topic = useQuery({ ...topicOf(milestone.data?.topic_id ?? ''), enabled: milestone.data !== undefined });
  const session = useSession();
  const can = useCan();
  return (
    <Ready of={[milestone, topic]}>
      <Show of={milestone} loading={<Lines rows={6} height={88} />}>
        {(data) => {
          const finance = can('payment.handle');
          const user = session.data?.org_id === data.end_user_id;
          const officer = can('topic.read');
          return (
            <>
              <PageHead
                above={<StateBadge group="milestone" state={data.status} />}
                title={`${data.n}. ${pick({ zh: data.title_zh, en: data.title_en })}`}
              >
                <Link className="btn" to="/contracts/$contractId" params={{ contractId: data.contract_id }}>
                  {m.contract}
                </Link>
              </PageHead>
              <div className="two">
                <div className="stack4">
                  {data.evidence ? <Evidence milestone={data} /> : !officer && !user && <HandIn milestone={data} />}
                  {user && can('milestone.confirm') && data.status === 'submitted' && <Confirm milestone={data} />}
                  {data.status === 'passed' && <Payments milestone={data} finance={finance} />}
                </div>
                <Panel title={m.state}>
                  <dl className="kv">
                    <dt>{m.due}</dt>
                    <dd>
                      <Day date={data.due_on} />
                    </dd>
                    <dt>{m.amount}</dt>
                    <dd>
                      <Amount minor={data.amount_minor} />
                    </dd>
                    {data.submitted_at && (
                      <>
                        <dt>{m.handed}</dt>
                        <dd>
                          <When at={data.submitted_at} />
                        </dd>
                      </>
                    )}
                    {data.confirmed_at && (
                      <>
                        <dt>{m.confirmed}</dt>
                        <dd>
                          <When at={data.confirmed_at} />
                        </dd>
                        <dt>{m.opinion}</dt>
                        <dd className="text">{data.opinion}</dd>
                      </>
                    )}
                  </dl>
                </Panel>
              </div>
            </>
          );
        }}
      </Show>
    </Ready>
  );
}

function useIndicators(topicId: string) {
  const topic = useQuery(topicOf(topicId));
  return { indicators: topic.data?.text.indicators ?? [], limits: topic.data?.rules.uploads };
}

function Evidence({ milestone }: { milestone: Milestone }) {
  const { indicators } = useIndicators(milestone.topic_id);
  const fetched = useDeed(
    (material: string) =>
      call('get', '/api/v1/milestones/{milestone_id}/evidence/{material_id}/link', {
        path: { milestone_id: milestone.id, material_id: material },
      }),
    ({ url }) => window.location.assign(url),
  );
  const { evidence } = milestone;
  if (!evidence) return null;
  return (
    <Panel title={m.evidence}>
      <div className="stack4">
        <dl className="kv">
          {Object.entries(evidence.measured).map(([code, value]) => {
            const of = indicators.find((i) => i.code === code);
            return (
              <div key={code} className="pairline">
                <dt>{of ? pick(of.name) : code}</dt>
                <dd className="num">
                  {value} {of?.unit}{' '}
                  {of && (
                    <span className="mut sm nw">
                      {m.required} {COMPARATORS[of.comparator]} {of.threshold}
                    </span>
                  )}
                </dd>
              </div>
            );
          })}
        </dl>
        <p className="text">{evidence.notes}</p>
        <ul className="stack">
          {evidence.files.map((f) => (
            <li key={f.material_id} className="row sp">
              <span>{f.filename}</span>
              <Button
                size="small"
                look="quiet"
                aria-label={`${m.open} ${f.filename}`}
                onClick={() => fetched.mutate(f.material_id)}
              >
                {m.open}
              </Button>
            </li>
          ))}
        </ul>
        <Refusal error={fetched.error} />
      </div>
    </Panel>
  );
}

function HandIn({ milestone }: { milestone: Milestone }) {
  const { indicators, limits } = useIndicators(milestone.topic_id);
  const files = useMaterials(milestone.team_id);
  const [measured, setMeasured] = useState<Record<string, string>>({});
  const [notes, setNotes] = useState('');
  const [hint, setHint] = useState(false);
  const mine = (files.data ?? []).filter((f) => f.milestone_id === milestone.id && f.status === 'checked');
  const deed = useDeed(
    (body: { material_ids: string[]; measured: Record<string, string>; notes: string }, key: string) =>
      call('post', '/api/v1/milestones/{milestone_id}/evidence', {
        path: { milestone_id: milestone.id },
        body,
        version: milestone.version,
        key,
      }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (mine.length === 0) return setHint(true);
    const given = Object.fromEntries(Object.entries(measured).filter(([, value]) => value !== ''));
    deed.mutate({ material_ids: mine.map((f) => f.id), measured: given, notes });
  };
  return (
    <Panel title={m.evidence}>
      <form className="stack4" onSubmit={submit}>
        {indicators.map((i) => (
          <TextField
            key={i.code}
            label={m.measuredFor(pick(i.name))}
            hint={`${m.required} ${COMPARATORS[i.comparator]}\u00a0${i.threshold} ${i.unit}`}
            inputMode="decimal"
            value={measured[i.code] ?? ''}
            onChange={(e) => setMeasured({ ...measured, [i.code]: e.target.value.normalize('NFKC').trim() })}
          />
        ))}
        <TextArea label={m.notes} max={4000} value={notes} onChange={(e) => setNotes(e.target.value)} />
        <div id="evidence-files" tabIndex={-1}>
          {limits && (
            <Materials
              teamId={milestone.team_id}
              part="evidence"
              milestoneId={milestone.id}
              label={m.files}
              limits={limits}
            />
          )}
        </div>
        {hint && mine.length === 0 && <ErrorSummary faults={[{ id: 'evidence-files', text: m.needFiles }]} />}
        <Refusal error={deed.error} />
        <Button type="submit" look="primary" busy={deed.isPending}>
          {m.hand}
        </Button>
      </form>
    </Panel>
  );
}

function Confirm({ milestone }: { milestone: Milestone }) {
  const [opinion, setOpinion] = useState('');
  const deed = useDeed((given: string, key: string) =>
    call('post', '/api/v1/milestones/{milestone_id}/confirmation', {
      path: { milestone_id: milestone.id },
      body: { opinion: given },
      version: milestone.version,
      key,
    }),
  );
  return (
    <Panel title={m.confirm}>
      <form
        className="stack4"
        onSubmit={(event) => {
          event.preventDefault();
          deed.mutate(opinion);
        }}
      >
        <TextArea label={m.opinion} required max={4000} value={opinion} onChange={(e) => setOpinion(e.target.value)} />
        <Refusal error={deed.error} />
        <Button type="submit" look="primary" busy={deed.isPending}>
          {m.confirm}
        </Button>
      </form>
    </Panel>
  );
}

function Payments({ milestone, finance }: { milestone: Milestone; finance: boolean }) {
  const list = useQuery(
    read('/api/v1/contracts/{contract_id}/disbursements', { path: { contract_id: milestone.contract_id } }),
  );
  const request = useDeed((_: undefined, key: string) =>
    call('post', '/api/v1/milestones/{milestone_id}/disbursements', { path: { milestone_id: milestone.id }, key }),
  );
  return (
    <Panel title={m.payments}>
      <Show of={list}>
        {(all) => {
          const mine = all.filter((d) => d.milestone_id === milestone.id);
          return (
            <div className="stack4">
              {mine.length === 0 && <Empty>{m.none}</Empty>}
              {mine.map((d) => (
                <Payment key={d.id} payment={d} finance={finance} />
              ))}
              <Refusal error={request.error} />
              {finance && mine.length === 0 && (
                <Button look="primary" busy={request.isPending} onClick={() => request.mutate(undefined)}>
                  {m.request}
                </Button>
              )}
            </div>
          );
        }}
      </Show>
    </Panel>
  );
}

function Payment({ payment, finance }: { payment: Disbursement; finance: boolean }) {
  const [reference, setReference] = useState('');
  const path = { disbursement_id: payment.id };
  const approve = useDeed((_: undefined, key: string) =>
    call('post', '/api/v1/disbursements/{disbursement_id}/approval', { path, version: payment.version, key }),
  );
  const settle = useDeed((bank_reference: string, key: string) =>
    call('post', '/api/v1/disbursements/{disbursement_id}/settlement', {
      path,
      body: { bank_reference },
      version: payment.version,
      key,
    }),
  );
  return (
    <div className="stack3">
      <p className="row sp">
        <Amount minor={payment.amount_minor} />
        <StateBadge group="money" state={payment.status} />
      </p>
      {payment.bank_reference && (
        <p className="mut sm">
          {m.reference} <span className="mono">{payment.bank_reference}</span>
        </p>
      )}
      <Refusal error={approve.error ?? settle.error} />
      {finance && payment.status === 'requested' && (
        <Button look="primary" busy={approve.isPending} onClick={() => approve.mutate(undefined)}>
          {m.approve}
        </Button>
      )}
      {finance && payment.status === 'approved' && (
        <form
          className="stack3"
          onSubmit={(event) => {
            event.preventDefault();
            settle.mutate(reference.trim());
          }}
        >
          <TextField
            label={m.reference}
            required
            maxLength={100}
            value={reference}
            onChange={(e) => setReference(e.target.value)}
          />
          <Button type="submit" look="primary" busy={settle.isPending}>
            {m.settle}
          </Button>
        </form>
      )}
    </div>
  );
}
