// The browser's own SHA-256, away from the page's thread; no WebAssembly, which the content policy forbids.
self.onmessage = async ({ data }: MessageEvent<Blob>) => {
  try {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await data.arrayBuffer()));
    self.postMessage({ sha256: Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('') });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};
