import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Materials, useMaterials } from '@/features/materials/Materials';
import { type Answer, call, queryClient, read, useSession } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { useDraft } from '@/shared/lib/useDraft';
import {
  Conflict,
  Countdown,
  Lines,
  Notice,
  PageHead,
  Panel,
  Ready,
  SavedStamp,
  StateBadge,
  TextArea,
  TextField,
  When,
} from '@/shared/ui';
import { type Answers, gapsOf, PART_A, PART_B } from './gaps';
import { m } from './messages';
import { Team } from './Team';
import './style.css';

type TeamView = Answer<'/api/v1/teams/{team_id}'>;
type Application = Answer<'/api/v1/applications/{application_id}'>;
type Topic = Answer<'/api/v1/topics/{topic_id}'>;
const COMPARATORS = { '>=': '≥', '<=': '≤', '==': '=' } as const;

const drawsOf = (topic_id: string) => read('/api/v1/topics/{topic_id}/draw-commitments', { path: { topic_id } });

/** A team's workspace: the form, its files, the team, and what is still missing. */
export default function Workspace() {
  const { teamId } = useParams({ from: '/work/applications/$teamId' });
  const team = useQuery(read('/api/v1/teams/{team_id}', { path: { team_id: teamId } }));
  const application = useQuery({
    ...read('/api/v1/applications/{application_id}', { path: { application_id: team.data?.application_id ?? '' } }),
    enabled: team.data !== undefined,
  });
  const topic = useQuery({
    ...read('/api/v1/topics/{topic_id}', { path: { topic_id: team.data?.topic_id ?? '' } }),
    enabled: team.data !== undefined,
  });
  const draws = useQuery({ ...drawsOf(team.data?.topic_id ?? ''), enabled: team.data !== undefined });
  const files = useMaterials(teamId);
  const mine = useQuery(read('/api/v1/organisations/mine'));
  return (
    <Ready of={[team, application, topic, files, mine, draws]} loading={<Lines rows={8} height={88} />}>
      {team.data && application.data && topic.data && (
        <Loaded key={application.data.id} team={team.data} application={application.data} topic={topic.data} />
      )}
    </Ready>
  );
}

function Loaded({ team, application, topic }: { team: TeamView; application: Application; topic: Topic }) {
  const session = useSession();
  const files = useMaterials(team.id);
  const path = '/api/v1/applications/{application_id}';
  const held = (of: Application) => ({
    value: { part_a: {}, part_b: {}, ...(of.answers as Partial<Answers>) },
    version: of.version,
  });
  const query = read(path, { path: { application_id: application.id } });
  const draft = useDraft<Answers>({
    ...held(application),
    load: async () => held(await queryClient.fetchQuery({ ...query, staleTime: 0 })),
    copyKey: `jiebang.application.${application.id}.${session.data?.person_id}`,
    save: async (value, version) => {
      const saved = await call('put', `${path}/answers`, {
        path: { application_id: application.id },
        body: value,
        version,
      });
      queryClient.setQueryData(query.queryKey, saved as never);
      return saved.version;
    },
  });
  const { value, change } = draft;
  const fixed = topic.state !== 'open';
  const gaps = gapsOf(value, topic.text.indicators, files.data ?? [], team.orgs);
  const setA = (name: keyof Answers['part_a']) => (event: { target: { value: string } }) =>
    change((before) => ({ ...before, part_a: { ...before.part_a, [name]: event.target.value || null } }));
  const setB = (name: Exclude<keyof Answers['part_b'], 'promised'>) => (event: { target: { value: string } }) =>
    change((before) => ({ ...before, part_b: { ...before.part_b, [name]: event.target.value || null } }));
  const promise = (code: string, given: string) =>
    change((before) => {
      const { [code]: _, ...others } = before.part_b.promised ?? {};
      return { ...before, part_b: { ...before.part_b, promised: given ? { ...others, [code]: given } : others } };
    });
  return (
    <>
      <PageHead
        above={
          <>
            <span className="mono dim">{topic.code}</span>
            <StateBadge group="application" state={application.status} />
            <SavedStamp state={draft.state} />
          </>
        }
        title={m.apply(pick(topic.text.title))}
        sub={`${team.name} · ${m.secret}`}
      >
        <div className="cdbox">
          <p className="cd">{<Countdown until={topic.closes_at} />}</p>
          <p className="sm mut">
            <When at={topic.closes_at} both />
          </p>
        </div>
      </PageHead>
      <Conflict draft={draft} lines={(answers) => linesOf(answers, topic.text.indicators)} />
      {fixed ? (
        <Notice tone="info">{m.closed}</Notice>
      ) : (
        gaps.length > 0 && (
          <div className="alert warn mb">
            <IconAlertTriangle className="i" aria-hidden />
            <div className="grow">
              <span className="b">{m.todo(gaps.length)}</span>
              <ol className="todo">
                {gaps.map((g) => (
                  <li key={g.id + g.text}>
                    <a
                      href={`#${g.id}`}
                      onClick={(event) => {
                        event.preventDefault();
                        document.getElementById(g.id)?.focus();
                      }}
                    >
                      {g.text}
                    </a>
                  </li>
                ))}
              </ol>
            </div>
          </div>
        )
      )}
      <div className="two ws">
        <div className="stack4">
          <Panel title={m.partB}>
            <div className="stack4">
              <p className="mut">{m.partBAbout}</p>
              <TextField
                id="title"
                label={m.titleOf}
                maxLength={200}
                readOnly={fixed}
                value={value.part_b.title ?? ''}
                onChange={setB('title')}
              />
              <TextArea
                id="approach"
                label={m.approach}
                hint={m.approachHint}
                max={20_000}
                readOnly={fixed}
                value={value.part_b.approach ?? ''}
                onChange={setB('approach')}
              />
              <TextArea
                id="work_plan"
                label={m.work_plan}
                max={20_000}
                readOnly={fixed}
                value={value.part_b.work_plan ?? ''}
                onChange={setB('work_plan')}
              />
              <TextArea
                id="budget"
                label={m.budget}
                max={20_000}
                readOnly={fixed}
                value={value.part_b.budget ?? ''}
                onChange={setB('budget')}
              />
              <TextArea
                id="risk"
                label={m.risk}
                max={20_000}
                readOnly={fixed}
                value={value.part_b.risk ?? ''}
                onChange={setB('risk')}
              />
            </div>
          </Panel>
          <Panel title={m.promised} flush>
            <table className="tbl cards mid">
              <thead>
                <tr>
                  <th scope="col">{m.indicator}</th>
                  <th scope="col">{m.required}</th>
                  <th scope="col">{m.promise}</th>
                </tr>
              </thead>
              <tbody>
                {topic.text.indicators.map((i) => (
                  <tr key={i.code}>
                    <th scope="row">{pick(i.name)}</th>
                    <td data-l={m.required} className="num">
                      <span>
                        {COMPARATORS[i.comparator]} {i.threshold} {i.unit}
                      </span>
                    </td>
                    <td data-l={m.promise}>
                      <input
                        id={`promise-${i.code}`}
                        className="in pct"
                        inputMode="decimal"
                        aria-label={m.promiseFor(pick(i.name))}
                        readOnly={fixed}
                        maxLength={40}
                        value={value.part_b.promised?.[i.code] ?? ''}
                        onChange={(e) => promise(i.code, e.target.value.normalize('NFKC').trim())}
                      />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            <p className="pb mut sm">{m.promisedAbout}</p>
          </Panel>
          <div id="files" tabIndex={-1}>
            <Panel title={m.files}>
              <h3>{m.filesB}</h3>
              <Materials teamId={team.id} part="part_b" label={m.filesB} limits={topic.rules.uploads} fixed={fixed} />
              <h3 className="mt6">{m.filesA}</h3>
              <Materials teamId={team.id} part="part_a" label={m.filesA} limits={topic.rules.uploads} fixed={fixed} />
            </Panel>
          </div>
          <Panel title={m.partA}>
            <div className="stack4">
              <p className="mut">{m.partAAbout}</p>
              <TextField
                id="contact_name"
                label={m.contact_name}
                maxLength={100}
                readOnly={fixed}
                value={value.part_a.contact_name ?? ''}
                onChange={setA('contact_name')}
              />
              <TextField
                id="contact_email"
                type="email"
                label={m.contact_email}
                readOnly={fixed}
                value={value.part_a.contact_email ?? ''}
                onChange={setA('contact_email')}
              />
              <TextField
                id="contact_phone"
                type="tel"
                label={m.contact_phone}
                maxLength={40}
                readOnly={fixed}
                value={value.part_a.contact_phone ?? ''}
                onChange={setA('contact_phone')}
              />
            </div>
          </Panel>
        </div>
        <div className="stack4">
          <Panel>
            <div className="stack3">
              <Link
                className="btn p lg full"
                to="/applications/$teamId/submit"
                params={{ teamId: team.id }}
                onClick={() => void draft.flush()}
              >
                {m.check}
              </Link>
              <p className="mut sm">{m.preview}</p>
              {application.receipt && (
                <dl className="kv sm">
                  <dt>{m.receiptNo}</dt>
                  <dd className="mono">{application.receipt.receipt_no}</dd>
                  <dt>{m.receiptAt}</dt>
                  <dd>
                    <When at={application.receipt.submitted_at} />
                  </dd>
                </dl>
              )}
            </div>
          </Panel>
          {application.receipt && <DrawLink team={team} />}
          <Team team={team} fixed={fixed} />
        </div>
      </div>
    </>
  );
}

/** Once experts are drawn, the applicants have a part in it. */
function DrawLink({ team }: { team: TeamView }) {
  const draws = useQuery(drawsOf(team.topic_id));
  if (!draws.data?.length) return null;
  return (
    <Panel title={m.draw}>
      <div className="stack3">
        <p className="mut sm">{draws.data.at(-1)?.status === 'drawn' ? m.drawDone : m.drawAbout}</p>
        <Link className="btn full" to="/applications/$teamId/draw" params={{ teamId: team.id }}>
          {m.drawOpen}
        </Link>
      </div>
    </Panel>
  );
}

/** The form in words, for comparing. */
function linesOf({ part_a, part_b }: Answers, indicators: Topic['text']['indicators']): [string, string][] {
  return [
    ...PART_B.map((name): [string, string] => [m[name === 'title' ? 'titleOf' : name], part_b[name] ?? '']),
    ...indicators.map((i): [string, string] => [m.promiseFor(pick(i.name)), part_b.promised?.[i.code] ?? '']),
    ...PART_A.map((name): [string, string] => [m[name], part_a[name] ?? '']),
  ];
}
