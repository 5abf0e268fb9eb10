import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { DrawSteps, PartyTable } from '@/features/draws/Facts';
import { m as words } from '@/features/draws/messages';
import { OwnShare } from '@/features/draws/OwnShare';
import { type Answer, read, useSession } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { Empty, Lines, Notice, PageHead, Panel, Ready, Show } from '@/shared/ui';
import { m } from './messages';

type Team = Answer<'/api/v1/teams/{team_id}'>;
const LOOK_AGAIN = 5_000;

/** The applicants' part in a draw of experts: a team's lead commits and reveals, the others watch. */
export default function TeamDraw() {
  const { teamId } = useParams({ from: '/work/applications/$teamId/draw' });
  const team = useQuery(read('/api/v1/teams/{team_id}', { path: { team_id: teamId } }));
  return (
    <Show of={team} loading={<Lines rows={8} height={88} />}>
      {(data) => <Loaded team={data} />}
    </Show>
  );
}

function Loaded({ team }: { team: Team }) {
  const session = useSession();
  const topic = useQuery(read('/api/v1/topics/{topic_id}', { path: { topic_id: team.topic_id } }));
  const application = useQuery(
    read('/api/v1/applications/{application_id}', { path: { application_id: team.application_id } }),
  );
  const draws = useQuery({
    ...read('/api/v1/topics/{topic_id}/draw-commitments', { path: { topic_id: team.topic_id } }),
    refetchInterval: ({ state }) => (state.data?.some((d) => d.status !== 'drawn') ? LOOK_AGAIN : false),
  });
  const me = session.data?.person_id ?? '';
  const lead = team.people.some((p) => p.person_id === me && p.role === 'lead');
  const submitted = application.data?.receipt != null;
  return (
    <Ready of={[topic, application, draws]} loading={<Lines rows={8} height={88} />}>
      <PageHead
        above={<span className="mono dim">{topic.data?.code}</span>}
        title={m.title}
        sub={`${team.name} · ${pick(topic.data?.text.title)}`}
      >
        <Link className="btn" to="/applications/$teamId" params={{ teamId: team.id }}>
          {m.back}
        </Link>
      </PageHead>
      <div className="stack4">
        <p className="prose mut">{m.about}</p>
        {application.data && !submitted && <Notice tone="warn">{m.notSubmitted}</Notice>}
        {submitted && !lead && <Notice>{m.notLead}</Notice>}
        <Show of={draws} loading={<Lines rows={6} height={88} />}>
          {(all) => {
            const draw = all.at(-1);
            if (!draw || !topic.data) return <Empty>{m.none}</Empty>;
            return (
              <>
                {submitted && lead && me && (
                  <OwnShare
                    topic={{ id: team.topic_id, code: topic.data.code, title: pick(topic.data.text.title) }}
                    draw={draw}
                    party="applicants"
                    personId={me}
                  />
                )}
                <Panel
                  title={words.draw(draw.n)}
                  aside={
                    <Link
                      className="sm"
                      to="/topics/$topicId/draws/$n"
                      params={{ topicId: team.topic_id, n: String(draw.n) }}
                    >
                      {m.record}
                    </Link>
                  }
                >
                  <DrawSteps draw={draw} />
                </Panel>
                <Panel title={m.parties} flush>
                  <PartyTable draw={draw} />
                </Panel>
                <Panel title={m.how}>
                  <p className="prose mut">{words.how}</p>
                </Panel>
              </>
            );
          }}
        </Show>
      </div>
    </Ready>
  );
}
