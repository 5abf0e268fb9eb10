import { Link, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { call, useDeed } from '@/shared/api';
import { locale } from '@/shared/i18n';
import { Button, Notice, Panel, Refusal, TextField } from '@/shared/ui';
import { m } from './messages';

/** A new account; the address is verified by mail. */
export default function SignUp() {
  const { next } = useSearch({ from: '/open/sign-up' });
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const deed = useDeed(() =>
    call('post', '/api/v1/sign-up', { body: { email: email.trim(), display_name: name.trim(), password, locale } }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    deed.mutate(undefined);
  };
  if (deed.isSuccess) {
    return (
      <div className="wrap entry">
        <h1>{m.sent}</h1>
        <Notice tone="ok" live="status">
          {m.sentBody(email.trim())}
        </Notice>
      </div>
    );
  }
  return (
    <div className="wrap entry">
      <h1>{m.title}</h1>
      <Panel>
        <form className="stack4" onSubmit={submit}>
          <TextField
            label={m.name}
            hint={m.nameHint}
            autoComplete="name"
            required
            maxLength={100}
            value={name}
            onChange={(e) => setName(e.target.value)}
          />
          <TextField
            label={m.email}
            hint={m.emailHint}
            type="email"
            autoComplete="username"
            required
            value={email}
            onChange={(e) => setEmail(e.target.value)}
          />
          <TextField
            label={m.password}
            hint={m.passwordHint}
            type="password"
            autoComplete="new-password"
            required
            minLength={12}
            value={password}
            onChange={(e) => setPassword(e.target.value)}
          />
          <Refusal error={deed.error} />
          <Button type="submit" look="primary" size="large" full busy={deed.isPending}>
            {m.go}
          </Button>
        </form>
      </Panel>
      <p>
        {m.have}{' '}
        <Link to="/sign-in" search={{ next }}>
          {m.signIn}
        </Link>
      </p>
    </div>
  );
}
