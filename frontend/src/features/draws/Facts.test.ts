import { describe, expect, it } from 'vitest';
import { type Draw, missing, published } from './Facts';

const at = '2026-04-10T06:00:00Z';
const party = (name: string, revealed: string | null = null) => ({
  party: name,
  commitment: '00',
  committed_at: at,
  revealed_at: revealed,
});
const draw = (status: Draw['status'], ...parties: ReturnType<typeof party>[]) =>
  ({ status, parties: [party('platform'), ...parties] }) as unknown as Draw;

describe('what a draw waits for', () => {
  it('is commitments before the roster is frozen, never the platform’s', () => {
    expect(missing(draw('seed_committed'))).toEqual(['agency', 'supervisor', 'applicants']);
    expect(missing(draw('seed_committed', party('supervisor'), party('agency')))).toEqual(['applicants']);
  });

  it('is the shares of those who committed, afterwards', () => {
    expect(missing(draw('frozen', party('agency'), party('supervisor', at)))).toEqual(['agency']);
    expect(missing(draw('frozen', party('agency', at)))).toEqual([]);
    expect(missing(draw('drawn', party('agency')))).toEqual([]);
  });
});

describe('the desk’s view of a draw', () => {
  it('is published with the platform as the first of its parties', () => {
    const desk = { commitment: 'ab', created_at: at, drawn_at: null, parties: [party('agency')] };
    expect(published(desk as never).parties).toEqual([
      { party: 'platform', commitment: 'ab', committed_at: at, revealed_at: null },
      party('agency'),
    ]);
  });
});
