import { IconAdjustmentsHorizontal, IconChevronRight, IconSearch, IconX } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { type Answer, read } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { purse } from '@/shared/lib/money';
import { Button, Countdown, Dialog, Empty, Lines, Show, StateBadge, stateWord, When } from '@/shared/ui';
import { choose, chosen, PUBLIC_STATES, query, type Search } from './choice';
import { m } from './messages';
import './style.css';

type Card = Answer<'/api/v1/topics'>['items'][number];
type Facets = Answer<'/api/v1/topic-facets'>;
type Fields = Answer<'/api/v1/taxonomies/{taxonomy}'>['fields'];

/** The public list: search, facets in the address, cards. */
export default function Topics() {
  const search = useSearch({ from: '/open/' });
  const navigate = useNavigate();
  const asked = query(search);
  const list = useQuery({
    ...read('/api/v1/topics', { query: { ...asked, cursor: search.cursor, limit: 20 } }),
    placeholderData: keepPreviousData,
  });
  const facets = useQuery({ ...read('/api/v1/topic-facets', { query: asked }), placeholderData: keepPreviousData });
  const taxonomies = useQuery({ ...read('/api/v1/taxonomies'), staleTime: Number.POSITIVE_INFINITY });
  const version = taxonomies.data?.[0]?.version;
  const taxonomy = useQuery({
    ...read('/api/v1/taxonomies/{taxonomy}', { path: { taxonomy: version ?? '' } }),
    enabled: version !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const fields = taxonomy.data?.fields ?? [];
  const [sheet, setSheet] = useState(false);
  const go = (to: Search) => void navigate({ to: '/', search: to });
  const all = <FacetList {...{ search, facets: facets.data, fields, go }} />;

  return (
    <>
      <section className="hero">
        <div className="wrap">
          <div>
            <h1>{m.title}</h1>
            <p className="lead">{m.lead}</p>
          </div>
          <Facts facets={facets.data} />
        </div>
      </section>
      <div className="wrap list">
        <aside className="fac hide-p" aria-label={m.filters}>
          {all}
        </aside>
        <div>
          <SearchForm key={search.q ?? ''} q={search.q} onSearch={(q) => go({ ...search, cursor: undefined, q })} />
          <div className="row sp act">
            <div className="row" role="status">
              <span className="b nw">{facets.data ? m.total(facets.data.total) : '…'}</span>
              <Chips {...{ search, fields, go }} />
            </div>
            <Button size="small" className="hide-d" onClick={() => setSheet(true)}>
              <IconAdjustmentsHorizontal className="i" aria-hidden />
              {m.filtersOf(chosen(search))}
            </Button>
          </div>
          <Show of={list} loading={<Lines rows={6} height={88} />}>
            {(page) =>
              page.items.length === 0 ? (
                <Empty
                  action={
                    <Link className="btn" to="/" search={{ state: 'all' }}>
                      {m.clear}
                    </Link>
                  }
                >
                  {m.none}
                </Empty>
              ) : (
                <>
                  <ol className="panel tlist">
                    {page.items.map((topic) => (
                      <TopicRow key={topic.id} topic={topic} fields={fields} />
                    ))}
                  </ol>
                  <nav className="row sp pg" aria-label={m.next}>
                    <span className="mut sm">{m.zone}</span>
                    <span className="row">
                      {search.cursor && (
                        <Link className="btn s" to="/" search={{ ...search, cursor: undefined }}>
                          {m.first}
                        </Link>
                      )}
                      {page.next_cursor && (
                        <Link className="btn s" to="/" search={{ ...search, cursor: page.next_cursor }}>
                          {m.next}
                          <IconChevronRight className="i" aria-hidden />
                        </Link>
                      )}
                    </span>
                  </nav>
                </>
              )
            }
          </Show>
        </div>
      </div>
      <Dialog title={m.filters} opened={sheet} onClose={() => setSheet(false)} full>
        <div className="fac">{all}</div>
        <Button look="primary" full onClick={() => setSheet(false)}>
          {m.show(facets.data?.total ?? 0)}
        </Button>
      </Dialog>
    </>
  );
}

function Facts({ facets }: { facets?: Facets }) {
  const money = purse(facets?.open_purse_minor['CNY'] ?? 0);
  const facts = [
    [m.open, facets?.states['open'] ?? 0, m.topicsUnit],
    [m.purse, money.figure, money.unit],
    [m.soon, facets?.closing_soon ?? 0, m.topicsUnit],
  ] as const;
  return (
    <dl className="facts" aria-label={m.facts}>
      {facts.map(([label, figure, unit]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            {facets ? figure : '–'}
            <small>{unit}</small>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function SearchForm({ q, onSearch }: { q?: string; onSearch: (q?: string) => void }) {
  const [words, setWords] = useState(q ?? '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSearch(words.trim() || undefined);
  };
  return (
    <search>
      <form className="srch" onSubmit={submit}>
        <label className="vh" htmlFor="q">
          {m.search}
        </label>
        <span className="sin">
          <IconSearch className="i l" aria-hidden />
          <input
            className="in"
            id="q"
            type="search"
            maxLength={100}
            placeholder={m.searchHint}
            value={words}
            onChange={(e) => setWords(e.target.value)}
          />
        </span>
        <button className="btn p" type="submit">
          {m.go}
        </button>
      </form>
    </search>
  );
}

type Choosing = { search: Search; fields: Fields; go: (to: Search) => void };

function Chips({ search, fields, go }: Choosing) {
  const { field, track, state, q } = query(search);
  const place = fields.find((f) => f.code === field) ?? fields.flatMap((f) => f.tracks).find((t) => t.code === track);
  const chips: [string, Search][] = [];
  if (place) chips.push([pick(place.name), { ...search, cursor: undefined, field: undefined, track: undefined }]);
  if (state) chips.push([stateWord('topic', state), { ...search, cursor: undefined, state: 'all' }]);
  if (q) chips.push([m.word(q), { ...search, cursor: undefined, q: undefined }]);
  return (
    <>
      {chips.map(([label, to]) => (
        <Link key={label} className="chip" to="/" search={to} aria-label={m.remove(label)}>
          {label} <IconX className="i" aria-hidden />
        </Link>
      ))}
      {chips.length > 1 && (
        <button type="button" className="btn q s" onClick={() => go({ state: 'all' })}>
          {m.clear}
        </button>
      )}
    </>
  );
}

function FacetList({ search, fields, facets, go }: Choosing & { facets?: Facets }) {
  const asked = query(search);
  const tick = (label: string, count: number, on: boolean, to: Search, key: string) => (
    <label className="opt" key={key}>
      <input type="checkbox" checked={on} onChange={() => go(to)} />
      {label}
      <span className="ct">{count}</span>
    </label>
  );
  return (
    <>
      <fieldset>
        <legend>{m.fields}</legend>
        {fields.map((f) => (
          <details key={f.code} open={search.field === f.code || f.tracks.some((t) => t.code === search.track)}>
            <summary>
              <IconChevronRight className="i" aria-hidden />
              {pick(f.name)}
              <span className="ct">{facets?.fields[f.code] ?? 0}</span>
            </summary>
            <div className="sub">
              {tick(
                m.all(pick(f.name)),
                facets?.fields[f.code] ?? 0,
                search.field === f.code,
                choose(search, 'field', f.code),
                f.code,
              )}
              {f.tracks.map((t) =>
                tick(
                  pick(t.name),
                  facets?.tracks[t.code] ?? 0,
                  search.track === t.code,
                  choose(search, 'track', t.code),
                  t.code,
                ),
              )}
            </div>
          </details>
        ))}
      </fieldset>
      <fieldset>
        <legend>{m.states}</legend>
        {PUBLIC_STATES.map((s) =>
          tick(stateWord('topic', s), facets?.states[s] ?? 0, asked.state === s, choose(search, 'state', s), s),
        )}
      </fieldset>
    </>
  );
}

function TopicRow({ topic, fields }: { topic: Card; fields: Fields }) {
  const money = purse(topic.purse_minor, topic.currency);
  const track = fields.flatMap((f) => f.tracks).find((t) => t.code === topic.track_code);
  return (
    <li className="trow">
      <div className="tl">
        <div className="row">
          <span className="mono dim">{topic.code}</span>
          <StateBadge group="topic" state={topic.state} />
        </div>
        <h2>
          <Link className="plain" to="/topics/$topicId" params={{ topicId: topic.id }}>
            {pick(topic.title)}
          </Link>
        </h2>
        <p>
          {track && <span className="tag">{pick(track.name)}</span>}
          <span className="tag">{pick(topic.agency)}</span>
        </p>
      </div>
      <div className="tr">
        <div className="pur">
          <b>{money.figure}</b>
          <span>{money.unit}</span>
        </div>
        <div className="dl">
          {topic.state === 'open' ? <Countdown until={topic.closes_at} /> : <b>{m.closed}</b>}
          <span>
            <When at={topic.closes_at} />
          </span>
        </div>
      </div>
    </li>
  );
}
