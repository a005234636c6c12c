import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// `FERNAMT` names a running service for `npm run dev`.
const service = process.env['FERNAMT'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [svelte()],
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
