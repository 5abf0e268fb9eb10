import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Ask } from '@/features/cycle/Ask';
import { type Answer, call, read, useDeed } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { fromField } from '@/shared/lib/beijing';
import { roleName } from '@/shared/lib/roles';
import { now } from '@/shared/lib/time';
import {
  Button,
  Choice,
  Dialog,
  Empty,
  ErrorSummary,
  Panel,
  Refusal,
  Show,
  TextArea,
  TextField,
  When,
} from '@/shared/ui';
import { m } from './messages';

type Grant = Answer<'/api/v1/organisations/grants'>[number];
const ROLES = ['supervisor', 'agency_officer', 'legal_budget_reviewer', 'screener'] as const;
const EMPTY = { uscc: '', role: 'supervisor' as (typeof ROLES)[number], reason: '', until: '' };

/** What this authority lets another one's people do here, and they its own. */
export function Grants({ org }: { org: string }) {
  const list = useQuery(read('/api/v1/organisations/grants'));
  const [opened, setOpened] = useState(false);
  return (
    <Panel
      title={m.grants}
      flush
      aside={
        <Button className="no-print" onClick={() => setOpened(true)}>
          {m.give}
        </Button>
      }
    >
      <p className="mut pb">{m.grantsAbout}</p>
      <Show of={list}>
        {(grants) =>
          grants.length === 0 ? (
            <Empty>{m.noGrants}</Empty>
          ) : (
            <table className="tbl cards g">
              <thead>
                <tr>
                  <th scope="col">{m.party}</th>
                  <th scope="col">{m.state}</th>
                  <th scope="col">{m.role}</th>
                  <th scope="col">{m.term}</th>
                  <th scope="col">{m.reason}</th>
                  <th scope="col">
                    <span className="vh">{m.act}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {grants.map((g) => (
                  <tr key={g.id}>
                    <th scope="row">
                      {pick(g.agency_id === org ? g.grantee : g.agency)}{' '}
                      <span className="mut sm nw">{g.agency_id === org ? m.out : m.in}</span>
                    </th>
                    <td className="st">
                      <State grant={g} />
                    </td>
                    <td data-l={m.role}>
                      <span>{roleName(g.role)}</span>
                    </td>
                    <td data-l={m.term}>
                      <span>
                        <When at={g.expires_at} />
                      </span>
                    </td>
                    <td data-l={m.reason}>
                      <span className="text">{g.reason}</span>
                    </td>
                    <td className="r no-print">{g.agency_id === org && running(g) && <Revoke grant={g} />}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Show>
      <Dialog title={m.give} opened={opened} onClose={() => setOpened(false)}>
        <Give onDone={() => setOpened(false)} />
      </Dialog>
    </Panel>
  );
}

function Revoke({ grant }: { grant: Grant }) {
  const deed = useDeed((_: undefined) =>
    call('delete', '/api/v1/organisations/grants/{grant_id}', { path: { grant_id: grant.id } }),
  );
  const whose = [pick(grant.grantee), roleName(grant.role)] as const;
  return (
    <Ask label={m.revoke} name={m.revokeOf(...whose)} sure={m.revoke} look="danger" size="small" deed={deed}>
      <p>{m.revokeAfter(...whose)}</p>
    </Ask>
  );
}

const running = (g: Grant) => g.revoked_at === null && Date.parse(g.expires_at) > now();

function State({ grant }: { grant: Grant }) {
  if (running(grant)) return <span className="badge ok">{m.running}</span>;
  return <span className="badge neutral">{grant.revoked_at ? m.revokedAt : m.expired}</span>;
}

function Give({ onDone }: { onDone: () => void }) {
  const [form, setForm] = useState(EMPTY);
  const [tried, setTried] = useState(false);
  const uscc = form.uscc.normalize('NFKC').trim().toUpperCase();
  const until = fromField(form.until);
  const faults = [
    ...(/^[0-9A-Z]{18}$/.test(uscc) ? [] : [{ id: 'grant-uscc', text: m.faultUscc }]),
    ...(until ? [] : [{ id: 'grant-until', text: m.faultUntil }]),
    ...(form.reason.trim().length >= 2 ? [] : [{ id: 'grant-reason', text: m.faultGrantReason }]),
  ];
  const deed = useDeed(
    (
      { role, reason, expires_at, code }: { role: typeof form.role; reason: string; expires_at: string; code: string },
      key,
    ) => call('post', '/api/v1/organisations/grants', { body: { uscc: code, role, reason, expires_at }, key }),
    onDone,
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (faults.length || !until) setTried(true);
    else deed.mutate({ code: uscc, role: form.role, reason: form.reason.trim(), expires_at: until });
  };
  return (
    <form className="stack4" onSubmit={submit} noValidate>
      {tried && <ErrorSummary faults={faults} />}
      <TextField
        id="grant-uscc"
        label={m.uscc}
        hint={m.usccHint}
        className="mono"
        maxLength={18}
        value={form.uscc}
        onChange={(e) => setForm({ ...form, uscc: e.target.value })}
      />
      <Choice
        label={m.role}
        value={form.role}
        onChange={(e) => setForm({ ...form, role: e.target.value as typeof form.role })}
      >
        {ROLES.map((role) => (
          <option key={role} value={role}>
            {roleName(role)}
          </option>
        ))}
      </Choice>
      <TextField
        id="grant-until"
        type="datetime-local"
        label={m.until}
        hint={m.untilHint}
        value={form.until}
        onChange={(e) => setForm({ ...form, until: e.target.value })}
      />
      <TextArea
        id="grant-reason"
        label={m.reason}
        max={1000}
        value={form.reason}
        onChange={(e) => setForm({ ...form, reason: e.target.value })}
      />
      <p className="mut sm">{m.giveAfter}</p>
      <Refusal error={deed.error} />
      <p className="row">
        <Button type="submit" look="primary" busy={deed.isPending}>
          {m.giveGo}
        </Button>
        <Button onClick={onDone}>{m.cancel}</Button>
      </p>
    </form>
  );
}
