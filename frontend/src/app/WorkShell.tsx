import { Menu } from '@mantine/core';
import { IconChevronDown, IconDots, IconLogout, IconUser } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiProblem, call, enter, read, type Session, useSession } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { roleNames } from '@/shared/lib/roles';
import { ErrorState, Lines } from '@/shared/ui';
import { Main, OfflineBanner, SkipLink } from './frame';
import { Logo } from './Logo';
import { type Item, navigation } from './navigation';
import { Appearance, BeijingClock, LanguageLink } from './Utilities';
import { m } from './words';

/** The frame of the signed-in: rail (a bottom bar on phones), role switcher, clock, language. */
export function WorkShell() {
  const session = useSession();
  const items = session.data ? navigation(session.data) : [];
  return (
    <div className="shell">
      <SkipLink />
      <aside className="rail" aria-label={m.menu}>
        <div className="railin">
          <Link to="/" aria-label={m.home}>
            <Logo />
          </Link>
          {session.data && <RoleSwitcher session={session.data} />}
          <nav aria-label={m.workNav}>
            {items.map((item) => (
              <RailLink key={item.to} item={item} />
            ))}
          </nav>
          {session.data && <SignOut />}
        </div>
      </aside>
      <div>
        <OfflineBanner />
        <header className="bar-top">
          <div className="crumb">{session.data?.display_name}</div>
          <div className="util">
            <BeijingClock />
            <LanguageLink />
            <Appearance />
          </div>
        </header>
        <Main className="main">
          {session.data ? (
            <Outlet />
          ) : session.isPending ? (
            <Lines rows={8} />
          ) : (
            <ErrorState
              error={session.error ?? new ApiProblem(401, { code: 'unauthenticated', detail: '' })}
              retry={() => void session.refetch()}
            />
          )}
        </Main>
      </div>
      {session.data && <BottomBar items={items} session={session.data} />}
    </div>
  );
}

function RailLink({ item: { to, label, Icon } }: { item: Item }) {
  return (
    <Link to={to} activeOptions={{ exact: to === '/' }} title={label}>
      <Icon className="i l" aria-hidden />
      <span>{label}</span>
    </Link>
  );
}

/** For whom one acts. Changing it keeps nothing open of the other role. */
function RoleSwitcher({ session }: { session: Session }) {
  const mine = useQuery(read('/api/v1/organisations/mine'));
  const navigate = useNavigate();
  const [said, setSaid] = useState('');
  const here = mine.data?.find((o) => o.id === session.org_id);
  const name = (o: { name_zh: string; name_en: string }) => pick({ zh: o.name_zh, en: o.name_en });
  const act = async (org_id: string | null, called: string) => {
    enter(await call('post', '/api/v1/session/acting', { body: { org_id } }));
    setSaid(m.actAs(called));
    await navigate({ to: '/work' });
  };
  return (
    <>
      <Menu position="bottom-start" width="target">
        <Menu.Target>
          <button type="button" className="role">
            <span className="vh">{m.role}</span>
            <IconUser className="i l" aria-hidden />
            <span className="grow">
              <span>{here ? name(here) : m.personal}</span>
              <small>{here ? roleNames(session.org_roles) : m.noRoles}</small>
            </span>
            <IconChevronDown className="i" aria-hidden />
          </button>
        </Menu.Target>
        <Menu.Dropdown aria-label={m.role}>
          {mine.data?.map((o) => (
            <Menu.Item
              key={o.id}
              onClick={() => void act(o.id, name(o))}
              aria-current={o.id === session.org_id || undefined}
            >
              {name(o)}
              <small className="mut"> {roleNames(o.roles)}</small>
            </Menu.Item>
          ))}
          <Menu.Item onClick={() => void act(null, m.personal)}>{m.personal}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <span className="vh" role="status">
        {said}
      </span>
    </>
  );
}

function useSignOut() {
  const navigate = useNavigate();
  return async () => {
    await call('delete', '/api/v1/session');
    enter(null);
    await navigate({ to: '/' });
  };
}

function SignOut() {
  const out = useSignOut();
  return (
    <button type="button" className="btn q" onClick={() => void out()} title={m.signOut}>
      <IconLogout className="i l" aria-hidden />
      <span className="hide-t">{m.signOut}</span>
    </button>
  );
}

/** Phones: the first four pages and the rest under More, with the role switcher. */
function BottomBar({ items, session }: { items: Item[]; session: Session }) {
  const out = useSignOut();
  const rest = items.slice(4);
  return (
    <nav className="bottom" aria-label={m.workNav}>
      {items.slice(0, 4).map(({ to, label, Icon }) => (
        <Link key={to} to={to} activeOptions={{ exact: to === '/' }}>
          <Icon className="i l" aria-hidden />
          {label}
        </Link>
      ))}
      <Menu position="top-end">
        <Menu.Target>
          <button type="button" className="more" aria-label={m.more}>
            <IconDots className="i l" aria-hidden />
            {m.more}
          </button>
        </Menu.Target>
        <Menu.Dropdown aria-label={m.more}>
          {rest.map(({ to, label }) => (
            <Menu.Item key={to} renderRoot={(props) => <Link to={to} {...props} />}>
              {label}
            </Menu.Item>
          ))}
          <OtherRoles session={session} />
          <Menu.Item onClick={() => void out()}>{m.signOut}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </nav>
  );
}

function OtherRoles({ session }: { session: Session }) {
  const mine = useQuery(read('/api/v1/organisations/mine'));
  const navigate = useNavigate();
  return mine.data
    ?.filter((o) => o.id !== session.org_id)
    .map((o) => (
      <Menu.Item
        key={o.id}
        onClick={async () => {
          enter(await call('post', '/api/v1/session/acting', { body: { org_id: o.id } }));
          await navigate({ to: '/work' });
        }}
      >
        {m.role}: {pick({ zh: o.name_zh, en: o.name_en })}
      </Menu.Item>
    ));
}
