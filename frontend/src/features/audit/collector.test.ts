import { describe, expect, it, vi } from 'vitest';
import { ApiProblem } from '@/shared/api';
import { Collector, type Progress } from './collector';

const LIST = ['a', 'b', 'c'];

function served(fails: (call: number) => unknown = () => null) {
  const asked: (string | undefined)[] = [];
  const told: Progress[] = [];
  const waited: number[] = [];
  const collector = new Collector<string>(
    async (at) => {
      asked.push(at);
      const error = fails(asked.length);
      if (error) throw error;
      const i = at === undefined ? 0 : Number(at);
      return { page: LIST[i]!, rows: 10, next: i + 1 < LIST.length ? String(i + 1) : null };
    },
    (progress) => told.push(progress),
    async (seconds) => {
      waited.push(seconds);
    },
  );
  return { collector, asked, told, waited };
}

describe('collecting a long list', () => {
  it('goes on to the last page', async () => {
    const { collector, asked, told } = served();
    expect(await collector.run()).toBe(true);
    expect(collector.pages).toEqual(LIST);
    expect(asked).toEqual([undefined, '1', '2']);
    expect(told.at(-1)).toEqual({ kind: 'done', rows: 30 });
  });

  it('keeps what it has when the network stops, and goes on from there', async () => {
    const away = new ApiProblem(0, { code: 'offline', detail: '' });
    const { collector, asked, told } = served((call) => (call === 2 ? away : null));
    expect(await collector.run()).toBe(false);
    expect(told.at(-1)).toEqual({ kind: 'paused', rows: 10, error: away });
    expect(await collector.run()).toBe(true);
    expect(collector.pages).toEqual(LIST);
    expect(asked).toEqual([undefined, '1', '1', '2']);
  });

  it('waits as long as the server asks', async () => {
    const busy = new ApiProblem(429, { code: 'rate', detail: '' }, 7);
    const { collector, told, waited } = served((call) => (call === 3 ? busy : null));
    expect(await collector.run()).toBe(true);
    expect(waited).toEqual([7]);
    expect(told).toContainEqual({ kind: 'waiting', rows: 20, seconds: 7 });
    expect(collector.pages).toEqual(LIST);
  });

  it('stops when told to', async () => {
    const told: Progress[] = [];
    const collector = new Collector<string>(
      (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      (progress) => told.push(progress),
    );
    const done = collector.run();
    await vi.waitFor(() => expect(told).toHaveLength(1));
    collector.stop();
    expect(await done).toBe(false);
    expect(told.at(-1)).toEqual({ kind: 'paused', rows: 0, error: null });
  });
});
