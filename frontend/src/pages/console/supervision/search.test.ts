import { describe, expect, it } from 'vitest';
import { queryOf } from './search';

const SOMEBODY = '7d0f2c1e-6c1b-4f0a-9f5e-2a61c3d4e5f6';

describe('a search of the audit log', () => {
  it('is what the address says', () => {
    expect(queryOf({ action: 'topic.', actor: SOMEBODY, since: '2026-11-01T00:00:00.000Z' })).toEqual({
      action: 'topic.',
      actor_id: SOMEBODY,
      object_id: undefined,
      topic_id: undefined,
      since: '2026-11-01T00:00:00.000Z',
      until: undefined,
    });
  });

  it('leaves out what somebody broke', () => {
    const broken = queryOf({ action: 'Topic; drop', actor: 'me', object: `${SOMEBODY}x`, since: 'yesterday' });
    expect(Object.values(broken).filter((value) => value !== undefined)).toEqual([]);
  });
});
