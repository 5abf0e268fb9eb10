import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Ask } from '@/features/cycle/Ask';
import type { Access } from '@/features/cycle/Frame';
import { Reason } from '@/features/duties/Reason';
import { type Answer, call, read, useDeed, useSession } from '@/shared/api';
import { named } from '@/shared/i18n';
import { Button, Choice, Empty, Panel, Show, When } from '@/shared/ui';
import { m } from './messages';

type Bar = Answer<'/api/v1/officer/topics/{topic_id}/bars'>[number];
const BAR = '/api/v1/officer/topics/{topic_id}/bars/{person_id}';

/** Who is kept out of the topic and who was; taking access away and giving it back. */
export function Bars({ access, handles }: { access: Access; handles: boolean }) {
  const topic_id = access.topic_id;
  const session = useSession();
  const bars = useQuery(read('/api/v1/officer/topics/{topic_id}/bars', { path: { topic_id } }));
  const [barring, setBarring] = useState(false);
  const [person, setPerson] = useState('');
  const bar = useDeed(
    (given: { person_id: string; reason: string }) =>
      call('put', BAR, { path: { topic_id, person_id: given.person_id }, body: { reason: given.reason } }),
    () => {
      setBarring(false);
      setPerson('');
    },
  );
  const [missing, setMissing] = useState(false);
  return (
    <Panel
      title={m.barred}
      flush
      aside={
        handles && (
          <Button
            className="no-print"
            onClick={() => {
              bar.reset();
              setMissing(false);
              setBarring(true);
            }}
          >
            {m.bar}
          </Button>
        )
      }
    >
      <Show of={bars}>
        {(list) =>
          list.length === 0 ? (
            <Empty>{m.nobody}</Empty>
          ) : (
            <table className="tbl cards g">
              <thead>
                <tr>
                  <th scope="col">{m.name}</th>
                  <th scope="col">{m.state}</th>
                  <th scope="col">{m.ground}</th>
                  <th scope="col">{m.by}</th>
                  <th scope="col">
                    <span className="vh">{m.act}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {list.map((b) => (
                  <tr key={b.person_id + b.barred_at}>
                    <th scope="row">{b.person_name}</th>
                    <td className="st">
                      <span className={`badge ${b.lifted_at ? 'neutral' : 'warn'}`}>
                        {b.lifted_at ? m.lifted : m.standing}
                      </span>
                    </td>
                    <td data-l={m.ground}>
                      <span className="text">{named(b.ground === 'conflict' ? m.conflict : m.incident, b.reason)}</span>
                    </td>
                    <td data-l={m.by}>
                      <span>
                        {b.barred_by_name} <When at={b.barred_at} />
                        {b.lifted_at && (
                          <>
                            <br />
                            {m.lifted} {b.lifted_by_name} <When at={b.lifted_at} />
                          </>
                        )}
                      </span>
                    </td>
                    <td className="r no-print">
                      {handles && !b.lifted_at && b.person_id !== session.data?.person_id && (
                        <Lift topicId={topic_id} of={b} />
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Show>
      <Reason
        copyKey={`bar.${topic_id}.${session.data?.person_id}`}
        title={m.bar}
        sure={m.barSure}
        after={m.barAfter}
        opened={barring}
        onClose={() => setBarring(false)}
        onReason={(reason, onSuccess) =>
          person ? bar.mutate({ person_id: person, reason }, { onSuccess }) : setMissing(true)
        }
        busy={bar.isPending}
        error={bar.error}
      >
        <p className="mut sm">{m.barAbout}</p>
        <Candidates
          access={access}
          value={person}
          error={missing && !person ? m.faultPerson : undefined}
          onPerson={setPerson}
        />
      </Reason>
    </Panel>
  );
}

function Lift({ topicId, of }: { topicId: string; of: Bar }) {
  const deed = useDeed((_: undefined) => call('delete', BAR, { path: { topic_id: topicId, person_id: of.person_id } }));
  return (
    <Ask label={m.lift} name={m.liftOf(of.person_name)} sure={m.lift} look="plain" size="small" deed={deed}>
      <p>{m.liftAfter(of.person_name)}</p>
    </Ask>
  );
}

/** Officers of the agency and experts on the panel, without oneself and whoever is kept out already. */
function Candidates({
  access,
  value,
  error,
  onPerson,
}: {
  access: Access;
  value: string;
  error: string | undefined;
  onPerson: (person: string) => void;
}) {
  const session = useSession();
  const panel = useQuery(read('/api/v1/officer/topics/{topic_id}/panel', { path: { topic_id: access.topic_id } }));
  const officers = access.people.filter((one) => !one.barred && one.person_id !== session.data?.person_id);
  const experts = new Map(panel.data?.map((seat) => [seat.person_id, seat.person_name]));
  return (
    <Choice label={m.person} error={error} value={value} onChange={(e) => onPerson(e.target.value)}>
      <option value="">{m.choose}</option>
      <optgroup label={m.officers}>
        {officers.map((one) => (
          <option key={one.person_id} value={one.person_id}>
            {one.person_name}
          </option>
        ))}
      </optgroup>
      {experts.size > 0 && (
        <optgroup label={m.reviewers}>
          {[...experts].map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </optgroup>
      )}
    </Choice>
  );
}
