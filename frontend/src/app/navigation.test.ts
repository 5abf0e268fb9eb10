import { describe, expect, it } from 'vitest';
import type { Session } from '@/shared/api';
import { navigation } from './navigation';

const session = (rights: string[], given: Partial<Session> = {}): Session => ({
  person_id: 'p',
  display_name: '测试人员',
  email: 'p@people.example',
  locale: 'zh-CN',
  org_id: 'o',
  org_roles: [],
  classes: ['member'],
  rights,
  csrf: '',
  ...given,
});
const at = (of: Session) => navigation(of).map((item) => item.to);

describe('the rail', () => {
  it('follows rights, not the names of roles', () => {
    expect(at(session([], { org_roles: ['agency_officer', 'supervisor'] }))).not.toContain('/desk/topics');
    expect(at(session(['topic.read']))).toContain('/desk/topics');
    expect(at(session(['topic.read']))).not.toContain('/supervision');
    expect(at(session(['topic.read', 'audit.read', 'expert.read']))).toEqual(
      expect.arrayContaining(['/desk/topics', '/desk/experts', '/supervision']),
    );
    expect(at(session(['topic.read', 'ledger.read']))).toContain('/ledger');
    expect(at(session(['topic.read']))).not.toContain('/ledger');
  });

  it('leads who works for no authority to challenges, his bids and the pool of experts', () => {
    expect(at(session(['milestone.confirm']))).toEqual(
      expect.arrayContaining(['/', '/applications', '/expertise', '/organisation']),
    );
    expect(at(session([], { org_id: null }))).not.toContain('/applications');
    for (const to of ['/', '/applications', '/expertise']) expect(at(session(['topic.read']))).not.toContain(to);
  });

  it('shows the review desk to reviewers alone', () => {
    expect(at(session([]))).not.toContain('/review');
    expect(at(session([], { classes: ['member', 'reviewer'] }))).toContain('/review');
  });
});
