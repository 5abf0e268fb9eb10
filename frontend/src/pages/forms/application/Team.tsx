import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { type Answer, call, read, useDeed } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { Button, Day, Panel, Refusal, TextField, Tick } from '@/shared/ui';
import { basisPoints } from './gaps';
import { m } from './messages';

type TeamView = Answer<'/api/v1/teams/{team_id}'>;

/** Who is in the team, how work and money are shared, who is invited. */
export function Team({ team, fixed }: { team: TeamView; fixed: boolean }) {
  return (
    <>
      <Shares team={team} fixed={fixed} />
      <Panel title={m.people}>
        <ul className="stack">
          {team.people.map((p) => (
            <li key={p.person_id} className="row sp">
              <span>{p.name}</span>
              {p.role === 'lead' && <span className="mut sm">{m.leadPerson}</span>}
            </li>
          ))}
          {team.invitations.map((i) => (
            <InvitationRow key={i.id} team={team} invitation={i} fixed={fixed} />
          ))}
        </ul>
      </Panel>
      {!fixed && <Invite team={team} />}
    </>
  );
}

function Shares({ team, fixed }: { team: TeamView; fixed: boolean }) {
  const [typed, setTyped] = useState<Record<string, { work: string; share: string }>>({});
  const of = (id: string, field: 'work' | 'share', bp: number) => typed[id]?.[field] ?? String(bp / 100);
  const rows = team.orgs.map((o) => ({
    ...o,
    work: of(o.org_id, 'work', o.work_bp),
    share: of(o.org_id, 'share', o.share_bp),
  }));
  const sum = (field: 'work' | 'share') => rows.reduce((total, r) => total + (basisPoints(r[field]) ?? 0), 0) / 100;
  const deed = useDeed(
    (shares: { org_id: string; work_bp: number; share_bp: number }[], key: string) =>
      call('put', '/api/v1/teams/{team_id}/shares', {
        path: { team_id: team.id },
        body: { shares },
        version: team.version,
        key,
      }),
    () => setTyped({}),
  );
  const away = useDeed((orgId: string, key: string) =>
    call('delete', '/api/v1/teams/{team_id}/orgs/{org_id}', {
      path: { team_id: team.id, org_id: orgId },
      version: team.version,
      key,
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    deed.mutate(
      rows.map((r) => ({ org_id: r.org_id, work_bp: basisPoints(r.work) ?? 0, share_bp: basisPoints(r.share) ?? 0 })),
    );
  };
  return (
    <Panel title={m.shares} flush>
      <form onSubmit={submit} id="shares" tabIndex={-1}>
        <table className="tbl">
          <thead>
            <tr>
              <th scope="col">{m.unit}</th>
              <th scope="col">{m.work}</th>
              <th scope="col">{m.share}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((r) => {
              const name = pick({ zh: r.name_zh, en: r.name_en });
              const field = (which: 'work' | 'share', label: string) => (
                <input
                  className="in pct"
                  inputMode="decimal"
                  aria-label={label}
                  readOnly={fixed}
                  value={r[which]}
                  onChange={(e) =>
                    setTyped({ ...typed, [r.org_id]: { work: r.work, share: r.share, [which]: e.target.value } })
                  }
                />
              );
              return (
                <tr key={r.org_id}>
                  <th scope="row">
                    {name} <span className="mut sm">{r.role === 'lead' ? m.lead : m.partner}</span>
                    {r.role !== 'lead' && !fixed && (
                      <button
                        type="button"
                        className="btn q s"
                        aria-label={m.remove(name)}
                        onClick={() => away.mutate(r.org_id)}
                      >
                        {m.removeWord}
                      </button>
                    )}
                  </th>
                  <td>{field('work', m.workOf(name))}</td>
                  <td>{field('share', m.shareOf(name))}</td>
                </tr>
              );
            })}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{m.sum}</th>
              <td className="num">{sum('work')}%</td>
              <td className="num">{sum('share')}%</td>
            </tr>
          </tfoot>
        </table>
        <div className="pb stack3">
          <p className="mut sm">{m.sharesAbout}</p>
          <Refusal error={deed.error ?? away.error} />
          {!fixed && (
            <Button type="submit" busy={deed.isPending}>
              {m.saveShares}
            </Button>
          )}
        </div>
      </form>
    </Panel>
  );
}

function InvitationRow({
  team,
  invitation,
  fixed,
}: {
  team: TeamView;
  invitation: TeamView['invitations'][number];
  fixed: boolean;
}) {
  const deed = useDeed(() =>
    call('delete', '/api/v1/teams/{team_id}/invitations/{invitation_id}', {
      path: { team_id: team.id, invitation_id: invitation.id },
    }),
  );
  return (
    <li className="row sp">
      <span>
        {invitation.email}{' '}
        <span className="mut sm">
          {m.invited} · {m.until} <Day date={invitation.expires_at} />
        </span>
      </span>
      {!fixed && (
        <Button size="small" look="quiet" busy={deed.isPending} onClick={() => deed.mutate(undefined)}>
          {m.withdraw}
        </Button>
      )}
      <Refusal error={deed.error} />
    </li>
  );
}

function Invite({ team }: { team: TeamView }) {
  const empty = { email: '', uscc: '', country: '', registry: '', registry_id: '' };
  const [form, setForm] = useState(empty);
  const [foreign, setForeign] = useState(false);
  const mine = useQuery(read('/api/v1/organisations/mine'));
  const set = (name: keyof typeof form) => (event: { target: { value: string } }) =>
    setForm({ ...form, [name]: event.target.value });
  const deed = useDeed(
    (given: typeof form, key: string) =>
      call('post', '/api/v1/teams/{team_id}/invitations', {
        path: { team_id: team.id },
        body: foreign
          ? {
              email: given.email,
              country: given.country.toUpperCase(),
              registry: given.registry,
              registry_id: given.registry_id,
            }
          : { email: given.email, uscc: given.uscc.trim().toUpperCase() },
        key,
      }),
    () => setForm(empty),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    deed.mutate(form);
  };
  if (mine.data && !mine.data.some((o) => o.id === team.lead_org_id)) return null;
  return (
    <Panel title={m.invite}>
      <form className="stack3" onSubmit={submit}>
        <p className="mut sm">{m.inviteAbout}</p>
        <TextField label={m.email} type="email" required value={form.email} onChange={set('email')} />
        <Tick checked={foreign} onChange={(e) => setForeign(e.target.checked)}>
          {m.foreign}
        </Tick>
        {foreign ? (
          <>
            <TextField
              label={m.country}
              required
              pattern="[A-Za-z]{2}"
              value={form.country}
              onChange={set('country')}
            />
            <TextField label={m.registry} required value={form.registry} onChange={set('registry')} />
            <TextField label={m.registryId} required value={form.registry_id} onChange={set('registry_id')} />
          </>
        ) : (
          <TextField label={m.uscc} className="mono" required maxLength={18} value={form.uscc} onChange={set('uscc')} />
        )}
        <Refusal error={deed.error} />
        <Button type="submit" busy={deed.isPending}>
          {m.send}
        </Button>
      </form>
    </Panel>
  );
}
