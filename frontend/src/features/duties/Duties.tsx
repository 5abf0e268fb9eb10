import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { type Answer, call, read, useCan, useDeed } from '@/shared/api';
import { roleName } from '@/shared/lib/roles';
import { Button, Choice, Panel, Refusal } from '@/shared/ui';
import { m } from './messages';

type Desk = Answer<'/api/v1/officer/topics/{topic_id}'>;
const GRANTED = ['drafter', 'screener', 'draw_officer', 'opening_officer'] as const;
type Granted = (typeof GRANTED)[number];
const PATH = '/api/v1/officer/topics/{topic_id}/roles/{person_id}/{role}';

/** Who does what for a topic; who may appoint does so here. `linked`: with the way to the page that says why. */
export function Duties({ topic, linked }: { topic: Desk; linked?: boolean }) {
  const may = useCan()('topic.appoint');
  const revoke = useDeed((given: { person_id: string; role: Granted }) =>
    call('delete', PATH, { path: { topic_id: topic.id, ...given } }),
  );
  return (
    <Panel title={m.people}>
      <div className="stack3">
        {topic.roles.length === 0 && <p className="mut">{m.none}</p>}
        <ul className="stack">
          {topic.roles.map((r) => {
            const duty = roleName(r.role);
            return (
              <li key={r.person_id + r.role} className="row sp">
                <span>
                  {r.person_name} <span className="mut sm">{duty}</span>
                </span>
                {may && (GRANTED as readonly string[]).includes(r.role) && (
                  <Button
                    size="small"
                    look="quiet"
                    className="no-print"
                    aria-label={m.revokeOf(r.person_name, duty)}
                    onClick={() => revoke.mutate({ person_id: r.person_id, role: r.role as Granted })}
                  >
                    {m.revoke}
                  </Button>
                )}
              </li>
            );
          })}
        </ul>
        <Refusal error={revoke.error} />
        {may ? <Appoint topic={topic} /> : <p className="mut sm">{m.cannot}</p>}
        {linked && (
          <p>
            <Link to="/desk/topics/$topicId/people" params={{ topicId: topic.id }}>
              {m.all}
            </Link>
          </p>
        )}
      </div>
    </Panel>
  );
}

function Appoint({ topic }: { topic: Desk }) {
  const [person, setPerson] = useState('');
  const [role, setRole] = useState<Granted>('screener');
  const people = useQuery(
    read('/api/v1/organisations/{org_id}/people', { path: { org_id: topic.agency.id }, query: { limit: 100 } }),
  );
  const grant = useDeed((given: { person_id: string; role: Granted }) =>
    call('put', PATH, { path: { topic_id: topic.id, ...given } }),
  );
  const chosen = person || people.data?.items[0]?.person_id || '';
  return (
    <div className="stack3 no-print">
      <Choice label={m.person} value={chosen} onChange={(e) => setPerson(e.target.value)}>
        {people.data?.items.map((p) => (
          <option key={p.person_id} value={p.person_id}>
            {p.person_name}
          </option>
        ))}
      </Choice>
      <Choice label={m.role} value={role} onChange={(e) => setRole(e.target.value as Granted)}>
        {GRANTED.map((r) => (
          <option key={r} value={r}>
            {roleName(r)}
          </option>
        ))}
      </Choice>
      <Refusal error={grant.error} />
      <Button busy={grant.isPending} onClick={() => grant.mutate({ person_id: chosen, role })}>
        {m.grant}
      </Button>
    </div>
  );
}
