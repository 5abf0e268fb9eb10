import { expect, it } from 'vitest';
import { fromField, toField } from './beijing';

it('is Beijing time whatever the zone of this machine', () => {
  expect(fromField('2026-12-18T17:00')).toBe('2026-12-18T09:00:00.000Z');
  expect(toField('2026-12-31T16:30:00Z')).toBe('2027-01-01T00:30');
  expect(fromField(toField('2026-12-18T09:00:00Z'))).toBe('2026-12-18T09:00:00.000Z');
  expect(fromField('2026-12')).toBeNull();
  expect(toField(null)).toBe('');
});
