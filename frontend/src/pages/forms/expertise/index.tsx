import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { type Answer, call, read, useDeed, useSession } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { useKept } from '@/shared/lib/useKept';
import {
  Button,
  Choice,
  Empty,
  ErrorSummary,
  Notice,
  PageHead,
  Panel,
  Radios,
  Ready,
  Refusal,
  Show,
  TextArea,
  TextField,
  Tick,
  When,
} from '@/shared/ui';
import { m } from './messages';
import { EMPTY, faultsOf, KINDS, type Offer, toggled, written } from './offer';

type Mine = Answer<'/api/v1/experts/mine'>[number];
type Taxonomy = Answer<'/api/v1/taxonomies/{taxonomy}'>;

const PUBLISHED = read('/api/v1/topics', { query: { limit: 100 } });

/** One's own page as an expert: the pools, what they keep, and offering oneself to another one. */
export default function Expertise() {
  const mine = useQuery(read('/api/v1/experts/mine'));
  const { all, one } = useTaxonomy();
  const taxonomy = one.data;
  const orgs = useQuery(read('/api/v1/organisations/mine'));
  const topics = useQuery(PUBLISHED);
  const [offered, setOffered] = useState(false);
  return (
    <>
      <PageHead title={m.title} sub={m.sub} />
      <Ready of={[mine, all, one, orgs, topics]}>
        <div className="two">
          <div className="stack4">
            {offered && (
              <Notice tone="ok" live="status">
                {m.offered}
              </Notice>
            )}
            <Show of={mine}>
              {(pools) =>
                pools.length === 0 ? (
                  <Panel title={m.mine}>
                    <p className="mut">{m.none}</p>
                  </Panel>
                ) : (
                  pools.map((pool) => <Pool key={pool.id} pool={pool} taxonomy={taxonomy} />)
                )
              }
            </Show>
            {mine.data && <Offering pools={mine.data} taxonomy={taxonomy} onOffered={() => setOffered(true)} />}
          </div>
          <Panel title={m.kept}>
            <dl className="stack3 sm">
              <dt className="b">{m.whoSees}</dt>
              <dd>{m.whoSeesBody}</dd>
              <dt className="b">{m.used}</dt>
              <dd>{m.usedBody}</dd>
            </dl>
          </Panel>
        </div>
      </Ready>
    </>
  );
}

function useTaxonomy() {
  const all = useQuery(read('/api/v1/taxonomies'));
  const version = all.data?.[0]?.version;
  const one = useQuery({
    ...read('/api/v1/taxonomies/{taxonomy}', { path: { taxonomy: version ?? '' } }),
    enabled: version !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return { all, one };
}

function Pool({ pool, taxonomy }: { pool: Mine; taxonomy: Taxonomy | undefined }) {
  const tracks = taxonomy?.fields.flatMap((f) => f.tracks) ?? [];
  const names = new Map([...tracks, ...tracks.flatMap((t) => t.directions)].map((n) => [n.code, pick(n.name)]));
  const named = (codes: readonly string[]) => codes.map((code) => names.get(code) ?? code).join(' · ') || '–';
  return (
    <Panel
      title={pick(pool.agency)}
      aside={<span className={`badge ${pool.status === 'active' ? 'ok' : 'info'}`}>{m.states[pool.status]}</span>}
    >
      <div className="stack4">
        <p>{m.next[pool.status]}</p>
        <dl className="kv">
          <dt>{m.org}</dt>
          <dd>{pick({ zh: pool.org_name, en: pool.org_name_en })}</dd>
          <dt>{m.kind}</dt>
          <dd>{m.kinds[pool.kind]}</dd>
          <dt>{m.tracks}</dt>
          <dd>{named(pool.tracks)}</dd>
          <dt>{m.directions}</dt>
          <dd>{named(pool.directions)}</dd>
          <dt>{m.region}</dt>
          <dd>{pool.region || <span className="mut">{m.noRegion}</span>}</dd>
          <dt>{m.offeredAt}</dt>
          <dd>
            <When at={pool.offered_at} />
          </dd>
          <dt>{m.texts}</dt>
          <dd>
            {pool.texts.length === 0 ? (
              <span className="mut">{m.noTexts}</span>
            ) : (
              <details>
                <summary>{m.count(pool.texts.length)}</summary>
                <ol className="counted stack">
                  {pool.texts.map((text) => (
                    <li key={text} className="text">
                      {text}
                    </li>
                  ))}
                </ol>
              </details>
            )}
          </dd>
        </dl>
      </div>
    </Panel>
  );
}

function Offering({
  pools,
  taxonomy,
  onOffered,
}: {
  pools: readonly Mine[];
  taxonomy: Taxonomy | undefined;
  onOffered: () => void;
}) {
  const session = useSession();
  const { topic } = useSearch({ from: '/work/expertise' });
  const mine = useQuery(read('/api/v1/organisations/mine'));
  const kept = useKept<Offer>(`jiebang.expert.${session.data?.person_id}`, EMPTY);
  const offer = kept.value;
  const change = kept.set;
  const [tried, setTried] = useState(false);
  const [asked, setAsked] = useState(false);
  const agencies = useAgencies(topic).filter((one) => pools.every((pool) => pool.agency_id !== one.id));
  const only = mine.data?.length === 1 ? mine.data[0]?.id : undefined;
  const given: Offer = {
    ...offer,
    agency_id: offer.agency_id || (agencies.length === 1 || topic ? (agencies[0]?.id ?? '') : ''),
    org_id: offer.org_id || only || '',
  };
  const deed = useDeed(
    (body: Offer, key: string) =>
      call('post', '/api/v1/experts', {
        body: { ...body, kind: body.kind ?? 'technical', publications: written(body.publications) },
        key,
      }),
    () => {
      kept.drop();
      setTried(false);
      onOffered();
      window.scrollTo({ top: 0 });
    },
  );
  const faults = faultsOf(given);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (faults.length) setTried(true);
    else deed.mutate(given);
  };
  if (mine.data?.length === 0) {
    return (
      <Panel title={m.form}>
        <Empty
          action={
            <Link className="btn p" to="/organisation">
              {m.toOrg}
            </Link>
          }
        >
          {m.needOrg}
        </Empty>
      </Panel>
    );
  }
  if (pools.length > 0 && !asked && agencies.length === 0) {
    return (
      <p>
        <Button onClick={() => setAsked(true)}>{m.another}</Button>
      </p>
    );
  }
  return (
    <Panel title={m.form}>
      <form className="stack4" onSubmit={submit} noValidate>
        <p className="mut sm">{m.local}</p>
        {tried && (
          <ErrorSummary
            faults={faults.map((f) =>
              f.field === 'texts'
                ? { id: `offer-text-${f.n}`, text: m.faults.texts(f.n) }
                : { id: `offer-${f.field}`, text: m.faults[f.field] },
            )}
          />
        )}
        <Agency agencies={agencies} value={given.agency_id} onAgency={(agency_id) => change({ ...given, agency_id })} />
        <Choice
          id="offer-org"
          label={m.org}
          value={given.org_id}
          onChange={(e) => change({ ...given, org_id: e.target.value })}
        >
          <option value="">{m.choose}</option>
          {mine.data?.map((o) => (
            <option key={o.id} value={o.id}>
              {pick({ zh: o.name_zh, en: o.name_en })}
            </option>
          ))}
        </Choice>
        <div id="offer-kind" tabIndex={-1}>
          <Radios
            legend={m.kind}
            name="kind"
            value={given.kind}
            options={KINDS.map((kind) => ({ value: kind, label: m.kindAbout[kind] }))}
            onChange={(kind) => change({ ...given, kind })}
          />
        </div>
        <Tracks taxonomy={taxonomy} offer={given} onOffer={change} />
        <Texts texts={given.publications} onTexts={(publications) => change({ ...given, publications })} />
        <p className="mut sm">{m.after}</p>
        <Refusal error={deed.error} />
        <Button type="submit" look="primary" busy={deed.isPending}>
          {m.offer}
        </Button>
      </form>
    </Panel>
  );
}

/** Agencies that have published topics; the one of `topic` alone where one came from there. */
function useAgencies(topic: string | undefined): { id: string; name: string }[] {
  const topics = useQuery(PUBLISHED);
  const found = new Map<string, string>();
  const from = topics.data?.items.find((t) => t.id === topic);
  for (const t of from ? [from, ...(topics.data?.items ?? [])] : (topics.data?.items ?? []))
    found.set(t.agency_id, pick(t.agency));
  return [...found].map(([id, name]) => ({ id, name }));
}

const OTHER = 'other';

function Agency({
  agencies,
  value,
  onAgency,
}: {
  agencies: readonly { id: string; name: string }[];
  value: string;
  onAgency: (id: string) => void;
}) {
  const [code, setCode] = useState<string | null>(null);
  const [found, setFound] = useState<{ id: string; name: string } | null>(null);
  const look = useDeed(
    (uscc: string) => call('post', '/api/v1/organisations/look-up', { body: { uscc } }),
    (org) => {
      const agency = org.kind === 'agency' ? { id: org.id, name: pick({ zh: org.name_zh, en: org.name_en }) } : null;
      setFound(agency);
      onAgency(agency?.id ?? '');
    },
  );
  const listed = agencies.some((one) => one.id === value);
  return (
    <div className="stack3">
      <Choice
        id="offer-agency"
        label={m.whichAgency}
        value={code !== null || (value && !listed) ? OTHER : value}
        onChange={(e) => {
          const other = e.target.value === OTHER;
          setCode(other ? '' : null);
          onAgency(other ? '' : e.target.value);
        }}
      >
        <option value="">{m.choose}</option>
        {agencies.map((one) => (
          <option key={one.id} value={one.id}>
            {one.name}
          </option>
        ))}
        <option value={OTHER}>{m.byCode}</option>
      </Choice>
      {code !== null && (
        <>
          <TextField
            label={m.uscc}
            className="mono"
            maxLength={18}
            value={code}
            onChange={(e) => setCode(e.target.value)}
          />
          <Button
            size="small"
            busy={look.isPending}
            onClick={() => look.mutate(code.normalize('NFKC').trim().toUpperCase())}
          >
            {m.lookUp}
          </Button>
          <Refusal error={look.error} />
          {look.isSuccess && (
            <p role="status" className={found ? 't-ok' : 't-warn'}>
              {found ? m.found(found.name) : m.notAgency}
            </p>
          )}
        </>
      )}
    </div>
  );
}

function Tracks({
  taxonomy,
  offer,
  onOffer,
}: {
  taxonomy: Taxonomy | undefined;
  offer: Offer;
  onOffer: (offer: Offer) => void;
}) {
  const chosen = taxonomy?.fields.flatMap((f) => f.tracks).filter((t) => offer.tracks.includes(t.code)) ?? [];
  return (
    <>
      <fieldset id="offer-tracks" tabIndex={-1} className="f stack3">
        <legend className="lab">{m.tracks}</legend>
        <p className="hint">{m.tracksHint}</p>
        {taxonomy?.fields.map((field) => (
          <div key={field.code}>
            <p className="sm mut">{pick(field.name)}</p>
            <div className="ticks">
              {field.tracks.map((t) => (
                <Tick
                  key={t.code}
                  checked={offer.tracks.includes(t.code)}
                  onChange={() =>
                    onOffer(
                      toggled(
                        offer,
                        t.code,
                        t.directions.map((d) => d.code),
                      ),
                    )
                  }
                >
                  {pick(t.name)}
                </Tick>
              ))}
            </div>
          </div>
        ))}
      </fieldset>
      {chosen.some((t) => t.directions.length > 0) && (
        <fieldset className="f stack3">
          <legend className="lab">{m.directions}</legend>
          <p className="hint">{m.directionsHint}</p>
          {chosen.map((t) => (
            <div key={t.code}>
              <p className="sm mut">{pick(t.name)}</p>
              {t.directions.map((d) => (
                <Tick
                  key={d.code}
                  checked={offer.directions.includes(d.code)}
                  onChange={(e) =>
                    onOffer({
                      ...offer,
                      directions: e.target.checked
                        ? [...offer.directions, d.code]
                        : offer.directions.filter((code) => code !== d.code),
                    })
                  }
                >
                  {pick(d.name)}
                </Tick>
              ))}
            </div>
          ))}
        </fieldset>
      )}
    </>
  );
}

function Texts({ texts, onTexts }: { texts: readonly string[]; onTexts: (texts: string[]) => void }) {
  return (
    <fieldset className="f stack3">
      <legend className="lab">{m.texts}</legend>
      <p className="hint">{m.textsHint}</p>
      {texts.map((text, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a text is known by its place alone
        <div key={i} className="stack">
          <TextArea
            id={`offer-text-${i + 1}`}
            label={m.text(i + 1)}
            max={4000}
            value={text}
            onChange={(e) => onTexts(texts.map((other, at) => (at === i ? e.target.value : other)))}
          />
          {texts.length > 1 && (
            <Button
              size="small"
              look="quiet"
              aria-label={m.remove(i + 1)}
              onClick={() => onTexts(texts.filter((_, at) => at !== i))}
            >
              {m.remove(i + 1)}
            </Button>
          )}
        </div>
      ))}
      {texts.length < 20 && <Button onClick={() => onTexts([...texts, ''])}>{m.add}</Button>}
    </fieldset>
  );
}
