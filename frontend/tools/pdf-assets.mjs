// After `vite build`, which empties the folder: what pdf.js reads at run time (character maps, standard fonts), from our own origin.
import { cp } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const from = fileURLToPath(new URL('../node_modules/pdfjs-dist', import.meta.url));
const to = fileURLToPath(new URL('../../src/jiebang/web/pages', import.meta.url));
for (const folder of ['cmaps', 'standard_fonts']) await cp(`${from}/${folder}`, `${to}/${folder}`, { recursive: true });
