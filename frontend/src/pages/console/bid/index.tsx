import { IconPrinter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { Ask } from '@/features/cycle/Ask';
import { type Cycle, CycleFrame, NotYours, Rule } from '@/features/cycle/Frame';
import { type Answer, call, read, useDeed, useSession } from '@/shared/api';
import { inPassing, named, pick } from '@/shared/i18n';
import { fileSize } from '@/shared/lib/bytes';
import { useKept } from '@/shared/lib/useKept';
import {
  Button,
  Choice,
  ErrorSummary,
  Lines,
  Notice,
  Panel,
  Radios,
  Refusal,
  Show,
  StateBadge,
  TextArea,
  TextField,
  When,
} from '@/shared/ui';
import { m } from './messages';

type Opened = Answer<'/api/v1/topics/{topic_id}/applications/{application_id}'>;
type Answers = {
  part_a?: { contact_name?: string; contact_email?: string; contact_phone?: string };
  part_b?: { title?: string; promised?: Record<string, string> } & Partial<Record<(typeof PROSE)[number], string>>;
};
const CONTACT = ['contact_name', 'contact_email', 'contact_phone'] as const;
const PROSE = ['approach', 'work_plan', 'risk', 'budget'] as const;
const GROUNDS = Object.keys(m.grounds) as (keyof typeof m.grounds)[];
const COMPARATORS = { '>=': '≥', '<=': '≤', '==': '=' } as const;

/** One opened application: both its parts, its files, and the formal check beside them. */
export default function Bid() {
  const { topicId, applicationId } = useParams({ from: '/work/desk/topics/$topicId/applications/$applicationId' });
  const one = useQuery(
    read('/api/v1/topics/{topic_id}/applications/{application_id}', {
      path: { topic_id: topicId, application_id: applicationId },
    }),
  );
  return (
    <CycleFrame topicId={topicId} page="applications" title={m.title}>
      {(cycle) => (
        <Show of={one} loading={<Lines rows={6} height={88} />}>
          {(bid) => (
            <>
              <p className="row sp">
                <span className="row">
                  <b className="mono">{bid.receipt_no}</b>
                  <StateBadge group="application" state={bid.status === 'submitted' ? 'screening' : bid.status} />
                  <span className="mut sm">
                    {m.submitted} <When at={bid.submitted_at} />
                  </span>
                </span>
                <span className="row no-print">
                  <Link className="btn s" to="/desk/topics/$topicId/applications" params={{ topicId }}>
                    {m.back}
                  </Link>
                  <Button size="small" onClick={() => window.print()}>
                    <IconPrinter className="i" aria-hidden />
                    {m.print}
                  </Button>
                </span>
              </p>
              <div className="two">
                <div className="stack4">
                  <PartA bid={bid} />
                  <PartB bid={bid} topicId={topicId} />
                  <Files bid={bid} />
                </div>
                <FormalCheck key={bid.version} bid={bid} cycle={cycle} />
              </div>
            </>
          )}
        </Show>
      )}
    </CycleFrame>
  );
}

function PartA({ bid }: { bid: Opened }) {
  const { part_a } = bid.answers as Answers;
  const percent = (bp: number) => `${bp / 100}%`;
  return (
    <Panel title={m.partA}>
      <div className="stack4">
        <p className="mut sm">{m.partAAbout}</p>
        <p className="b">{bid.team_name}</p>
        <dl className="kv">
          {CONTACT.map((name) => (
            <div key={name} className="pairline">
              <dt>{m[name]}</dt>
              <dd>{part_a?.[name]}</dd>
            </div>
          ))}
          <dt>{m.people}</dt>
          <dd>{bid.people.map((p) => m.person[p.role](p.name)).join(' · ')}</dd>
        </dl>
        <table className="tbl cards dense">
          <thead>
            <tr>
              <th scope="col">{m.unit}</th>
              <th scope="col">{m.role}</th>
              <th scope="col" className="r">
                {m.work}
              </th>
              <th scope="col" className="r">
                {m.money}
              </th>
            </tr>
          </thead>
          <tbody>
            {bid.orgs.map((o) => (
              <tr key={o.org_id}>
                <th scope="row">{pick({ zh: o.name_zh, en: o.name_en })}</th>
                <td data-l={m.role}>
                  <span>{m.roles[o.role]}</span>
                </td>
                <td className="r num" data-l={m.work}>
                  <span>{percent(o.work_bp)}</span>
                </td>
                <td className="r num" data-l={m.money}>
                  <span>{percent(o.share_bp)}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function PartB({ bid, topicId }: { bid: Opened; topicId: string }) {
  const { part_b } = bid.answers as Answers;
  const topic = useQuery(read('/api/v1/topics/{topic_id}', { path: { topic_id: topicId } }));
  return (
    <Panel title={m.partB}>
      <div className="stack4">
        <p className="mut sm">{m.partBAbout}</p>
        <h3>{m.proposal}</h3>
        <p className="text">{part_b?.title}</p>
        {PROSE.map((name) => (
          <section key={name} className="stack">
            <h3>{m[name]}</h3>
            <p className="text prose">{part_b?.[name]}</p>
          </section>
        ))}
        <h3>{m.promised}</h3>
        <table className="tbl cards dense">
          <thead>
            <tr>
              <th scope="col">{m.indicator}</th>
              <th scope="col">{m.required}</th>
              <th scope="col" className="r">
                {m.promise}
              </th>
            </tr>
          </thead>
          <tbody>
            {(topic.data?.text.indicators ?? []).map((i) => (
              <tr key={i.code}>
                <th scope="row">{pick(i.name)}</th>
                <td data-l={m.required}>
                  <span>
                    {COMPARATORS[i.comparator]} {i.threshold} {i.unit}
                  </span>
                </td>
                <td className="r num" data-l={m.promise}>
                  <span>
                    {part_b?.promised?.[i.code] ?? '–'} {i.unit}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Files({ bid }: { bid: Opened }) {
  const fetched = useDeed(
    (material: string) =>
      call('post', '/api/v1/opened-materials/{material_id}/download', { path: { material_id: material } }),
    ({ url }) => window.location.assign(url),
  );
  return (
    <Panel title={m.files} footer={<p className="mut sm">{m.logged}</p>}>
      <div className="stack4">
        <ul className="stack3">
          {bid.files.map((f) => (
            <li key={f.material_id} className="row sp nowrap top">
              <span className="grow">
                {m.part[f.part]} · {f.filename} <span className="mut sm nw">{fileSize(f.size_bytes)}</span>
                <br />
                <span className="mono dim hash xs">
                  {m.digest} {f.sha256}
                </span>
              </span>
              <Button
                size="small"
                className="no-print"
                aria-label={m.openOf(f.filename)}
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

type Opinion = { decision: '' | 'eligible' | 'ineligible'; ground: string; text: string; article: string };
const NOTHING: Opinion = { decision: '', ground: '', text: '', article: '' };

function FormalCheck({ bid, cycle }: { bid: Opened; cycle: Cycle }) {
  const right = cycle.right('applications.screen');
  if (bid.status !== 'submitted') return <Decided bid={bid} />;
  return (
    <Panel title={m.check}>
      <div className="stack4">
        <Rule right={right} when={m.when} follows={m.follows} />
        {right?.allowed ? <Decide bid={bid} /> : <NotYours right={right} />}
      </div>
    </Panel>
  );
}

function Decided({ bid }: { bid: Opened }) {
  const refused = bid.ineligible_reason as { reason_code?: string; text?: string; article?: string } | null;
  return (
    <Panel title={m.check}>
      {refused ? (
        <dl className="stack3">
          <dt className="b">{m.refusedFor}</dt>
          <dd>{m.grounds[refused.reason_code as keyof typeof m.grounds] ?? refused.reason_code}</dd>
          <dd className="text">{refused.text}</dd>
          <dd className="mut">{named(m.article, refused.article ?? '')}</dd>
        </dl>
      ) : (
        <Notice tone="ok" title={m.decided}>
          {m.eligible}
        </Notice>
      )}
    </Panel>
  );
}

function Decide({ bid }: { bid: Opened }) {
  const session = useSession();
  const form = useKept<Opinion>(`jiebang.check.${bid.application_id}.${session.data?.person_id}`, NOTHING);
  const [hinted, setHinted] = useState(false);
  const { decision, ground, text, article } = form.value;
  const refused = decision === 'ineligible';
  const deed = useDeed(
    (_: undefined, key: string) =>
      call('post', '/api/v1/applications/{application_id}/formal-check', {
        path: { application_id: bid.application_id },
        body:
          decision === 'eligible'
            ? { decision }
            : { decision: 'ineligible', reason_code: ground as (typeof GROUNDS)[number], text, article },
        key,
      }),
    form.drop,
  );
  const faults = [
    ...(decision ? [] : [{ id: 'decision', text: m.need.decision }]),
    ...(refused && !ground ? [{ id: 'ground', text: m.need.ground }] : []),
    ...(refused && !text.trim() ? [{ id: 'reasons', text: m.need.text }] : []),
    ...(refused && !article.trim() ? [{ id: 'article', text: m.need.article }] : []),
  ];
  return (
    <div className="stack4">
      <div id="decision" tabIndex={-1}>
        <Radios
          legend={m.decision}
          name="decision"
          value={decision || null}
          options={[
            { value: 'eligible', label: m.eligible },
            { value: 'ineligible', label: m.ineligible },
          ]}
          onChange={(value) => form.set({ decision: value })}
        />
      </div>
      {refused && (
        <>
          <Choice id="ground" label={m.ground} value={ground} onChange={(e) => form.set({ ground: e.target.value })}>
            <option value="">{m.choose}</option>
            {GROUNDS.map((code) => (
              <option key={code} value={code}>
                {m.grounds[code]}
              </option>
            ))}
          </Choice>
          <TextArea
            id="reasons"
            label={m.reasons}
            hint={m.reasonsHint}
            max={2000}
            value={text}
            onChange={(e) => form.set({ text: e.target.value })}
          />
          <TextField
            id="article"
            label={m.article}
            hint={m.articleHint}
            maxLength={2000}
            value={article}
            onChange={(e) => form.set({ article: e.target.value })}
          />
          <p className="mut sm">{m.kept}</p>
        </>
      )}
      {hinted && <ErrorSummary faults={faults} />}
      <Ask
        label={m.decide}
        sure={refused ? m.sureNo : m.sureYes}
        deed={deed}
        ready={() => {
          setHinted(faults.length > 0);
          return faults.length === 0;
        }}
      >
        <p>{refused ? m.sureBodyNo : m.sureBodyYes}</p>
        {refused && (
          <blockquote className="text">
            {m.grounds[ground as keyof typeof m.grounds]} · {inPassing(text, article)}
          </blockquote>
        )}
      </Ask>
    </div>
  );
}
