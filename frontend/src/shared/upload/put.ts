/** Milliseconds without any progress after which a transfer is given up. */
const STILL = 45_000;

/** PUT a body straight to storage, with progress (which fetch cannot tell). */
export function put(
  url: string,
  headers: Record<string, string>,
  body: Blob,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (sent: number) => void },
): Promise<void> {
  return new Promise((resolve, reject) => {
    // Somebody who paused while the link was on its way wants nothing sent any more.
    if (signal.aborted) return reject(new DOMException('aborted', 'AbortError'));
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal.addEventListener('abort', abort);
    request.open('PUT', url);
    for (const [name, value] of Object.entries(headers)) {
      // The browser sets these itself and forbids pages to.
      if (!/^(host|content-length)$/i.test(name)) request.setRequestHeader(name, value);
    }
    // A network that went away without a word ends nothing by itself.
    let still: ReturnType<typeof setTimeout>;
    const moved = () => {
      clearTimeout(still);
      still = setTimeout(() => {
        reject(new StorageError(0));
        request.abort();
      }, STILL);
    };
    request.upload.onprogress = (event) => {
      moved();
      onProgress(event.loaded);
    };
    request.onload = () => (request.status < 300 ? resolve() : reject(new StorageError(request.status)));
    request.onerror = () => reject(new StorageError(0));
    request.onabort = () => reject(new DOMException('aborted', 'AbortError'));
    request.onloadend = () => {
      clearTimeout(still);
      signal.removeEventListener('abort', abort);
    };
    moved();
    request.send(body);
  });
}

/** Storage refused or was not reached (`status` 0). */
export class StorageError extends Error {
  constructor(readonly status: number) {
    super(`storage answered ${status}`);
    this.name = 'StorageError';
  }
}
