import { Link } from '@tanstack/react-router';
import { call, useDeed } from '@/shared/api';
import { tokenOf } from '@/shared/lib/token';
import { Button, Notice, Panel, Refusal } from '@/shared/ui';
import { m } from './messages';

/** The link of the verification mail. Nothing happens by opening it alone: mail scanners open links too. */
export default function Verify() {
  const token = tokenOf(window.location.hash);
  const deed = useDeed(() => call('post', '/api/v1/verification', { body: { token: token ?? '' } }));
  return (
    <div className="wrap entry">
      <h1>{m.title}</h1>
      <Panel>
        {deed.isSuccess ? (
          <Notice
            tone="ok"
            live="status"
            actions={
              <Link className="btn p" to="/sign-in">
                {m.signIn}
              </Link>
            }
          >
            {m.done}
          </Notice>
        ) : token ? (
          <div className="stack4">
            <p>{m.about}</p>
            <Refusal error={deed.error} />
            <Button look="primary" size="large" full busy={deed.isPending} onClick={() => deed.mutate(undefined)}>
              {m.go}
            </Button>
          </div>
        ) : (
          <Notice tone="warn">{m.missing}</Notice>
        )}
      </Panel>
    </div>
  );
}
