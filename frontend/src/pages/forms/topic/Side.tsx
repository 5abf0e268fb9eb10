/** Beside the text: what is missing, what to do next. */
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, read, useDeed } from '@/shared/api';
import { english, named } from '@/shared/i18n';
import { Button, Dialog, Panel, Refusal, Show, TextArea } from '@/shared/ui';
import { fieldsOf, labelOf } from './findings';
import { m } from './messages';
import type { Desk } from './work';

const COMMANDS = ['submit', 'pass_legal', 'approve', 'publish', 'return'] as const;
type Command = (typeof COMMANDS)[number];
const PATHS = {
  submit: '/api/v1/officer/topics/{topic_id}/submission',
  pass_legal: '/api/v1/officer/topics/{topic_id}/legal-review',
  approve: '/api/v1/officer/topics/{topic_id}/approval',
  publish: '/api/v1/officer/topics/{topic_id}/publication',
} as const;

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
                      href={`#${fieldsOf(f.pointer)[0]}`}
                      onClick={(event) => {
                        event.preventDefault();
                        const at = fieldsOf(f.pointer)
                          .map((id) => document.getElementById(id))
                          .find((field) => field !== null);
                        at?.focus();
                        at?.scrollIntoView({ block: 'center' });
                      }}
                    >
                      {named(labelOf(f.pointer), english ? f.en : f.zh)}
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
