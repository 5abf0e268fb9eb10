import { Link, useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { call, enter, useDeed, useSession } from '@/shared/api';
import { tokenOf } from '@/shared/lib/token';
import { Button, Lines, Notice, Panel, Refusal } from '@/shared/ui';
import { m } from './messages';

const KEPT = 'jiebang.invitation';

/** The link of an invitation, to an organisation or to a team; it waits while its reader signs in. */
export default function Invitation() {
  const team = useRouterState({ select: (s) => s.location.pathname.endsWith('/team-invitations') });
  const session = useSession();
  const [token] = useState(() => tokenOf(window.location.hash) ?? sessionStorage.getItem(KEPT));
  useEffect(() => {
    if (token) sessionStorage.setItem(KEPT, token);
  }, [token]);
  const deed = useDeed(
    async (_: undefined, key: string) => {
      const body = { token: token ?? '' };
      if (team) return (await call('post', '/api/v1/teams/invitations/acceptance', { body, key })).id;
      const joined = await call('post', '/api/v1/organisations/invitations/acceptance', { body, key });
      enter(await call('post', '/api/v1/session/acting', { body: { org_id: joined.org_id } }));
      return joined.org_id;
    },
    () => sessionStorage.removeItem(KEPT),
  );
  const next = window.location.pathname;
  return (
    <div className="wrap entry">
      <h1>{m.title}</h1>
      <Panel>
        {!token ? (
          <Notice tone="warn">{m.missing}</Notice>
        ) : session.isPending ? (
          <Lines rows={2} />
        ) : deed.isSuccess ? (
          <Notice
            tone="ok"
            live="status"
            actions={
              team ? (
                <Link className="btn p" to="/applications/$teamId" params={{ teamId: deed.data }}>
                  {m.open}
                </Link>
              ) : (
                <Link className="btn p" to="/work">
                  {m.work}
                </Link>
              )
            }
          >
            {team ? m.doneTeam : m.doneOrg}
          </Notice>
        ) : session.data ? (
          <div className="stack4">
            <p>{team ? m.team : m.org}</p>
            <Refusal error={deed.error} />
            <Button look="primary" size="large" full busy={deed.isPending} onClick={() => deed.mutate(undefined)}>
              {m.go}
            </Button>
          </div>
        ) : (
          <div className="stack4">
            <p>{m.signIn}</p>
            <p className="row">
              <Link className="btn p" to="/sign-in" search={{ next }}>
                {m.in}
              </Link>
              <Link className="btn" to="/sign-up" search={{ next }}>
                {m.up}
              </Link>
            </p>
          </div>
        )}
      </Panel>
    </div>
  );
}
