import { IconPrinter } from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { Rights } from '@/features/access/Rights';
import { type Access, CycleFrame } from '@/features/cycle/Frame';
import { Duties } from '@/features/duties/Duties';
import { Reason } from '@/features/duties/Reason';
import { call, useDeed, useSession } from '@/shared/api';
import { roleNames } from '@/shared/lib/roles';
import { Button, Panel } from '@/shared/ui';
import { m } from './messages';

/** A topic's people: who is who, who can do what and why; appointing, and recusing oneself. */
export default function TopicPeople() {
  const { topicId } = useParams({ from: '/work/desk/topics/$topicId/people' });
  const [recused, setRecused] = useState(false);
  if (recused) {
    return (
      <div className="empty" role="status">
        <h1>{m.recused}</h1>
        <p>{m.recusedBody}</p>
        <Link className="btn p" to="/desk/topics">
          {m.back}
        </Link>
      </div>
    );
  }
  return (
    <CycleFrame
      topicId={topicId}
      page="people"
      actions={() => (
        <Button className="no-print" onClick={() => window.print()}>
          <IconPrinter className="i" aria-hidden />
          {m.print}
        </Button>
      )}
    >
      {({ topic, access }) => (
        <div className="two">
          <div className="stack4">
            <Panel title={m.who} flush>
              <People people={access.people} />
            </Panel>
            <Panel title={m.rights} flush>
              <p className="mut pb">{m.rightsAbout}</p>
              <Rights rights={access.rights} />
            </Panel>
          </div>
          <div className="stack4">
            <Duties topic={topic} />
            <Recuse topicId={topicId} onDone={() => setRecused(true)} />
          </div>
        </div>
      )}
    </CycleFrame>
  );
}

function People({ people }: { people: Access['people'] }) {
  return (
    <table className="tbl cards g mid">
      <thead>
        <tr>
          <th scope="col">{m.name}</th>
          <th scope="col">{m.state}</th>
          <th scope="col">{m.here}</th>
          <th scope="col">{m.duty}</th>
        </tr>
      </thead>
      <tbody>
        {people.map((one) => (
          <tr key={one.person_id}>
            <th scope="row">{one.person_name}</th>
            <td className="st">
              {one.barred ? (
                <span className="badge warn">{one.barred === 'conflict' ? m.conflict : m.incident}</span>
              ) : (
                <span className="badge neutral">{m.open}</span>
              )}
            </td>
            <td data-l={m.here}>
              <span>{roleNames(one.org_roles) || m.none}</span>
            </td>
            <td data-l={m.duty}>
              <span>{roleNames(one.topic_roles) || m.none}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Recuse({ topicId, onDone }: { topicId: string; onDone: () => void }) {
  const me = useSession().data?.person_id;
  const [opened, setOpened] = useState(false);
  const deed = useDeed(async ({ reason, drop }: { reason: string; drop: () => void }) => {
    await call('post', '/api/v1/officer/topics/{topic_id}/recusal', { path: { topic_id: topicId }, body: { reason } });
    drop();
    onDone(); // before everything is read again: the topic is gone for its reader
  });
  return (
    <Panel title={m.recuse}>
      <div className="stack3">
        <p className="mut">{m.recuseAbout}</p>
        <Button
          className="no-print"
          onClick={() => {
            deed.reset();
            setOpened(true);
          }}
        >
          {m.recuseGo}
        </Button>
      </div>
      <Reason
        copyKey={`recusal.${topicId}.${me}`}
        title={m.recuseGo}
        sure={m.recuseSure}
        hint={m.reasonHint}
        after={m.recuseAfter}
        opened={opened}
        onClose={() => setOpened(false)}
        onReason={(reason, drop) => deed.mutate({ reason, drop })}
        busy={deed.isPending}
        error={deed.error}
      />
    </Panel>
  );
}
