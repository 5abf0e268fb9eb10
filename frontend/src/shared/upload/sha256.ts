/** SHA-256 (FIPS 180-4) of a file that is read piece by piece, which the browser's own digest cannot do. */
const primes = (() => {
  const found: number[] = [];
  for (let n = 2; found.length < 64; n++) if (found.every((p) => n % p)) found.push(n);
  return found;
})();
const fraction = (x: number) => ((x - Math.floor(x)) * 2 ** 32) | 0;
const K = Int32Array.from(primes, (p) => fraction(Math.cbrt(p)));

export class Sha256 {
  private readonly state = Int32Array.from(primes.slice(0, 8), (p) => fraction(Math.sqrt(p)));
  private readonly words = new Int32Array(64);
  private rest = new Uint8Array(0);
  private length = 0;

  update(data: Uint8Array): void {
    this.length += data.length;
    let from = data;
    if (this.rest.length > 0) {
      from = new Uint8Array(this.rest.length + data.length);
      from.set(this.rest);
      from.set(data, this.rest.length);
    }
    const whole = from.length - (from.length % 64);
    const view = new DataView(from.buffer, from.byteOffset, from.byteLength);
    for (let at = 0; at < whole; at += 64) this.block(view, at);
    this.rest = from.slice(whole);
  }

  /** 64 hexadecimal digits; nothing may be added afterwards. */
  digest(): string {
    const bits = this.length * 8;
    const end = new Uint8Array((this.rest.length < 56 ? 64 : 128) - this.rest.length);
    end[0] = 0x80;
    const view = new DataView(end.buffer);
    view.setUint32(end.length - 8, Math.floor(bits / 2 ** 32));
    view.setUint32(end.length - 4, bits >>> 0);
    this.update(end);
    return Array.from(this.state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  private block(view: DataView, at: number): void {
    const w = this.words;
    const s = this.state as unknown as number[] as [number, number, number, number, number, number, number, number];
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15] as number;
      const y = w[i - 2] as number;
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (s1 + (w[i - 7] as number) + s0 + (w[i - 16] as number)) | 0;
    }
    let [a, b, c, d, e, f, g, h] = s;
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const one = (h + s1 + ((e & f) ^ (~e & g)) + (K[i] as number) + (w[i] as number)) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + one) | 0;
      d = c;
      c = b;
      b = a;
      a = (one + two) | 0;
    }
    s[0] += a;
    s[1] += b;
    s[2] += c;
    s[3] += d;
    s[4] += e;
    s[5] += f;
    s[6] += g;
    s[7] += h;
  }
}
