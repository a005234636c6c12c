// The page of the tests' browser phone: one file, put together from the front end's own packages.
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export default {
  root: here('.'),
  publicDir: false,
  resolve: { alias: { jssip: here('../../../web/frontend/node_modules/jssip') } },
  build: {
    target: 'es2022',
    emptyOutDir: false,
    lib: { entry: here('phone.js'), formats: ['es'], fileName: () => 'phone.js' },
  },
};
