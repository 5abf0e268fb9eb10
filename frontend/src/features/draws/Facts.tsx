/** What everybody may know of a draw: its steps with their instants, who committed to what, who revealed it. */
import {
  IconCheck,
  IconDice5,
  IconHash,
  IconHourglass,
  IconLockOpen,
  IconSnowflake,
  IconSpeakerphone,
} from '@tabler/icons-react';
import type { Answer } from '@/shared/api';
import { dateTime } from '@/shared/lib/time';
import { When } from '@/shared/ui';
import { m } from './messages';
import './style.css';

/** A draw as everybody sees it; the platform is the first of its parties. */
export type Draw = Answer<'/api/v1/topics/{topic_id}/draw-commitments'>[number];
type Desk = Answer<'/api/v1/officer/topics/{topic_id}/draws'>[number];
export type Party = Draw['parties'][number]['party'];
const PARTIES = ['platform', 'agency', 'supervisor', 'applicants'] as const;

/** The desk's view of a draw, as everybody sees it. */
export function published(draw: Desk): Draw {
  const { commitment, created_at, drawn_at } = draw;
  const platform = { party: 'platform', commitment, committed_at: created_at, revealed_at: drawn_at } as const;
  return { ...draw, committed_at: created_at, parties: [platform, ...draw.parties] };
}

/** Which parties a step still waits for. */
export function missing(draw: Draw): Party[] {
  const owes = (party: Party) => {
    const found = draw.parties.find((p) => p.party === party);
    return draw.status === 'seed_committed' ? !found : draw.status === 'frozen' && found && !found.revealed_at;
  };
  return PARTIES.filter((party) => party !== 'platform' && owes(party));
}

const ICONS = {
  announced: IconSpeakerphone,
  committed: IconHash,
  frozen: IconSnowflake,
  revealed: IconLockOpen,
  drawn: IconDice5,
};

export function DrawSteps({ draw }: { draw: Draw }) {
  const latest = (instants: (string | null)[]) => {
    const known = instants.filter((at) => at !== null).map((at) => Date.parse(at));
    return known.length > 0 ? new Date(Math.max(...known)).toISOString() : null;
  };
  const others = draw.parties.filter((p) => p.party !== 'platform');
  const all = missing(draw).length === 0;
  const waiting = draw.status === 'seed_committed';
  const steps = [
    { name: 'announced', done: true, at: draw.committed_at },
    {
      name: 'committed',
      done: !waiting || all,
      at: waiting && !all ? null : latest(draw.parties.map((p) => p.committed_at)),
      until: draw.commit_by,
    },
    { name: 'frozen', done: draw.frozen_at !== null, at: draw.frozen_at },
    {
      name: 'revealed',
      done: draw.status === 'drawn' || (draw.status === 'frozen' && all),
      at: latest(others.map((p) => p.revealed_at)),
      until: draw.status === 'drawn' ? null : draw.reveal_by,
    },
    { name: 'drawn', done: draw.status === 'drawn', at: draw.drawn_at },
  ] as const;
  const now = steps.findIndex((s) => !s.done);
  return (
    <ol className="steps" aria-label={m.stepsLabel}>
      {steps.map((s, i) => {
        const Icon = s.done ? IconCheck : i === now ? IconHourglass : ICONS[s.name];
        return (
          <li
            key={s.name}
            className={s.done ? 'done' : i === now ? 'now' : undefined}
            aria-current={i === now ? 'step' : undefined}
          >
            <Icon className="i" aria-hidden />
            {m.steps[s.name]}
            <small>
              {s.done ? s.at && <When at={s.at} /> : 'until' in s && s.until ? m.until(dateTime(s.until)) : ' '}
            </small>
          </li>
        );
      })}
    </ol>
  );
}

/** Commitments and shares, party by party. */
export function PartyTable({ draw }: { draw: Draw }) {
  return (
    <table className="tbl cards mid parties">
      <thead>
        <tr>
          <th scope="col">{m.party}</th>
          <th scope="col">{m.commitment}</th>
          <th scope="col">{m.committedAt}</th>
          <th scope="col">{m.revealedAt}</th>
        </tr>
      </thead>
      <tbody>
        {PARTIES.map((party) => {
          const found = draw.parties.find((p) => p.party === party);
          const none = draw.status === 'seed_committed' ? m.notCommitted : m.absent;
          return (
            <tr key={party}>
              <th scope="row">
                <span className="nw">{m.parties[party]}</span>
              </th>
              <td data-l={m.commitment}>
                {found ? <span className="mono hash">{found.commitment}</span> : <span className="mut">{none}</span>}
              </td>
              <td data-l={m.committedAt}>
                {found ? <When at={found.committed_at} /> : <span className="mut">—</span>}
              </td>
              <td data-l={m.revealedAt}>
                {found ? <Revealed draw={draw} party={found} /> : <span className="mut">—</span>}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Revealed({ draw, party }: { draw: Draw; party: Draw['parties'][number] }) {
  if (party.revealed_at)
    return (
      <span className="t-ok">
        <When at={party.revealed_at} />
      </span>
    );
  if (draw.status === 'drawn') return <span className="t-warn">{m.silent}</span>;
  if (party.party === 'platform') return <span className="mut">{m.withDraw}</span>;
  return <span className="mut">{draw.status === 'frozen' ? m.owed : '—'}</span>;
}
