import { Menu } from '@mantine/core';
import { IconMenu2 } from '@tabler/icons-react';
import { Link, Outlet } from '@tanstack/react-router';
import { useSession } from '@/shared/api';
import { Main, OfflineBanner, SkipLink } from './frame';
import { Logo } from './Logo';
import { Appearance, BeijingClock, LanguageLink } from './Utilities';
import { m } from './words';

const pages = [
  ['/', m.topics],
  ['/notices', m.notices],
] as const;

/** The public frame: mark, pages, clock, language, the way in. */
export function PublicShell() {
  const session = useSession();
  const way = session.data ? (['/work', m.work] as const) : (['/sign-in', m.signIn] as const);
  return (
    <>
      <SkipLink />
      <OfflineBanner />
      <header className="pub">
        <div className="wrap">
          <Link to="/" aria-label={m.home}>
            <Logo />
          </Link>
          <nav aria-label={m.publicNav}>
            {pages.map(([to, label]) => (
              <Link key={to} to={to} activeOptions={{ exact: to === '/', includeSearch: false }}>
                {label}
              </Link>
            ))}
          </nav>
          <div className="util">
            <BeijingClock />
            <LanguageLink />
            <Appearance />
            <Link className="btn hide-p" to={way[0]}>
              {way[1]}
            </Link>
            <Menu position="bottom-end">
              <Menu.Target>
                <button type="button" className="btn s hide-d" aria-label={m.menu}>
                  <IconMenu2 className="i l" aria-hidden />
                </button>
              </Menu.Target>
              <Menu.Dropdown aria-label={m.menu}>
                {[...pages, way].map(([to, label]) => (
                  <Menu.Item key={to} renderRoot={(props) => <Link to={to} {...props} />}>
                    {label}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
          </div>
        </div>
      </header>
      <Main>
        <Outlet />
      </Main>
      <footer className="foot">
        <div className="wrap">
          <span>{m.foot}</span>
          <span className="row gap4">
            <Link to="/audit">{m.checkpoints}</Link>
            <a href="/api/openapi.json">{m.data}</a>
          </span>
        </div>
      </footer>
    </>
  );
}
