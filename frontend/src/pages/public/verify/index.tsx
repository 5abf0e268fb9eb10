import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { call, useDeed } from '@/shared/api';
import { tokenOf } from '@/shared/lib/token';
import { Button, Notice, Panel, Refusal, TextField } from '@/shared/ui';
import { m } from './messages';

/** The link of the verification mail. Opening it proves nothing: whoever chose the password confirms the address. */
export default function Verify() {
  const token = tokenOf(window.location.hash);
  const [password, setPassword] = useState('');
  const deed = useDeed(() => call('post', '/api/v1/verification', { body: { token: token ?? '', password } }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    deed.mutate(undefined);
  };
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
          <form className="stack4" onSubmit={submit}>
            <p>{m.about}</p>
            <TextField
              label={m.password}
              type="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(e) => setPassword(e.target.value)}
            />
            <Refusal error={deed.error} />
            <Button type="submit" look="primary" size="large" full busy={deed.isPending}>
              {m.go}
            </Button>
          </form>
        ) : (
          <Notice tone="warn">{m.missing}</Notice>
        )}
      </Panel>
    </div>
  );
}
