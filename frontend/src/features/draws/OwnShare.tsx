/** What a party does for a draw: makes a share, commits to it, reveals it. */
import { IconCircleCheck, IconDownload, IconPrinter } from '@tabler/icons-react';
import { type ChangeEvent, useEffect, useMemo, useState } from 'react';
import { call, useDeed } from '@/shared/api';
import { dateTime, now } from '@/shared/lib/time';
import { Button, Countdown, Dialog, Notice, Panel, Refusal, TextArea, When } from '@/shared/ui';
import type { Draw, Party } from './Facts';
import { m } from './messages';
import { grouped, type Kept, ShareKeeper, shareIn } from './share';
import './style.css';

type Props = {
  topic: { id: string; code: string; title: string };
  draw: Draw;
  party: Exclude<Party, 'platform'>;
  personId: string;
};

const PATHS = {
  officer: {
    commit: '/api/v1/officer/topics/{topic_id}/draws/{draw_id}/commitment',
    reveal: '/api/v1/officer/topics/{topic_id}/draws/{draw_id}/share',
  },
  applicants: {
    commit: '/api/v1/topics/{topic_id}/draws/{draw_id}/commitment',
    reveal: '/api/v1/topics/{topic_id}/draws/{draw_id}/share',
  },
} as const;

export function OwnShare({ topic, draw, party, personId }: Props) {
  const keeper = useMemo(() => ShareKeeper.of(draw.id, personId), [draw.id, personId]);
  const mine = draw.parties.find((p) => p.party === party);
  const ours = mine !== undefined && keeper.kept?.commitment === mine.commitment ? keeper.kept : null;
  const revealed = mine?.revealed_at ?? null;
  useEffect(() => {
    if (revealed) keeper.forget();
  }, [revealed, keeper]);
  return (
    <Panel title={m.own} aside={<span className="sm mut">{m.draw(draw.n)}</span>}>
      <div className="stack3">
        <p>{m.ownFor(m.parties[party])}</p>
        {!mine && draw.status === 'seed_committed' && <Commit {...{ topic, draw, party, keeper }} />}
        {!mine && draw.status !== 'seed_committed' && <p className="mut">{m.notParty}</p>}
        {mine && draw.status === 'seed_committed' && (
          <>
            <Done>
              {ours
                ? m.committed(dateTime(mine.committed_at))
                : (party === 'applicants' ? m.spokenFor : m.elsewhere)(dateTime(mine.committed_at))}
            </Done>
            {ours && <Slip {...{ topic, draw, party, kept: ours }} />}
          </>
        )}
        {mine && draw.status === 'frozen' && !revealed && (
          <Reveal {...{ topic, draw, party, commitment: mine.commitment, ours }} />
        )}
        {mine && revealed && <Done>{m.revealed(dateTime(revealed))}</Done>}
        {mine && draw.status === 'drawn' && !revealed && <Notice tone="warn">{m.missed}</Notice>}
      </div>
    </Panel>
  );
}

function Done({ children }: { children: string }) {
  return (
    <p>
      <IconCircleCheck className="i t-ok" aria-hidden /> {children}
    </p>
  );
}

function Commit({ topic, draw, party, keeper }: Omit<Props, 'personId'> & { keeper: ShareKeeper }) {
  const [kept, setKept] = useState<Kept | null>(null);
  const [taken, setTaken] = useState(false);
  const [hint, setHint] = useState(false);
  const paths = PATHS[party === 'applicants' ? 'applicants' : 'officer'];
  const deed = useDeed((commitment: string, key: string) =>
    call('post', paths.commit, { path: { topic_id: topic.id, draw_id: draw.id }, body: { commitment }, key }),
  );
  const late = Date.parse(draw.commit_by) <= now();
  return (
    <>
      <p className="mut">{m.ownAbout}</p>
      {late ? (
        <p className="t-warn">{m.lateCommit}</p>
      ) : (
        <p>
          {m.commitUntil} <When at={draw.commit_by} /> · <Countdown until={draw.commit_by} />
        </p>
      )}
      <Button
        look="primary"
        onClick={() => {
          deed.reset();
          setKept(keeper.take());
        }}
      >
        {m.make}
      </Button>
      <Dialog title={m.dialog} opened={kept !== null} onClose={() => setKept(null)}>
        {kept && (
          <div className="stack4">
            <p>{m.made}</p>
            <p className="mono hash">{grouped(kept.commitment)}</p>
            {!keeper.safe && <Notice tone="warn">{m.unsafe}</Notice>}
            <Slip {...{ topic, draw, party, kept }} onTaken={() => setTaken(true)} />
            {hint && !taken && (
              <p className="t-danger" role="alert">
                {m.takeFirst}
              </p>
            )}
            <Refusal error={deed.error} />
            <p className="row">
              <Button
                look="primary"
                busy={deed.isPending}
                onClick={() => (keeper.safe || taken ? deed.mutate(kept.commitment) : setHint(true))}
              >
                {m.commit}
              </Button>
              <Button onClick={() => setKept(null)}>{m.cancel}</Button>
            </p>
          </div>
        )}
      </Dialog>
    </>
  );
}

function Reveal({
  topic,
  draw,
  party,
  commitment,
  ours,
}: Omit<Props, 'personId'> & { commitment: string; ours: Kept | null }) {
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState(false);
  const paths = PATHS[party === 'applicants' ? 'applicants' : 'officer'];
  const deed = useDeed((share: string, key: string) =>
    call('post', paths.reveal, { path: { topic_id: topic.id, draw_id: draw.id }, body: { share }, key }),
  );
  const choose = async (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    event.target.value = '';
    if (!file) return;
    const given = file.size < 100_000 ? await file.text() : '';
    setText(given);
    setWrong(shareIn(given, commitment) === null);
  };
  const reveal = () => {
    const share = ours?.share ?? shareIn(text, commitment);
    if (share) deed.mutate(share);
    else setWrong(true);
  };
  const late = draw.reveal_by !== null && Date.parse(draw.reveal_by) <= now();
  return (
    <>
      {late ? (
        <p className="t-warn">{m.lateReveal}</p>
      ) : (
        draw.reveal_by && (
          <p>
            {m.revealUntil} <When at={draw.reveal_by} /> · <Countdown until={draw.reveal_by} />
          </p>
        )
      )}
      <p className="mut">{m.revealAbout}</p>
      {!ours && (
        <>
          <p>{m.fromSlip}</p>
          <label className="btn filebtn">
            <input type="file" className="vh" accept=".txt,text/plain" onChange={choose} />
            {m.slipFile}
          </label>
          <TextArea
            label={m.slipText}
            className="in grows mono"
            autoComplete="off"
            spellCheck={false}
            value={text}
            error={wrong ? m.notInSlip : undefined}
            onChange={(e) => {
              setText(e.target.value);
              setWrong(false);
            }}
          />
        </>
      )}
      <Refusal error={deed.error} />
      <Button look="primary" busy={deed.isPending} onClick={reveal}>
        {m.reveal}
      </Button>
    </>
  );
}

type SlipProps = Omit<Props, 'personId'> & { kept: Kept; onTaken?: () => void };

function Slip({ topic, draw, party, kept, onTaken }: SlipProps) {
  const lines: [string, string][] = [
    [m.slip.topic, `${topic.code} ${topic.title}`],
    [m.slip.draw, `${m.draw(draw.n)} (${draw.id})`],
    [m.slip.party, m.parties[party]],
    [m.slip.commitment, kept.commitment],
    [m.slip.share, grouped(kept.share)],
    [m.slip.until, draw.reveal_by ? dateTime(draw.reveal_by) : m.slip.untilFrozen],
    [m.slip.page, window.location.href],
  ];
  const download = () => {
    const text = [m.slip.title, '', ...lines.map(([label, value]) => `${label}\n  ${value}`), ''].join('\n');
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
    link.download = `${topic.code}-draw-${draw.n}-${party}.txt`;
    link.click();
    URL.revokeObjectURL(link.href);
    onTaken?.();
  };
  const print = () => {
    const page = document.documentElement;
    page.classList.add('printslip');
    window.addEventListener('afterprint', () => page.classList.remove('printslip'), { once: true });
    window.print();
    onTaken?.();
  };
  return (
    <>
      <p className="mut sm">{m.slipAbout}</p>
      <p className="row">
        <Button size="small" onClick={download}>
          <IconDownload className="i" aria-hidden />
          {m.download}
        </Button>
        <Button size="small" onClick={print}>
          <IconPrinter className="i" aria-hidden />
          {m.print}
        </Button>
      </p>
      <section className="shareslip" aria-hidden>
        <h2>{m.slip.title}</h2>
        <dl>
          {lines.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd className="mono hash">{value}</dd>
            </div>
          ))}
        </dl>
      </section>
    </>
  );
}
