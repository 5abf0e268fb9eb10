import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { type Access, CycleFrame } from '@/features/cycle/Frame';
import { Reason } from '@/features/duties/Reason';
import { call, useCan, useDeed, useSession } from '@/shared/api';
import { Button, Dialog, Need, Panel, Refusal, When } from '@/shared/ui';
import { Bars } from './Bars';
import { m } from './messages';
import { Reads } from './Reads';

const FREEZE = '/api/v1/officer/topics/{topic_id}/freeze';

/** When something went wrong: freeze a topic, take access away, find out who read what. */
export default function Incident() {
  const { topicId } = useParams({ from: '/work/desk/topics/$topicId/incident' });
  const handles = useCan()('incident.handle');
  return (
    <Need right="incident.reads">
      <CycleFrame
        topicId={topicId}
        page="incident"
        actions={() =>
          handles && (
            <Link className="btn no-print" to="/access">
              {m.hand}
            </Link>
          )
        }
      >
        {({ access }) => (
          <>
            <Freeze access={access} handles={handles} />
            <Bars access={access} handles={handles} />
            <Reads topicId={topicId} />
          </>
        )}
      </CycleFrame>
    </Need>
  );
}

function Freeze({ access, handles }: { access: Access; handles: boolean }) {
  const [asked, setAsked] = useState<'freeze' | 'thaw' | null>(null);
  const me = useSession().data?.person_id;
  const path = { topic_id: access.topic_id };
  const close = () => setAsked(null);
  const freeze = useDeed((reason: string) => call('post', FREEZE, { path, body: { reason } }), close);
  const thaw = useDeed((_: undefined) => call('delete', FREEZE, { path }), close);
  const ask = (deed: 'freeze' | 'thaw') => {
    freeze.reset();
    thaw.reset();
    setAsked(deed);
  };
  return (
    <Panel title={m.frozenTitle}>
      <div className="stack3">
        {access.frozen_at ? (
          <dl className="kv">
            <dt>{m.frozenAt}</dt>
            <dd>
              <When at={access.frozen_at} />
            </dd>
            <dt>{m.why}</dt>
            <dd className="text">{access.freeze_reason}</dd>
          </dl>
        ) : (
          <p className="mut">{m.running}</p>
        )}
        {handles &&
          (access.frozen_at ? (
            <Button className="no-print" onClick={() => ask('thaw')}>
              {m.thaw}
            </Button>
          ) : (
            <Button look="danger" className="no-print" onClick={() => ask('freeze')}>
              {m.freeze}
            </Button>
          ))}
      </div>
      <Reason
        copyKey={`freeze.${access.topic_id}.${me}`}
        title={m.freeze}
        sure={m.freezeSure}
        after={m.freezeAfter}
        opened={asked === 'freeze'}
        onClose={close}
        onReason={(reason, onSuccess) => freeze.mutate(reason, { onSuccess })}
        busy={freeze.isPending}
        error={freeze.error}
      />
      <Dialog title={m.thawTitle} opened={asked === 'thaw'} onClose={close}>
        <div className="stack4">
          <ul className="bullets">
            {m.thawAfter.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          <Refusal error={thaw.error} />
          <p className="row">
            <Button look="primary" busy={thaw.isPending} onClick={() => thaw.mutate(undefined)}>
              {m.thawSure}
            </Button>
            <Button onClick={close}>{m.cancel}</Button>
          </p>
        </div>
      </Dialog>
    </Panel>
  );
}
