/** SHA-256 of a file and of its parts, each as 64 hexadecimal digits. */
export type Hashes = { sha256: string; parts: string[] };

/** A file's hashes, computed in a worker. */
export function hashes(file: Blob, signal?: AbortSignal): Promise<Hashes> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./hash.worker.ts', import.meta.url), { type: 'module' });
    const end = () => worker.terminate();
    signal?.addEventListener('abort', () => {
      end();
      reject(new DOMException('aborted', 'AbortError'));
    });
    worker.onmessage = ({ data }: MessageEvent<Partial<Hashes> & { error?: string }>) => {
      end();
      if (data.sha256 && data.parts) resolve({ sha256: data.sha256, parts: data.parts });
      else reject(new Error(data.error));
    };
    worker.onerror = (event) => {
      end();
      reject(new Error(event.message));
    };
    worker.postMessage(file);
  });
}
