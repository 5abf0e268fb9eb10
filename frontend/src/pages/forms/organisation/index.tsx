import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { type Answer, call, enter, read, useDeed, useSession } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { roleName, roleNames } from '@/shared/lib/roles';
import { Button, Choice, Empty, Notice, PageHead, Panel, Radios, Ready, Refusal, Show, TextField } from '@/shared/ui';
import { m } from './messages';

type Mine = Answer<'/api/v1/organisations/mine'>[number];
const KINDS = ['enterprise', 'university', 'institute', 'hospital', 'other'] as const;
const ORDINARY = ['member', 'org_admin', 'end_user'] as const;
const OFFICIAL = [
  'agency_officer',
  'legal_budget_reviewer',
  'screener',
  'finance_officer',
  'supervisor',
  'member',
  'org_admin',
] as const;

const peopleOf = (org_id: string) =>
  read('/api/v1/organisations/{org_id}/people', { path: { org_id }, query: { limit: 100 } });

/** One's organisations, their people, and how to get one. */
export default function Organisation() {
  const session = useSession();
  const mine = useQuery(read('/api/v1/organisations/mine'));
  const here = mine.data?.find((o) => o.id === session.data?.org_id);
  const people = useQuery({ ...peopleOf(here?.id ?? ''), enabled: here !== undefined });
  return (
    <>
      <PageHead title={m.title} sub={m.sub}>
        {session.data?.org_id && (
          <Link className="btn" to="/access">
            {m.access}
          </Link>
        )}
      </PageHead>
      <Ready of={here ? [mine, people] : [mine]}>
        <div className="two">
          <div className="stack4">
            <Panel title={m.mine} flush>
              <Show of={mine}>
                {(list) =>
                  list.length === 0 ? (
                    <Empty>{m.none}</Empty>
                  ) : (
                    <table className="tbl cards">
                      <thead>
                        <tr>
                          <th scope="col">{m.name}</th>
                          <th scope="col">{m.roles}</th>
                          <th scope="col">
                            <span className="vh">{m.act}</span>
                          </th>
                        </tr>
                      </thead>
                      <tbody>
                        {list.map((o) => (
                          <OrganisationRow key={o.id} org={o} here={o.id === here?.id} />
                        ))}
                      </tbody>
                    </table>
                  )
                }
              </Show>
            </Panel>
            {here && <People org={here} />}
          </div>
          <div className="stack4">
            {here?.roles.includes('org_admin') && <Invite org={here} />}
            <Register />
          </div>
        </div>
      </Ready>
    </>
  );
}

function OrganisationRow({ org, here }: { org: Mine; here: boolean }) {
  const deed = useDeed(async () => enter(await call('post', '/api/v1/session/acting', { body: { org_id: org.id } })));
  return (
    <tr>
      <th scope="row">{pick({ zh: org.name_zh, en: org.name_en })}</th>
      <td data-l={m.roles}>
        <span>{roleNames(org.roles)}</span>
      </td>
      <td className="r">
        {here ? (
          <span className="mut">{m.acting}</span>
        ) : (
          <Button size="small" onClick={() => deed.mutate(undefined)}>
            {m.act}
          </Button>
        )}
      </td>
    </tr>
  );
}

function People({ org }: { org: Mine }) {
  const people = useQuery(peopleOf(org.id));
  return (
    <Panel title={m.people} flush>
      <Show of={people}>
        {(page) => (
          <table className="tbl cards">
            <thead>
              <tr>
                <th scope="col">{m.person}</th>
                <th scope="col">{m.roles}</th>
              </tr>
            </thead>
            <tbody>
              {page.items.map((p) => (
                <tr key={p.person_id}>
                  <th scope="row">{p.person_name}</th>
                  <td data-l={m.roles}>
                    <span>{roleNames(p.roles)}</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Show>
    </Panel>
  );
}

function Invite({ org }: { org: Mine }) {
  const roles = ['agency', 'funder'].includes(org.kind) ? OFFICIAL : ORDINARY;
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<(typeof OFFICIAL)[number] | 'end_user'>(roles[0]);
  const deed = useDeed((body: { email: string; role: typeof role }, key: string) =>
    call('post', '/api/v1/organisations/invitations', { body, key }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    deed.mutate({ email: email.trim(), role });
  };
  return (
    <Panel title={m.invite}>
      <form className="stack3" onSubmit={submit}>
        <p className="mut sm">{m.inviteAbout}</p>
        <TextField label={m.email} type="email" required value={email} onChange={(e) => setEmail(e.target.value)} />
        <Choice label={m.role} value={role} onChange={(e) => setRole(e.target.value as typeof role)}>
          {roles.map((r) => (
            <option key={r} value={r}>
              {roleName(r)}
            </option>
          ))}
        </Choice>
        <Refusal error={deed.error} />
        {deed.isSuccess && (
          <Notice tone="ok" live="status">
            {m.sent(deed.variables.email)}
          </Notice>
        )}
        <Button type="submit" busy={deed.isPending}>
          {m.send}
        </Button>
      </form>
    </Panel>
  );
}

function Register() {
  const [where, setWhere] = useState<'cn' | 'foreign'>('cn');
  const [form, setForm] = useState({
    kind: 'enterprise' as (typeof KINDS)[number],
    name_zh: '',
    name_en: '',
    uscc: '',
    country: '',
    registry: '',
    registry_id: '',
  });
  const set = (name: keyof typeof form) => (event: { target: { value: string } }) =>
    setForm({ ...form, [name]: event.target.value });
  const deed = useDeed(async (given: typeof form, key: string) => {
    const { uscc, country, registry, registry_id, ...names } = given;
    const identified =
      where === 'cn'
        ? { uscc: uscc.trim().toUpperCase() }
        : { country: country.trim().toUpperCase(), registry, registry_id };
    const org = await call('post', '/api/v1/organisations', { body: { ...names, ...identified }, key });
    enter(await call('post', '/api/v1/session/acting', { body: { org_id: org.id } }));
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    deed.mutate(form);
  };
  return (
    <Panel title={m.register}>
      <form className="stack3" onSubmit={submit}>
        <p className="mut sm">{m.registerAbout}</p>
        <Choice label={m.kind} value={form.kind} onChange={set('kind')}>
          {KINDS.map((k) => (
            <option key={k} value={k}>
              {m.kinds[k]}
            </option>
          ))}
        </Choice>
        <TextField
          label={m.zh}
          lang="zh-CN"
          required
          minLength={2}
          maxLength={200}
          value={form.name_zh}
          onChange={set('name_zh')}
        />
        <TextField
          label={m.en}
          lang="en"
          required
          minLength={2}
          maxLength={200}
          value={form.name_en}
          onChange={set('name_en')}
        />
        <Radios
          legend={m.where}
          name="where"
          value={where}
          onChange={setWhere}
          options={[
            { value: 'cn', label: m.chinese },
            { value: 'foreign', label: m.foreign },
          ]}
        />
        {where === 'cn' ? (
          <TextField
            label={m.uscc}
            hint={m.usccHint}
            className="mono"
            required
            maxLength={18}
            value={form.uscc}
            onChange={set('uscc')}
          />
        ) : (
          <>
            <TextField
              label={m.country}
              hint={m.countryHint}
              required
              pattern="[A-Za-z]{2}"
              value={form.country}
              onChange={set('country')}
            />
            <TextField label={m.registry} required maxLength={100} value={form.registry} onChange={set('registry')} />
            <TextField
              label={m.registryId}
              required
              maxLength={100}
              value={form.registry_id}
              onChange={set('registry_id')}
            />
          </>
        )}
        <Refusal error={deed.error} />
        <Button type="submit" look="primary" busy={deed.isPending}>
          {m.go}
        </Button>
      </form>
    </Panel>
  );
}
