/** A file's SHA-256 as 64 hexadecimal digits, computed in a worker. */
export function sha256(file: Blob, signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./hash.worker.ts', import.meta.url), { type: 'module' });
    const end = () => worker.terminate();
    signal?.addEventListener('abort', () => {
      end();
      reject(new DOMException('aborted', 'AbortError'));
    });
    worker.onmessage = ({ data }: MessageEvent<{ sha256?: string; error?: string }>) => {
      end();
      if (data.sha256) resolve(data.sha256);
      else reject(new Error(data.error));
    };
    worker.onerror = (event) => {
      end();
      reject(new Error(event.message));
    };
    worker.postMessage(file);
  });
}
