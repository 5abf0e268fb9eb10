// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { type Sending, sendParts } from './parts';
import { Sha256 } from './sha256';

const file = new Blob([new Uint8Array(95)]);

/** A store behind a fake network. */
function store(over: Partial<Sending> = {}) {
  const sizes = new Map<number, number>();
  const sending: Sending = {
    file,
    partBytes: 10,
    arrived: [...sizes.keys()],
    sign: async (number) => ({ url: String(number), headers: {} }),
    put: async ({ url }, body, { onProgress }) => {
      onProgress(body.size);
      sizes.set(Number(url), body.size);
    },
    ...over,
  };
  return { sizes, sending };
}
const io = (signal = new AbortController().signal) => {
  const told: number[] = [];
  return { told, signal, onProgress: (sent: number) => void told.push(sent) };
};

describe('a file in parts', () => {
  it('arrives whole, and tells how much has', async () => {
    const { sizes, sending } = store();
    const to = io();
    await sendParts(sending, to);
    expect([...sizes.keys()].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(sizes.get(10)).toBe(5);
    expect(to.told.at(-1)).toBe(95);
  });

  it('sends only what the store lacks, counting what it has', async () => {
    const { sizes, sending } = store({ arrived: [1, 2, 3, 4, 5, 6, 7, 10] });
    const to = io();
    await sendParts(sending, to);
    expect([...sizes.keys()]).toEqual([8, 9]);
    expect(to.told).toContain(75);
    expect(to.told.at(-1)).toBe(95);
  });

  it('starts no PUT for a link that comes after a pause', async () => {
    const links: (() => void)[] = [];
    const { sizes, sending } = store({
      sign: (number) => new Promise((resolve) => links.push(() => resolve({ url: String(number), headers: {} }))),
    });
    const pause = new AbortController();
    const sent = sendParts(sending, io(pause.signal));
    pause.abort();
    for (const link of links) link();
    await expect(sent).rejects.toThrow();
    expect(links).toHaveLength(3);
    expect(sizes.size).toBe(0);
  });

  it('stops every lane at the first fault', async () => {
    const signed: number[] = [];
    const { sending } = store({
      sign: async (number) => {
        signed.push(number);
        return { url: String(number), headers: {} };
      },
      put: ({ url }, _, { signal }) =>
        url === '2'
          ? Promise.reject(new Error('away'))
          : new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    });
    await expect(sendParts(sending, io())).rejects.toThrow('away');
    expect(signed).toEqual([1, 2, 3]);
  });
});

describe('SHA-256 in pieces', () => {
  it.each([0, 1, 55, 56, 63, 64, 65, 119, 1000, 100_003])('of %i bytes is the browser’s', async (size) => {
    const data = Uint8Array.from({ length: size }, (_, i) => (i * 31 + size) % 251);
    const known = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
    const hex = Array.from(known, (byte) => byte.toString(16).padStart(2, '0')).join('');
    for (const step of [1, 63, 64, 1000]) {
      const hash = new Sha256();
      for (let at = 0; at < size; at += step) hash.update(data.subarray(at, at + step));
      expect(hash.digest()).toBe(hex);
    }
  });
});
