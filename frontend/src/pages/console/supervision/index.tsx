import { IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { Export } from '@/features/audit/Export';
import { ACTIONS, actionName, actorName, deskName, kindName } from '@/features/audit/words';
import { type Answer, call, read, useSession } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { fromField, toField } from '@/shared/lib/beijing';
import { csv } from '@/shared/lib/csv';
import { save } from '@/shared/lib/save';
import { BEIJING, clock } from '@/shared/lib/time';
import { Button, Choice, Empty, Lines, Need, PageHead, Panel, Show, TextField, When } from '@/shared/ui';
import { Chain } from './Chain';
import { m } from './messages';
import { type Found, queryOf } from './search';
import './style.css';

const TOPICS = read('/api/v1/officer/topics', { query: { limit: 100 } });
type Entry = Answer<'/api/v1/supervision/audit'>['items'][number];

/** The audit log as a supervisor reads it: search, export, and the state of its chain. */
export default function Supervision() {
  return (
    <Need right="audit.read">
      <PageHead title={m.title} sub={m.sub} />
      <div className="two">
        <div className="stack4">
          <Log />
        </div>
        <Chain />
      </div>
    </Need>
  );
}

function Log() {
  const found = useSearch({ from: '/work/supervision' });
  const query = queryOf(found);
  const list = useQuery({
    ...read('/api/v1/supervision/audit', { query: { ...query, cursor: found.cursor, limit: 50 } }),
    staleTime: 60_000, // each search is on record
    refetchOnWindowFocus: false,
  });
  return (
    <>
      <Conditions key={JSON.stringify(query)} found={found} />
      <Show of={list} loading={<Lines rows={8} />}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty
              action={
                <Link className="btn" to="/supervision" search={{}}>
                  {m.clear}
                </Link>
              }
            >
              {m.none}
            </Empty>
          ) : (
            <>
              <Panel flush>
                <Entries items={page.items} found={found} />
              </Panel>
              <p className="row sp top">
                <span className="row">
                  {found.cursor && (
                    <Link className="btn" to="/supervision" search={{ ...found, cursor: undefined }}>
                      {m.first}
                    </Link>
                  )}
                  {page.next_cursor && (
                    <Link className="btn" to="/supervision" search={{ ...found, cursor: page.next_cursor }}>
                      {m.next}
                    </Link>
                  )}
                </span>
                <Export<readonly Entry[]>
                  key={JSON.stringify(query)}
                  label={m.exportFound}
                  fetched={async (at, signal) => {
                    const next = await call('get', '/api/v1/supervision/audit', {
                      query: { ...query, cursor: at, limit: 100 },
                      signal,
                    });
                    return { page: next.items, rows: next.items.length, next: next.next_cursor };
                  }}
                  finish={(pages) => save('audit.csv', [table(pages.flat())], 'text/csv')}
                />
              </p>
            </>
          )
        }
      </Show>
    </>
  );
}

/** What to look for; the address keeps it. */
function Conditions({ found }: { found: Found }) {
  const navigate = useNavigate();
  const session = useSession();
  const [form, setForm] = useState(found);
  const people = useQuery({
    ...read('/api/v1/organisations/{org_id}/people', {
      path: { org_id: session.data?.org_id ?? '' },
      query: { limit: 100 },
    }),
    enabled: Boolean(session.data?.org_id),
  });
  const topics = useQuery(TOPICS);
  const go = (to: Found) => void navigate({ to: '/supervision', search: { ...to, cursor: undefined } });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    go(form);
  };
  const known = people.data?.items.some((p) => p.person_id === form.actor);
  const listed = topics.data?.items.some((t) => t.id === form.topic);
  return (
    <form className="stack3 no-print" onSubmit={submit}>
      <div className="finding">
        <Choice label={m.person} value={form.actor ?? ''} onChange={(e) => setForm({ ...form, actor: e.target.value })}>
          <option value="">{m.anybody}</option>
          {form.actor && !known && <option value={form.actor}>{m.chosen(form.actor.slice(0, 8))}</option>}
          {people.data?.items.map((p) => (
            <option key={p.person_id} value={p.person_id}>
              {p.person_name}
            </option>
          ))}
        </Choice>
        <Choice label={m.topic} value={form.topic ?? ''} onChange={(e) => setForm({ ...form, topic: e.target.value })}>
          <option value="">{m.anyTopic}</option>
          {form.topic && !listed && <option value={form.topic}>{m.chosenTopic(form.topic.slice(0, 8))}</option>}
          {topics.data?.items.map((t) => (
            <option key={t.id} value={t.id}>
              {t.code} {pick({ zh: t.title_zh, en: t.title_en })}
            </option>
          ))}
        </Choice>
        <Choice
          label={m.action}
          value={form.action ?? ''}
          onChange={(e) => setForm({ ...form, action: e.target.value })}
        >
          <option value="">{m.anyAction}</option>
          {ACTIONS.map(([prefix, actions]) => (
            <optgroup key={prefix} label={m.groups[prefix] ?? prefix}>
              {actions.length > 1 && <option value={prefix}>{m.whole(m.groups[prefix] ?? prefix)}</option>}
              {actions.map((action) => (
                <option key={action} value={action}>
                  {actionName(action)}
                </option>
              ))}
            </optgroup>
          ))}
        </Choice>
        <TextField
          type="datetime-local"
          label={m.since}
          value={toField(form.since ?? null)}
          onChange={(e) => setForm({ ...form, since: fromField(e.target.value) ?? undefined })}
        />
        <TextField
          type="datetime-local"
          label={m.until}
          value={toField(form.until ?? null)}
          onChange={(e) => setForm({ ...form, until: fromField(e.target.value) ?? undefined })}
        />
      </div>
      <p className="row">
        <Button type="submit" look="primary">
          {m.find}
        </Button>
        <Button onClick={() => go({})}>{m.clear}</Button>
        {found.object && (
          <button
            type="button"
            className="chip"
            aria-label={m.drop(m.object(found.object.slice(0, 8)))}
            onClick={() => go({ ...found, object: undefined })}
          >
            {m.object(found.object.slice(0, 8))}
            <IconX className="i" aria-hidden />
          </button>
        )}
      </p>
    </form>
  );
}

function Entries({ items, found }: { items: readonly Entry[]; found: Found }) {
  const topics = useQuery(TOPICS);
  const codes = new Map(topics.data?.items.map((t) => [t.id, t.code]));
  return (
    <table className="tbl cards g dense">
      <thead>
        <tr>
          <th scope="col">{m.what}</th>
          <th scope="col">{m.link}</th>
          <th scope="col">{m.when}</th>
          <th scope="col">{m.who}</th>
          <th scope="col">{m.of}</th>
        </tr>
      </thead>
      <tbody>
        {items.map((e) => (
          <tr key={e.id}>
            <th scope="row">
              {actionName(e.action)}
              <details>
                <summary className="dim sm">{m.detail}</summary>
                <Detail entry={e} />
              </details>
            </th>
            <td className="st">
              {e.seq === null ? (
                <span className="badge warn">{m.waiting}</span>
              ) : (
                <span className="mono dim sm">{e.seq}</span>
              )}
            </td>
            <td data-l={m.when}>
              <span className="nw">
                <When at={e.at} />
                <span className="dim">:{clock(e.at, BEIJING).slice(6)}</span>
              </span>
            </td>
            <td data-l={m.who}>
              <span>
                {e.actor_id ? (
                  <Link
                    to="/supervision"
                    search={{ ...found, actor: e.actor_id, cursor: undefined }}
                    aria-label={m.onlyPerson(actorName(e))}
                  >
                    {actorName(e)}
                  </Link>
                ) : (
                  actorName(e)
                )}
                <span className="mut sm block">{deskName(e.login)}</span>
              </span>
            </td>
            <td data-l={m.of}>
              <span>
                {kindName(e.object_kind)}{' '}
                {e.object_id && (
                  <Link
                    className="mono sm"
                    to="/supervision"
                    search={{ ...found, object: e.object_id, cursor: undefined }}
                    aria-label={m.onlyObject(
                      `${kindName(e.object_kind)} ${codes.get(e.object_id) ?? e.object_id.slice(0, 8)}`,
                    )}
                  >
                    {codes.get(e.object_id) ?? e.object_id.slice(0, 8)}
                  </Link>
                )}
                {e.topic_id && e.topic_id !== e.object_id && codes.has(e.topic_id) && (
                  <Link
                    className="sm block tall"
                    to="/supervision"
                    search={{ ...found, topic: e.topic_id, cursor: undefined }}
                    aria-label={m.onlyTopic(codes.get(e.topic_id) ?? '')}
                  >
                    {codes.get(e.topic_id)}
                  </Link>
                )}
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The entry as it is stored: the log's own names, so that it can be compared with an export. */
function Detail({ entry }: { entry: Entry }) {
  const facts = { action: entry.action, object_id: entry.object_id, topic_id: entry.topic_id, ...entry.detail };
  return (
    <dl className="kv sm entry">
      {Object.entries({ ...facts, request_id: entry.request_id })
        .filter(([, value]) => value !== null)
        .map(([name, value]) => (
          <div key={name} className="pairline">
            <dt className="mono">{name}</dt>
            <dd className="mono hash">{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
    </dl>
  );
}

function table(items: readonly Entry[]): string {
  return csv([
    [
      'seq',
      'id',
      'at',
      'actor',
      'actor_id',
      'login',
      'action',
      'object_kind',
      'object_id',
      'topic_id',
      'detail',
      'request_id',
    ],
    ...items.map((e) => [
      e.seq,
      e.id,
      e.at,
      actorName(e),
      e.actor_id,
      e.login,
      e.action,
      e.object_kind,
      e.object_id,
      e.topic_id,
      JSON.stringify(e.detail),
      e.request_id,
    ]),
  ]);
}
