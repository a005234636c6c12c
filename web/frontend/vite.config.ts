import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

// `FERNAMT` names a running service for `npm run dev`.
const service = process.env['FERNAMT'] ?? 'http://127.0.0.1:8080';

/** What one packet carries arrives no sooner when it is smaller. */
const ONE_PACKET = 1400;

/** Lays each text compressed beside itself, for browsers that take it so. */
function compressed(): Plugin {
  const folder = join(import.meta.dirname, 'dist');
  return {
    name: 'fernamt-compressed',
    apply: 'build',
    writeBundle() {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        const file = join(entry.parentPath, entry.name);
        if (!entry.isFile() || entry.parentPath.endsWith('.vite') || !['.js', '.css', '.html', '.svg'].includes(extname(file))) continue;
        const text = readFileSync(file);
        if (text.length <= ONE_PACKET) continue;
        writeFileSync(`${file}.br`, brotliCompressSync(text));
        writeFileSync(`${file}.gz`, gzipSync(text, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [svelte(), compressed()],
  build: {
    target: 'es2022',
    // The content policy allows files of our own only: nothing may end up inline.
    assetsInlineLimit: 0,
    // Which files a part of the screens needs: tests weigh them.
    manifest: true,
    modulePreload: { polyfill: false },
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': { target: service, ws: true } },
  },
});
