/** Beside the text: what is missing, what to do next, who does what. */
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, read, useDeed } from '@/shared/api';
import { english } from '@/shared/i18n';
import { Button, Choice, Dialog, Panel, Refusal, Show, TextArea } from '@/shared/ui';
import { m } from './messages';
import { type Desk, fieldOf } from './work';

const COMMANDS = ['submit', 'pass_legal', 'approve', 'publish', 'return'] as const;
type Command = (typeof COMMANDS)[number];
const PATHS = {
  submit: '/api/v1/officer/topics/{topic_id}/submission',
  pass_legal: '/api/v1/officer/topics/{topic_id}/legal-review',
  approve: '/api/v1/officer/topics/{topic_id}/approval',
  publish: '/api/v1/officer/topics/{topic_id}/publication',
} as const;
const GRANTED = ['drafter', 'screener', 'draw_officer', 'opening_officer'] as const;

export function Ready({ topic }: { topic: Desk }) {
  const ready = useQuery(read('/api/v1/officer/topics/{topic_id}/readiness', { path: { topic_id: topic.id } }));
  return (
    <Panel title={m.ready}>
      <Show of={ready}>
        {({ findings, ready: yes }) =>
          yes && findings.length === 0 ? (
            <p className="t-ok">
              <IconCircleCheck className="i" aria-hidden /> {m.readyYes}
            </p>
          ) : (
            <>
              <p className={yes ? 't-ok' : 't-warn'}>
                <IconAlertTriangle className="i" aria-hidden />{' '}
                {yes ? m.readyYes : m.readyNo(findings.filter((f) => f.blocking).length)}
              </p>
              <ul className="bullets">
                {findings.map((f) => (
                  <li key={f.pointer + f.code}>
                    <a
                      href={`#${fieldOf(f.pointer)}`}
                      onClick={(event) => {
                        event.preventDefault();
                        const id = fieldOf(f.pointer);
                        const at =
                          document.getElementById(id) ??
                          document.getElementById(`${id}-zh`) ??
                          document.getElementById(id.split('-')[0] ?? '');
                        at?.focus();
                        at?.scrollIntoView({ block: 'center' });
                      }}
                    >
                      {m.fields[f.pointer.split('/')[2] as keyof typeof m.fields] ?? ''} {english ? f.en : f.zh}
                    </a>
                  </li>
                ))}
              </ul>
            </>
          )
        }
      </Show>
    </Panel>
  );
}

export function Steps({ topic, before }: { topic: Desk; before: () => Promise<boolean> }) {
  const [asked, setAsked] = useState<Command | null>(null);
  const [reason, setReason] = useState('');
  const deed = useDeed(
    async ({ command, version, why }: { command: Command; version: number; why: string }, key: string) => {
      const path = { topic_id: topic.id };
      if (command === 'return')
        return call('post', '/api/v1/officer/topics/{topic_id}/return', { path, version, key, body: { reason: why } });
      return call('post', PATHS[command], { path, version, key });
    },
    () => setAsked(null),
  );
  const offered = COMMANDS.filter((c) => topic.commands.includes(c));
  return (
    <Panel title={m.steps}>
      <div className="stack3">
        <p className="mut">{m.who[topic.status as keyof typeof m.who]}</p>
        {offered.map((command, i) => (
          <Button
            key={command}
            full
            look={i === 0 && command !== 'return' ? 'primary' : 'plain'}
            onClick={async () => {
              await before();
              deed.reset();
              setAsked(command);
            }}
          >
            {m.commands[command]}
          </Button>
        ))}
        <Dialog title={asked ? m.commands[asked] : ''} opened={asked !== null} onClose={() => setAsked(null)}>
          {asked && (
            <div className="stack4">
              <p>{m.after[asked]}</p>
              {asked === 'return' && (
                <TextArea label={m.reason} value={reason} onChange={(e) => setReason(e.target.value)} />
              )}
              <Refusal error={deed.error} />
              <p className="row">
                <Button
                  look={asked === 'return' ? 'danger' : 'primary'}
                  busy={deed.isPending}
                  onClick={() => deed.mutate({ command: asked, version: topic.version, why: reason })}
                >
                  {m.sure[asked]}
                </Button>
                <Button onClick={() => setAsked(null)}>{m.cancel}</Button>
              </p>
            </div>
          )}
        </Dialog>
      </div>
    </Panel>
  );
}

export function People({ topic }: { topic: Desk }) {
  const [person, setPerson] = useState('');
  const [role, setRole] = useState<(typeof GRANTED)[number]>('screener');
  const people = useQuery(
    read('/api/v1/organisations/{org_id}/people', { path: { org_id: topic.agency.id }, query: { limit: 100 } }),
  );
  const path = '/api/v1/officer/topics/{topic_id}/roles/{person_id}/{role}';
  const grant = useDeed((given: { person_id: string; role: typeof role }) =>
    call('put', path, { path: { topic_id: topic.id, ...given } }),
  );
  const revoke = useDeed((given: { person_id: string; role: string }) =>
    call('delete', path, { path: { topic_id: topic.id, ...given } as never }),
  );
  const chosen = person || people.data?.items[0]?.person_id || '';
  return (
    <Panel title={m.people}>
      <div className="stack3">
        <ul className="stack">
          {topic.roles.map((r) => {
            const duty = m.roles[r.role as keyof typeof m.roles] ?? r.role;
            return (
              <li key={r.person_id + r.role} className="row sp">
                <span>
                  {r.person_name} <span className="mut sm">{duty}</span>
                </span>
                {(GRANTED as readonly string[]).includes(r.role) && (
                  <Button
                    size="small"
                    look="quiet"
                    aria-label={m.revokeOf(r.person_name, duty)}
                    onClick={() => revoke.mutate({ person_id: r.person_id, role: r.role })}
                  >
                    {m.revoke}
                  </Button>
                )}
              </li>
            );
          })}
        </ul>
        <Choice label={m.person} value={chosen} onChange={(e) => setPerson(e.target.value)}>
          {people.data?.items.map((p) => (
            <option key={p.person_id} value={p.person_id}>
              {p.person_name}
            </option>
          ))}
        </Choice>
        <Choice label={m.role} value={role} onChange={(e) => setRole(e.target.value as typeof role)}>
          {GRANTED.map((r) => (
            <option key={r} value={r}>
              {m.roles[r]}
            </option>
          ))}
        </Choice>
        <Refusal error={grant.error ?? revoke.error} />
        <Button busy={grant.isPending} onClick={() => grant.mutate({ person_id: chosen, role })}>
          {m.grant}
        </Button>
      </div>
    </Panel>
  );
}
