import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Steps, Upload } from './uploader';

class Down extends Error {}
const file = new File(['x'.repeat(100)], 'a.pdf');

function made(over: Partial<Steps<string, string>> = {}) {
  const log: string[] = [];
  const steps: Steps<string, string> = {
    hash: async () => 'h',
    announce: async () => {
      log.push('announce');
      return 'id';
    },
    send: async (_, __, ___, { onProgress }) => {
      log.push('send');
      onProgress(100);
    },
    complete: async () => void log.push('complete'),
    isPassing: (e) => e instanceof Down,
    ...over,
  };
  const upload = new Upload(file, steps, () => {});
  return { upload, log };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('an upload', () => {
  it('hashes, announces, sends, completes', async () => {
    const { upload, log } = made();
    await upload.start();
    expect(upload.state.kind).toBe('done');
    expect(log).toEqual(['announce', 'send', 'complete']);
  });

  it('sends nothing when paused while the announcement was under way', async () => {
    let announced: (id: string) => void = () => {};
    const { upload, log } = made({ announce: () => new Promise((resolve) => (announced = resolve)) });
    const started = upload.start();
    await vi.advanceTimersByTimeAsync(0);
    upload.pause();
    announced('id');
    await started;
    expect(log).toEqual([]);
    expect(upload.state.kind).toBe('paused');
    await upload.start();
    expect(log).toEqual(['send', 'complete']);
  });

  it('waits for the network and announces once', async () => {
    let away = 3;
    const { upload, log } = made({
      send: async () => {
        if (away-- > 0) throw new Down();
        log.push('send');
      },
    });
    await upload.start();
    expect(upload.state.kind).toBe('waiting');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(upload.state.kind).toBe('done');
    expect(log).toEqual(['announce', 'send', 'complete']);
  });

  it('says why when trying again cannot help', async () => {
    const { upload } = made({ announce: () => Promise.reject(new Error('too large')) });
    await upload.start();
    expect(upload.state).toMatchObject({ kind: 'failed' });
  });
});
