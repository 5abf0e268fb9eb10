/** A large file in parts, some at once; a part that has arrived is not sent again. */
/** As the API cuts them: files are hashed by these before it is asked. */
export const PART_BYTES = 8 << 20;
const LANES = 3;

export type Signed = { url: string; headers: Record<string, string> };
export type Io = { signal: AbortSignal; onProgress: (sent: number) => void };
export type Sending = {
  file: Blob;
  partBytes: number;
  /** Numbers, from 1, that the store has. */
  arrived: readonly number[];
  sign: (number: number, signal: AbortSignal) => Promise<Signed>;
  put: (link: Signed, body: Blob, io: Io) => Promise<void>;
};

/** Send what is missing. The first fault stops every lane; so does the signal, also a lane that waits for its link. */
export async function sendParts({ file, partBytes, arrived, sign, put }: Sending, io: Io): Promise<void> {
  const sent = new Map<number, number>();
  const piece = (number: number) => file.slice((number - 1) * partBytes, number * partBytes);
  const tell = (number: number, bytes: number) => {
    sent.set(number, bytes);
    io.onProgress([...sent.values()].reduce((sum, some) => sum + some, 0));
  };
  const missing: number[] = [];
  for (let number = 1; (number - 1) * partBytes < file.size; number++) {
    if (arrived.includes(number)) tell(number, piece(number).size);
    else missing.push(number);
  }
  const stop = new AbortController();
  const signal = AbortSignal.any([io.signal, stop.signal]);
  const lane = async () => {
    for (let number = missing.shift(); number !== undefined; number = missing.shift()) {
      signal.throwIfAborted();
      const of = number;
      const link = await sign(of, signal);
      signal.throwIfAborted();
      await put(link, piece(of), { signal, onProgress: (bytes) => tell(of, bytes) });
      tell(of, piece(of).size);
    }
  };
  try {
    await Promise.all(Array.from({ length: LANES }, lane));
  } catch (error) {
    stop.abort();
    throw error;
  }
}
