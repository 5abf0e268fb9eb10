import { expect, it } from 'vitest';
import { STEPS, standing } from './steps';

const now = (...given: Parameters<typeof standing>) => STEPS.filter((step) => standing(...given)[step] === 'now');

it('takes an award list from its proposal to the contracts, one step at a time', () => {
  expect(now(undefined, 0, 0)).toEqual(['propose']);
  expect(now({ status: 'proposed', notice_id: null }, 1, 0)).toEqual(['decide']);
  expect(now({ status: 'decided', notice_id: null }, 1, 0)).toEqual(['notice']);
  expect(now({ status: 'decided', notice_id: 'n' }, 1, 0)).toEqual(['confirm']);
  expect(now({ status: 'confirmed', notice_id: 'n' }, 2, 1)).toEqual(['contract']);
  expect(now({ status: 'confirmed', notice_id: 'n' }, 2, 2)).toEqual([]);
});

it('never marks a step done before its turn', () => {
  expect(standing({ status: 'decided', notice_id: null }, 1, 0)).toEqual({
    propose: 'done',
    decide: 'done',
    notice: 'now',
    confirm: 'later',
    contract: 'later',
  });
});
