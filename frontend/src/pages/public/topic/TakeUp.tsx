import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { call, useDeed, useSession } from '@/shared/api';
import { Button, Dialog, Notice, Refusal, TextField } from '@/shared/ui';
import { m } from './messages';

/** Found a team for a topic; it begins its workspace. */
export function TakeUp({ topicId, size }: { topicId: string; size?: 'large' }) {
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState('');
  const session = useSession();
  const navigate = useNavigate();
  const deed = useDeed(
    (given: string, key: string) =>
      call('post', '/api/v1/topics/{topic_id}/teams', { path: { topic_id: topicId }, body: { name: given }, key }),
    (team) => navigate({ to: '/applications/$teamId', params: { teamId: team.id } }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    deed.mutate(name.trim());
  };
  const next = `/topics/${topicId}`;
  return (
    <>
      <Button look="primary" size={size} full={size === 'large'} onClick={() => setOpened(true)}>
        {m.take}
      </Button>
      <Dialog title={m.dialog} opened={opened} onClose={() => setOpened(false)}>
        {!session.data ? (
          <Notice
            actions={
              <Link className="btn p" to="/sign-in" search={{ next }}>
                {m.signIn}
              </Link>
            }
          >
            {m.needSignIn}
          </Notice>
        ) : !session.data.org_id ? (
          <Notice
            actions={
              <Link className="btn p" to="/organisation">
                {m.organisation}
              </Link>
            }
          >
            {m.needOrg}
          </Notice>
        ) : (
          <form className="stack4" onSubmit={submit}>
            <p>{m.dialogAbout}</p>
            <TextField
              label={m.teamName}
              hint={m.teamHint}
              required
              maxLength={100}
              value={name}
              onChange={(e) => setName(e.target.value)}
            />
            <Refusal error={deed.error} />
            <Button type="submit" look="primary" full busy={deed.isPending}>
              {m.found}
            </Button>
          </form>
        )}
      </Dialog>
    </>
  );
}
