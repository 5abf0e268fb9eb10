import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type Draw, DrawSteps, type Party, PartyTable } from '@/features/draws/Facts';
import { m as words } from '@/features/draws/messages';
import { commitmentOf } from '@/features/draws/share';
import { type Answer, read } from '@/shared/api';
import { english, named, pick } from '@/shared/i18n';
import { Lines, Notice, Panel, Show } from '@/shared/ui';
import { m } from './messages';
import './style.css';

type Topic = Answer<'/api/v1/topics/{topic_id}'>;
/** The part of a public record that this page shows; the file has more. */
type PublicRecord = {
  draw: {
    units: string[];
    roster: string[];
    rows: [unit: number, kind: string, seats: number][];
    out: number[];
    most: number;
    certificate: { objective: number; best: number; bound: number };
    commitments: Record<string, string>;
    shares: Record<string, string>;
    silent: Party[];
    seed: string;
    pairs: [row: number, person: number][];
    reserves: number[][];
    digest: string;
  };
  openings?: unknown[];
};

const LOOK_AGAIN = 10_000;
const FEW = 8;

/** What everybody may know and check of one draw of experts. */
export default function DrawPage() {
  const { topicId, n } = useParams({ from: '/open/topics/$topicId/draws/$n' });
  const topic = useQuery(read('/api/v1/topics/{topic_id}', { path: { topic_id: topicId } }));
  const draws = useQuery({
    ...read('/api/v1/topics/{topic_id}/draw-commitments', { path: { topic_id: topicId } }),
    refetchInterval: ({ state }) =>
      state.data?.some((d) => String(d.n) === n && d.status !== 'drawn') ? LOOK_AGAIN : false,
  });
  return (
    <div className="wrap page">
      <Show of={topic} loading={<Lines rows={8} height={88} />}>
        {(of) => (
          <Show of={draws} loading={<Lines rows={8} height={88} />}>
            {(all) => <Sheet topic={of} n={n} draw={all.find((d) => String(d.n) === n)} />}
          </Show>
        )}
      </Show>
    </div>
  );
}

function Sheet({ topic, n, draw }: { topic: Topic; n: string; draw: Draw | undefined }) {
  const title = pick(topic.text.title);
  return (
    <>
      <nav className="crumb" aria-label={m.place}>
        <Link to="/">{m.list}</Link>
        <i>/</i>
        <Link to="/topics/$topicId" params={{ topicId: topic.id }}>
          {topic.code}
        </Link>
        <i>/</i>
        {words.draw(Number(n))}
      </nav>
      <h1>{m.title(Number(n))}</h1>
      <p className="mut">{title}</p>
      {draw ? (
        <One topic={topic} draw={draw} />
      ) : (
        <Notice
          tone="warn"
          actions={
            <Link className="btn" to="/topics/$topicId" params={{ topicId: topic.id }}>
              {m.toTopic}
            </Link>
          }
        >
          {m.none}
        </Notice>
      )}
    </>
  );
}

function One({ topic, draw }: { topic: Topic; draw: Draw }) {
  const drawn = draw.status === 'drawn';
  const record = useQuery({
    ...read('/api/v1/topics/{topic_id}/draws/{n}/record', { path: { topic_id: topic.id, n: draw.n } }),
    enabled: drawn,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const found = record.data as unknown as PublicRecord | undefined;
  return (
    <>
      <Panel title={m.progress}>
        <div className="stack4">
          {draw.reason && (
            <p>
              <span className="mut">{named(words.reason, '')}</span>
              {draw.reason}
            </p>
          )}
          <DrawSteps draw={draw} />
        </div>
      </Panel>
      <div className="two">
        <div className="stack4">
          {drawn ? (
            <Show of={record} loading={<Lines rows={12} height={88} />}>
              {() => found && <Outcome of={found} />}
            </Show>
          ) : (
            <Panel title={m.notYet}>
              <p>{m.notYetAbout}</p>
            </Panel>
          )}
          <Panel title={m.parties} flush>
            {found && (
              <div className="pb">
                <Checked of={found} />
              </div>
            )}
            <PartyTable draw={draw} />
            {draw.frozen_sha256 && (
              <dl className="kv pb sm digests">
                <dt>{words.frozenDigest}</dt>
                <dd className="mono hash">{draw.frozen_sha256}</dd>
              </dl>
            )}
          </Panel>
        </div>
        <div className="stack4">
          <Check topic={topic} draw={draw} />
          <Panel title={m.how}>
            <p className="mut">{words.how}</p>
          </Panel>
        </div>
      </div>
    </>
  );
}

const list = (parties: string[]) => parties.map((p) => words.parties[p as Party] ?? p).join(english ? ', ' : '、');

/** Do the revealed bytes fit the commitments? This alone a page can say at once; the rest is the program's. */
function Checked({ of: { draw } }: { of: PublicRecord }) {
  const wrong = Object.entries(draw.shares).filter(([party, share]) => commitmentOf(share) !== draw.commitments[party]);
  return (
    <div className="stack3">
      {wrong.length === 0 ? (
        <Notice tone="ok">{m.matches}</Notice>
      ) : (
        <Notice tone="danger">{m.differs(list(wrong.map(([party]) => party)))}</Notice>
      )}
      {draw.silent.length > 0 && <Notice tone="warn">{m.silentAbout(list(draw.silent))}</Notice>}
    </div>
  );
}

function Outcome({ of: { draw, openings } }: { of: PublicRecord }) {
  const called = (places: number[]) => places.map((place) => `E${place + 1}`).join(english ? ', ' : '、');
  const sum = (value: number) => (value / 1e9).toFixed(4);
  const together = draw.units.length === 1;
  const { objective, best, bound } = draw.certificate;
  return (
    <>
      <Panel title={m.result} flush>
        <div className="pb stack3">
          <p className="mut sm">{m.resultAbout}</p>
          {openings && <Notice>{m.opened}</Notice>}
        </div>
        <table className="tbl cards mid dense">
          <thead>
            <tr>
              <th scope="col">{m.kind}</th>
              <th scope="col" className="r">
                {m.seats}
              </th>
              <th scope="col">{m.drawn}</th>
              <th scope="col">{m.reserves}</th>
            </tr>
          </thead>
          <tbody>
            {draw.rows.map(([unit, kind, seats], row) => {
              const line = draw.reserves[row] ?? [];
              return (
                <tr key={`${unit}.${kind}`}>
                  <th scope="row">
                    {!together && <span className="mono">{unit + 1} · </span>}
                    {m.kinds[kind] ?? kind}
                  </th>
                  <td className="r num" data-l={m.seats}>
                    <span>{seats}</span>
                  </td>
                  <td className="b num" data-l={m.drawn}>
                    <span>{called(draw.pairs.filter(([r]) => r === row).map(([, e]) => e))}</span>
                  </td>
                  <td className="num mut" data-l={m.reserves}>
                    <span>
                      {called(line.slice(0, FEW)) || '—'}{' '}
                      {line.length > FEW && m.more(english ? line.length - FEW : line.length)}
                    </span>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Panel>
      <Panel title={m.facts}>
        <dl className="kv digests">
          <dt>{m.size}</dt>
          <dd>{m.sizeOf(draw.roster.length, draw.out.length)}</dd>
          <dt>{m.panels}</dt>
          <dd>{m.panelsOf(draw.units.length)}</dd>
          <dt>{m.cap}</dt>
          <dd className="num">{(draw.most / 10).toFixed(1)}%</dd>
          <dt>{m.objective}</dt>
          <dd className="num">
            {sum(objective)} / {sum(best)} / {sum(bound)}
          </dd>
          <dt>{m.seed}</dt>
          <dd className="mono hash">{draw.seed}</dd>
          <dt>{m.digest}</dt>
          <dd className="mono hash">{draw.digest}</dd>
        </dl>
      </Panel>
    </>
  );
}

function Check({ topic, draw }: { topic: Topic; draw: Draw }) {
  const base = `/api/v1/topics/${topic.id}`;
  const file = `${topic.code}-draw-${draw.n}.json`;
  const commitments = `${topic.code}-commitments.json`;
  return (
    <Panel title={m.check} slip>
      <ol className="tocheck stack4">
        <li>
          <p>{m.step1}</p>
          <a className="btn s" href={`${base}/draw-commitments`} download={commitments}>
            <IconDownload className="i" aria-hidden />
            {m.saveList}
          </a>
        </li>
        <li>
          <p>{m.step2}</p>
          {draw.status === 'drawn' && (
            <a className="btn s" href={`${base}/draws/${draw.n}/record`} download={file}>
              <IconDownload className="i" aria-hidden />
              {m.saveRecord}
            </a>
          )}
        </li>
        <li>
          <p>{m.step3}</p>
          <code className="mono hash command">{`jiebang verify-draw ${file} --published ${commitments}`}</code>
        </li>
      </ol>
      <p className="mut sm">{m.step4}</p>
    </Panel>
  );
}
