// The last step of `npm run build`: writes .br and .gz beside every file that they make smaller, then routes.json,
// which tells the server that the build is whole.
import { copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const frontend = fileURLToPath(new URL("..", import.meta.url));
const folder = process.argv[2] ?? join(frontend, "../src/jiebang/web/pages");
const COMPRESSIBLE = new Set([".js", ".mjs", ".css", ".svg", ".json", ".txt", ".ttf"]);
const FORMS = [
  [".br", (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } })],
  [".gz", (bytes) => promisify(gzip)(bytes, { level: 9 })],
];

for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (!entry.isFile() || !COMPRESSIBLE.has(extname(path)) || path.includes(join(folder, ".vite"))) continue;
  const bytes = await readFile(path);
  for (const [suffix, compress] of FORMS) {
    const smaller = await compress(bytes);
    if (smaller.length < bytes.length) await writeFile(path + suffix, smaller);
  }
}
await copyFile(join(frontend, "routes.json"), join(folder, "routes.json"));
