import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Duties } from '@/features/duties/Duties';
import { call, queryClient, read, useSession } from '@/shared/api';
import { inPassing, pick } from '@/shared/i18n';
import { fromField, toField } from '@/shared/lib/beijing';
import { parseYuan } from '@/shared/lib/money';
import { useDraft } from '@/shared/lib/useDraft';
import {
  Choice,
  Conflict,
  Lines,
  Notice,
  PageHead,
  Panel,
  Parsed,
  SavedStamp,
  Show,
  StateBadge,
  TextArea,
  TextField,
  Tick,
} from '@/shared/ui';
import { m } from './messages';
import { Criteria, Indicators, Milestones } from './Rows';
import { Ready, Steps } from './Side';
import { type Desk, PROSE, type ProseName, type Text, type Work, workOf } from './work';
import './style.css';

const PATH = '/api/v1/officer/topics/{topic_id}';

/** A topic at its agency's desk: written side by side in both languages, checked by three people, published. */
export default function TopicEditor() {
  const { topicId } = useParams({ from: '/work/desk/topics/$topicId' });
  const topic = useQuery(read(PATH, { path: { topic_id: topicId } }));
  return (
    <Show of={topic} loading={<Lines rows={8} height={88} />}>
      {(data) => <Editor key={`${data.id}.${data.status === 'draft'}`} topic={data} />}
    </Show>
  );
}

function Editor({ topic }: { topic: Desk }) {
  const session = useSession();
  const fixed = topic.status !== 'draft';
  const query = read(PATH, { path: { topic_id: topic.id } });
  const draft = useDraft<Work>({
    value: workOf(topic),
    version: topic.version,
    load: async () => {
      const now = await queryClient.fetchQuery({ ...query, staleTime: 0 });
      return { value: workOf(now), version: now.version };
    },
    copyKey: `jiebang.topic.${topic.id}.${session.data?.person_id}`,
    save: async (work, version) => {
      const saved = await call('put', PATH, { path: { topic_id: topic.id }, body: work as never, version });
      queryClient.setQueryData(query.queryKey, (before) => (before ? { ...before, version: saved.version } : before));
      await queryClient.invalidateQueries({ queryKey: [`${PATH}/readiness`] });
      return saved.version;
    },
  });
  const work = fixed ? workOf(topic) : draft.value;
  const { text } = work;
  const set = (change: Partial<Work['text']>) =>
    draft.change((before) => ({ ...before, text: { ...before.text, ...change } }));
  return (
    <>
      <PageHead
        above={
          <>
            <span className="mono dim">{topic.code}</span>
            <StateBadge group="topic" state={topic.state} />
            <SavedStamp state={draft.state} />
          </>
        }
        title={pick(text.title) || m.untitled}
        sub={fixed ? m.frozen : undefined}
      >
        {topic.published_at && (
          <p className="row">
            <Link className="btn p" to="/desk/topics/$topicId/cycle" params={{ topicId: topic.id }}>
              {m.cycle}
            </Link>
            <Link className="btn" to="/topics/$topicId" params={{ topicId: topic.id }}>
              {m.public}
            </Link>
          </p>
        )}
      </PageHead>
      {topic.return_reason && (
        <Notice tone="warn" title={m.returned}>
          {topic.return_reason}
        </Notice>
      )}
      <Conflict draft={draft} lines={linesOf} />
      <div className="two editor">
        <div className="stack4">
          <Panel title={m.text}>
            <div className="stack6">
              <p className="mut">{m.textAbout}</p>
              {(['title', ...PROSE] as const).map((name) => (
                <Pair
                  key={name}
                  name={name}
                  value={text[name] ?? {}}
                  fixed={fixed}
                  onText={(value) => set({ [name]: value } as Partial<Work['text']>)}
                />
              ))}
            </div>
          </Panel>
          <Basics
            work={work}
            fixed={fixed}
            set={set}
            onCloses={(closes_at) => draft.change((before) => ({ ...before, closes_at }))}
          />
          <Indicators rows={text.indicators} fixed={fixed} onRows={(indicators) => set({ indicators })} />
          <Criteria rows={text.criteria} fixed={fixed} onRows={(criteria) => set({ criteria })} />
          <Milestones
            rows={text.milestones}
            purse={text.purse_minor ?? 0}
            show={plain}
            fixed={fixed}
            onRows={(milestones) => set({ milestones })}
          />
        </div>
        <div className="stack4">
          {!topic.published_at && <Steps topic={topic} before={draft.flush} />}
          {!fixed && <Ready topic={topic} />}
          <Panel title={m.parties}>
            <dl className="kv sm">
              <dt>{m.agency}</dt>
              <dd>{pick(topic.agency.name)}</dd>
              <dt>{m.funder}</dt>
              <dd>{pick(topic.funder.name)}</dd>
              <dt>{m.endUser}</dt>
              <dd>{pick(topic.end_user.name)}</dd>
            </dl>
          </Panel>
          <Duties topic={topic} linked />
        </div>
      </div>
    </>
  );
}

const plain = (minor: number) => String(minor / 100);

/** A draft in words, for comparing. */
function linesOf({ text, closes_at }: Work): [string, string][] {
  const both = (label: string, value: Text | null | undefined): [string, string][] => [
    [inPassing(label, m.zh), value?.zh ?? ''],
    [inPassing(label, m.en), value?.en ?? ''],
  ];
  const row = (title: string, name: Text, ...rest: (string | number | undefined)[]): [string, string] => [
    title,
    [name.zh, name.en, ...rest].filter(Boolean).join(' · '),
  ];
  return [
    ...(['title', ...PROSE] as const).flatMap((name) => both(m.fields[name], text[name])),
    [m.track, [text.track, ...text.directions].filter(Boolean).join(' · ')],
    [m.authoritative, text.authoritative ? m[text.authoritative] : ''],
    [m.purse, text.purse_minor === null ? '' : plain(text.purse_minor)],
    [m.awards, String(text.award_count ?? '')],
    [m.closes, toField(closes_at).replace('T', ' ')],
    ...text.indicators.map((r, i) =>
      row(m.nth.indicators(i + 1), r.name, `${r.comparator} ${r.threshold} ${r.unit}`, r.method.zh, r.method.en),
    ),
    ...text.criteria.map((r, i) => row(m.nth.criteria(i + 1), r.name, `${r.weight}%`)),
    ...text.milestones.map((r, i) =>
      row(m.nth.milestones(i + 1), r.title, r.months, plain(r.tranche_minor), r.evidence.zh, r.evidence.en),
    ),
  ];
}

function Pair({
  name,
  value,
  fixed,
  onText,
}: {
  name: ProseName;
  value: { zh?: string; en?: string };
  fixed: boolean;
  onText: (text: { zh?: string; en?: string }) => void;
}) {
  const side = (language: 'zh' | 'en') => {
    const common = {
      id: `${name}-${language}`,
      label: inPassing(m.fields[name], m[language]),
      lang: language === 'zh' ? 'zh-CN' : 'en',
      readOnly: fixed,
      value: value[language] ?? '',
      onChange: (event: { target: { value: string } }) => onText({ ...value, [language]: event.target.value }),
    };
    return name === 'title' ? <TextField {...common} maxLength={200} /> : <TextArea {...common} max={20_000} />;
  };
  const missing = value.zh && !value.en ? 'en' : value.en && !value.zh ? 'zh' : null;
  return (
    <div className="pair">
      {side('zh')}
      {side('en')}
      {missing && <p className="t-warn sm">{m.behind[missing]}</p>}
    </div>
  );
}

function Basics({
  work,
  fixed,
  set,
  onCloses,
}: {
  work: Work;
  fixed: boolean;
  set: (change: Partial<Work['text']>) => void;
  onCloses: (at: string | null) => void;
}) {
  const { text } = work;
  const taxonomy = useQuery({
    ...read('/api/v1/taxonomies/{taxonomy}', { path: { taxonomy: text.taxonomy } }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const tracks = taxonomy.data?.fields.flatMap((f) => f.tracks) ?? [];
  const track = tracks.find((t) => t.code === text.track);
  return (
    <Panel title={m.basics}>
      <div className="stack4">
        <div className="cols">
          <Choice
            id="track"
            label={m.track}
            disabled={fixed}
            value={text.track ?? ''}
            onChange={(e) => set({ track: e.target.value || null, directions: [] })}
          >
            <option value="">{m.choose}</option>
            {taxonomy.data?.fields.map((f) => (
              <optgroup key={f.code} label={pick(f.name)}>
                {f.tracks.map((t) => (
                  <option key={t.code} value={t.code}>
                    {pick(t.name)}
                  </option>
                ))}
              </optgroup>
            ))}
          </Choice>
          <Choice
            id="authoritative"
            label={m.authoritative}
            disabled={fixed}
            value={text.authoritative ?? 'zh'}
            onChange={(e) => set({ authoritative: e.target.value as 'zh' | 'en' })}
          >
            <option value="zh">{m.zh}</option>
            <option value="en">{m.en}</option>
          </Choice>
          <Parsed
            id="purse_minor"
            label={m.purse}
            inputMode="decimal"
            readOnly={fixed}
            value={text.purse_minor}
            show={plain}
            parse={(t) => parseYuan(t) ?? undefined}
            wrong={m.badAmount}
            onValue={(purse_minor) => set({ purse_minor })}
          />
          <Parsed
            id="award_count"
            label={m.awards}
            inputMode="numeric"
            readOnly={fixed}
            value={text.award_count}
            show={String}
            parse={(t) => (/^([1-9]|1\d|20)$/.test(t) ? Number(t) : undefined)}
            wrong={m.badAmount}
            onValue={(award_count) => set({ award_count })}
          />
          <TextField
            id="closes_at"
            type="datetime-local"
            label={m.closes}
            hint={m.closesHint}
            readOnly={fixed}
            value={toField(work.closes_at)}
            onChange={(e) => onCloses(fromField(e.target.value))}
          />
        </div>
        {track && track.directions.length > 0 && (
          <fieldset id="directions" tabIndex={-1}>
            <legend className="lab">{m.directions}</legend>
            {track.directions.map((d) => (
              <Tick
                key={d.code}
                disabled={fixed}
                checked={text.directions.includes(d.code)}
                onChange={(e) =>
                  set({
                    directions: e.target.checked
                      ? [...text.directions, d.code]
                      : text.directions.filter((c) => c !== d.code),
                  })
                }
              >
                {pick(d.name)}
              </Tick>
            ))}
          </fieldset>
        )}
      </div>
    </Panel>
  );
}
