import { Link, useRouter, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { call, enter, useDeed, useSession } from '@/shared/api';
import { locally } from '@/shared/lib/locally';
import { Button, Panel, Refusal, TextField } from '@/shared/ui';
import { m } from './messages';

/** Sign in and go on to where one was. */
export default function SignIn() {
  const { next } = useSearch({ from: '/open/sign-in' });
  const router = useRouter();
  const session = useSession();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const on = () => void router.navigate({ href: locally(next) });
  const deed = useDeed(
    () => call('post', '/api/v1/session', { body: { email: email.trim(), password } }),
    (signedIn) => {
      enter(signedIn);
      on();
    },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    deed.mutate(undefined);
  };
  return (
    <div className="wrap entry">
      <h1>{m.title}</h1>
      <Panel>
        {session.data && !deed.isSuccess ? (
          <p className="row sp">
            {m.already}
            <Button look="primary" onClick={on}>
              {m.on}
            </Button>
          </p>
        ) : (
          <form className="stack4" onSubmit={submit}>
            <TextField
              label={m.email}
              type="email"
              autoComplete="username"
              required
              value={email}
              onChange={(e) => setEmail(e.target.value)}
            />
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
        )}
      </Panel>
      <p>
        {m.none}{' '}
        <Link to="/sign-up" search={{ next }}>
          {m.signUp}
        </Link>
      </p>
    </div>
  );
}
