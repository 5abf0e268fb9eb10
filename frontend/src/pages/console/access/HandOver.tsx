import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { call, read, useDeed } from '@/shared/api';
import { Button, Choice, Dialog, ErrorSummary, Notice, Panel, Refusal, TextArea } from '@/shared/ui';
import { m } from './messages';

const NOBODY = { from_person_id: '', to_person_id: '', reason: '' };

/** One person's duties for all topics under way to another one, after the consequences were read. */
export function HandOver({ org }: { org: string }) {
  const people = useQuery(
    read('/api/v1/organisations/{org_id}/people', { path: { org_id: org }, query: { limit: 100 } }),
  );
  const [opened, setOpened] = useState(false);
  const [form, setForm] = useState(NOBODY);
  const [tried, setTried] = useState(false);
  const deed = useDeed(
    (body: typeof form, key: string) => call('post', '/api/v1/officer/reassignments', { body, key }),
    () => {
      setOpened(false);
      setForm(NOBODY);
      setTried(false);
    },
  );
  const faults = [
    ...(form.from_person_id && form.to_person_id && form.from_person_id !== form.to_person_id
      ? []
      : [{ id: 'hand-from', text: m.faultPeople }]),
    ...(form.reason.trim().length >= 5 ? [] : [{ id: 'hand-reason', text: m.faultReason }]),
  ];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (faults.length) setTried(true);
    else deed.mutate({ ...form, reason: form.reason.trim() });
  };
  const person = (id: string, label: string, name: 'from_person_id' | 'to_person_id') => (
    <Choice id={id} label={label} value={form[name]} onChange={(e) => setForm({ ...form, [name]: e.target.value })}>
      <option value="">{m.choose}</option>
      {people.data?.items.map((p) => (
        <option key={p.person_id} value={p.person_id}>
          {p.person_name}
        </option>
      ))}
    </Choice>
  );
  return (
    <Panel title={m.hand}>
      <div className="stack3">
        <p className="mut">{m.handAbout}</p>
        {deed.isSuccess && (
          <Notice tone={deed.data.moved ? 'ok' : 'info'} live="status">
            {m.handed(deed.data.moved)}
          </Notice>
        )}
        <Button
          className="no-print"
          onClick={() => {
            deed.reset();
            setOpened(true);
          }}
        >
          {m.hand}
        </Button>
      </div>
      <Dialog title={m.hand} opened={opened} onClose={() => setOpened(false)}>
        <form className="stack4" onSubmit={submit} noValidate>
          {tried && <ErrorSummary faults={faults} />}
          {person('hand-from', m.from, 'from_person_id')}
          {person('hand-to', m.to, 'to_person_id')}
          <TextArea
            id="hand-reason"
            label={m.reason}
            hint={m.reasonHint}
            max={2000}
            value={form.reason}
            onChange={(e) => setForm({ ...form, reason: e.target.value })}
          />
          <ul className="bullets sm">
            {m.handAfter.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          <Refusal error={deed.error} />
          <p className="row">
            <Button type="submit" look="danger" busy={deed.isPending}>
              {m.handGo}
            </Button>
            <Button onClick={() => setOpened(false)}>{m.cancel}</Button>
          </p>
        </form>
      </Dialog>
    </Panel>
  );
}
