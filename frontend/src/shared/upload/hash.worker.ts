// Away from the page's thread, a part at a time; no WebAssembly, which the content policy forbids.
import { PART_BYTES } from './parts';
import { Sha256 } from './sha256';

const hex = (digest: ArrayBuffer) =>
  Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');

self.onmessage = async ({ data }: MessageEvent<Blob>) => {
  try {
    const whole = new Sha256();
    const parts: string[] = [];
    for (let at = 0; at < data.size; at += PART_BYTES) {
      const part = await data.slice(at, at + PART_BYTES).arrayBuffer();
      parts.push(hex(await crypto.subtle.digest('SHA-256', part)));
      whole.update(new Uint8Array(part));
    }
    self.postMessage({ sha256: whole.digest(), parts });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};
