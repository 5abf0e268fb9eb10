import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { type Answer, call, queryClient, read, useDeed } from '@/shared/api';
import { named, pick } from '@/shared/i18n';
import { Button, Choice, Notice, PageHead, Panel, Refusal, Show, TextField } from '@/shared/ui';
import { m } from './messages';

/** What the editor shows as chosen from the start is chosen. */
const BEGUN = { authoritative: 'zh', currency: 'CNY', award_count: 1 } as const;

type Party = Answer<'/api/v1/officer/organisations'>;

/** A new topic: its rules, who pays, who will use the result. */
export default function NewTopic() {
  const rules = useQuery(read('/api/v1/rule-sets'));
  const navigate = useNavigate();
  const [ruleSet, setRuleSet] = useState<string | null>(null);
  const [funder, setFunder] = useState<Party | null>(null);
  const [user, setUser] = useState<Party | null>(null);
  const [hint, setHint] = useState(false);
  const deed = useDeed(
    (body: { rule_set_id: string; funder_id: string; end_user_id: string }, key: string) =>
      call('post', '/api/v1/officer/topics', { body: { ...body, text: BEGUN }, key }),
    (topic) => navigate({ to: '/desk/topics/$topicId', params: { topicId: topic.id } }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const chosen = ruleSet ?? rules.data?.[0]?.id;
    if (chosen && funder && user) deed.mutate({ rule_set_id: chosen, funder_id: funder.id, end_user_id: user.id });
    else setHint(true);
  };
  return (
    <>
      <PageHead title={m.title} sub={m.sub} />
      <Show of={rules}>
        {(sets) => (
          <div className="form">
            <Panel>
              <form className="stack4" onSubmit={submit}>
                <Choice label={m.rules} value={ruleSet ?? sets[0]?.id} onChange={(e) => setRuleSet(e.target.value)}>
                  {sets.map((set) => (
                    <option key={set.id} value={set.id}>
                      {pick(set.rules.title)} v{set.rules.version}
                    </option>
                  ))}
                </Choice>
                <Finder label={m.funder} found={funder} onFound={setFunder} />
                <Finder label={m.endUser} hint={m.endUserHint} found={user} onFound={setUser} />
                {hint && !(funder && user) && (
                  <Notice tone="warn" live="alert">
                    {m.needBoth}
                  </Notice>
                )}
                <Refusal error={deed.error} />
                <Button type="submit" look="primary" busy={deed.isPending}>
                  {m.go}
                </Button>
              </form>
            </Panel>
          </div>
        )}
      </Show>
    </>
  );
}

function Finder({
  label,
  hint,
  found,
  onFound,
}: {
  label: string;
  hint?: string;
  found: Party | null;
  onFound: (party: Party | null) => void;
}) {
  const [code, setCode] = useState('');
  const [missing, setMissing] = useState<string | null>(null);
  const find = async (uscc: string) => {
    setCode(uscc);
    setMissing(null);
    onFound(null);
    const plain = uscc.trim().toUpperCase();
    if (plain.length !== 18) return;
    try {
      onFound(await queryClient.fetchQuery(read('/api/v1/officer/organisations', { query: { uscc: plain } })));
    } catch (error) {
      setMissing((error as { status?: number }).status === 404 ? m.notFound : (error as Error).message);
    }
  };
  return (
    <div>
      <TextField
        label={label}
        hint={hint}
        className="mono"
        maxLength={18}
        error={missing}
        value={code}
        onChange={(e) => void find(e.target.value)}
      />
      <p role="status" className="sm t-ok">
        {found && named(m.found, pick(found.name))}
      </p>
    </div>
  );
}
