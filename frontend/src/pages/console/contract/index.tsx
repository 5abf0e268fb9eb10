import { IconPrinter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { type Answer, call, read, useDeed, useSession } from '@/shared/api';
import { pick } from '@/shared/i18n';
import {
  Amount,
  Button,
  Day,
  Dialog,
  Empty,
  ErrorSummary,
  Lines,
  PageHead,
  Panel,
  Refusal,
  Show,
  StateBadge,
  Tick,
  When,
} from '@/shared/ui';
import { Frozen } from './Frozen';
import { m } from './messages';

type Contract = Answer<'/api/v1/contracts/{contract_id}'>;
type Wanted = Contract['wanted'][number];
type Text = { zh?: string; en?: string };
type Parties = {
  title?: Text;
  topic?: { code?: string };
  parties?: { team?: { name?: string }; lead_org?: { name?: Text } };
};

/** A contract with its pledge: the frozen texts, signatures, milestones, money. */
export default function ContractPage() {
  const { contractId } = useParams({ from: '/work/contracts/$contractId' });
  const contract = useQuery(read('/api/v1/contracts/{contract_id}', { path: { contract_id: contractId } }));
  return (
    <Show of={contract} loading={<Lines rows={8} height={88} />}>
      {(data) => (
        <>
          <PageHead
            above={
              <>
                <span className="mono dim">{data.number}</span>
                <StateBadge group="contract" state={data.status} />
              </>
            }
            title={m.contract}
            sub={<Subject contract={data} />}
          >
            <Button className="no-print" onClick={() => window.print()}>
              <IconPrinter className="i" aria-hidden />
              {m.print}
            </Button>
          </PageHead>
          <div className="stack4">
            <Signatures contract={data} />
            {data.status === 'effective' ? (
              <>
                <Milestones contractId={data.id} />
                <Ledger contractId={data.id} />
              </>
            ) : (
              <Panel title={m.milestones}>
                <Empty>{m.none}</Empty>
              </Panel>
            )}
            <Frozen title={m.contract} sha256={data.sha256} body={data.body} />
            <Frozen title={m.pledge} sha256={data.pledge_sha256} body={data.pledge} />
          </div>
        </>
      )}
    </Show>
  );
}

/** Whose contract it is, and for what: from the frozen text. */
function Subject({ contract }: { contract: Contract }) {
  const { data: session } = useSession();
  const body = contract.body as Parties;
  const title = pick(body.title) || body.topic?.code;
  const topicId = contract.topic_id;
  return (
    <>
      {session?.org_id === contract.agency_id ? (
        <Link to="/desk/topics/$topicId/cycle" params={{ topicId }}>
          {title}
        </Link>
      ) : (
        <Link to="/topics/$topicId" params={{ topicId }}>
          {title}
        </Link>
      )}
      {' · '}
      {[body.parties?.team?.name, pick(body.parties?.lead_org?.name)].filter(Boolean).join(' · ')}
    </>
  );
}

function Signatures({ contract }: { contract: Contract }) {
  const [asked, setAsked] = useState<Wanted | null>(null);
  const [ticked, setTicked] = useState(false);
  const [hint, setHint] = useState(false);
  const deed = useDeed(
    (w: Wanted, key: string) =>
      call('post', '/api/v1/contracts/{contract_id}/signatures', {
        path: { contract_id: contract.id },
        body: { document: w.document, party: w.party, sha256: w.sha256 },
        key,
      }),
    () => setAsked(null),
  );
  return (
    <Panel title={m.signatures}>
      <ul className="stack3">
        {contract.signatures.map((s) => (
          <li key={s.document + s.party} className="row sp">
            <span>
              {m[s.document]} · {m.parties[s.party]} · {s.person_name}
            </span>
            <span className="t-ok">
              {m.signed} <When at={s.signed_at} />
            </span>
          </li>
        ))}
        {contract.wanted.map((w) => (
          <li key={w.document + w.party} className="row sp">
            <span>
              {m[w.document]} · {m.parties[w.party]} <span className="mut sm">{m.waits}</span>
            </span>
            <Button
              aria-label={`${m.sign(m[w.document])} ${m.parties[w.party]}`}
              onClick={() => {
                deed.reset();
                setTicked(false);
                setAsked(w);
              }}
            >
              {m.sign(m[w.document])}
            </Button>
          </li>
        ))}
      </ul>
      <Dialog title={asked ? m.sign(m[asked.document]) : ''} opened={asked !== null} onClose={() => setAsked(null)}>
        {asked && (
          <div className="stack4">
            <blockquote className="text">{pick(asked.statement)}</blockquote>
            <p className="mono hash dim sm">
              {m.digest} {asked.sha256}
            </p>
            <Tick
              id="agreed"
              checked={ticked}
              onChange={(e) => {
                setTicked(e.target.checked);
                setHint(false);
              }}
            >
              {m.tick}
            </Tick>
            {hint && <ErrorSummary faults={[{ id: 'agreed', text: m.tickFirst }]} />}
            <Refusal error={deed.error} />
            <Button look="primary" busy={deed.isPending} onClick={() => (ticked ? deed.mutate(asked) : setHint(true))}>
              {m.go}
            </Button>
          </div>
        )}
      </Dialog>
    </Panel>
  );
}

function Milestones({ contractId }: { contractId: string }) {
  const list = useQuery(read('/api/v1/contracts/{contract_id}/milestones', { path: { contract_id: contractId } }));
  return (
    <Panel title={m.milestones} flush>
      <Show of={list}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty>{m.none}</Empty>
          ) : (
            <table className="tbl cards g mid">
              <thead>
                <tr>
                  <th scope="col">{m.milestone}</th>
                  <th scope="col">{m.state}</th>
                  <th scope="col">{m.due}</th>
                  <th scope="col" className="r">
                    {m.amount}
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.map((r) => (
                  <tr key={r.id}>
                    <th scope="row">
                      <Link to="/milestones/$milestoneId" params={{ milestoneId: r.id }}>
                        {r.n}. {pick({ zh: r.title_zh, en: r.title_en })}
                      </Link>
                    </th>
                    <td className="st">
                      <StateBadge group="milestone" state={r.status} />
                    </td>
                    <td data-l={m.due}>
                      <span>
                        <Day date={r.due_on} />
                      </span>
                    </td>
                    <td className="r" data-l={m.amount}>
                      <Amount minor={r.amount_minor} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Show>
    </Panel>
  );
}

function Ledger({ contractId }: { contractId: string }) {
  const ledger = useQuery(read('/api/v1/contracts/{contract_id}/ledger', { path: { contract_id: contractId } }));
  return (
    <Panel title={m.ledger} flush>
      <Show of={ledger}>
        {(data) =>
          data.entries.length === 0 ? (
            <Empty>{m.noEntries}</Empty>
          ) : (
            <table className="tbl cards">
              <thead>
                <tr>
                  <th scope="col">{m.kind}</th>
                  <th scope="col">{m.when}</th>
                  <th scope="col" className="r">
                    {m.amount}
                  </th>
                </tr>
              </thead>
              <tbody>
                {data.entries.map((e) => (
                  <tr key={e.id}>
                    <th scope="row">{m.kinds[e.kind]}</th>
                    <td data-l={m.when}>
                      <span>
                        <When at={e.posted_at} />
                      </span>
                    </td>
                    <td className="r" data-l={m.amount}>
                      <ul>
                        {e.postings.map((p) => (
                          <li key={p.account}>
                            {m.accounts[p.account]} <Amount minor={p.amount_minor} />
                          </li>
                        ))}
                      </ul>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Show>
    </Panel>
  );
}
