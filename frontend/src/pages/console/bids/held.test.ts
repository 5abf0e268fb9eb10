import { expect, it } from 'vitest';
import { byApplication } from './held';

const copy = (application_id: string, status: string, held_code: string | null = null) => ({
  application_id,
  receipt_no: `JB-${application_id}`,
  status,
  held_code,
});

it('names an application once, with the reason and the seats that miss it', () => {
  const copies = [copy('a', 'held', 'document.form'), copy('a', 'held', 'document.form'), copy('a', 'pending')];
  expect(byApplication([...copies, copy('b', 'released')])).toEqual([
    { application_id: 'a', receipt_no: 'JB-a', code: 'document.form', seats: 2 },
  ]);
});
