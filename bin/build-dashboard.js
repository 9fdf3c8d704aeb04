#!/usr/bin/env node
/**
 * Builds the dashboard, src/dashboard, into dist/dashboard, where the gateway finds it. Does nothing while what is there was
 * made of the same sources, so that `npm start` can always ask. With --watch it builds again at each change.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const ROOT = join(import.meta.dirname, '..');
const OUT = join(ROOT, 'dist/dashboard');
const STAMP = join(OUT, 'made-of.txt');
const SOURCES = ['src/dashboard', 'src/model', 'package-lock.json', 'bin/build-dashboard.js'];

// Of React the form for use, whoever asks for the build: tests have an environment of their own.
process.env.NODE_ENV = 'production';

const watch = process.argv.includes('--watch');
const madeOf = await hashOfSources();
if (!watch && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === madeOf) process.exit(0);
if (!existsSync(join(ROOT, 'src/dashboard/index.html'))) process.exit(0);

const vite = await import('vite').catch(() => undefined);
if (vite === undefined) {
  process.stderr.write(
    'The dashboard is not built: its tools are missing. npm ci installs them; the gateway runs without.\n',
  );
  process.exit(0);
}
const { default: tailwind } = await import('@tailwindcss/vite');

/** Built beside and then moved, so that a gateway that runs, or a build at the same time, never sees half of it. */
const made = watch ? OUT : `${OUT}.${process.pid}`;
await vite.build({
  root: join(ROOT, 'src/dashboard'),
  configFile: false,
  logLevel: watch ? 'info' : 'warn',
  plugins: [tailwind()],
  resolve: { dedupe: ['react', 'react-dom'] },
  build: {
    outDir: made,
    emptyOutDir: true,
    assetsDir: 'assets',
    // A page of our own policy takes no data: addresses but in images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    watch: watch ? {} : null,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      // Packages say where a server's part ends; there is none here.
      onLog: (level, log, next) => (log.code === 'MODULE_LEVEL_DIRECTIVE' ? undefined : next(level, log)),
    },
  },
});
if (!watch) {
  await compress(join(made, 'assets'));
  await writeFile(join(made, 'made-of.txt'), madeOf);
  const old = `${OUT}.old-${process.pid}`;
  await rename(OUT, old).catch(() => {});
  await rename(made, OUT).catch(() => rm(made, { recursive: true }));
  await rm(old, { recursive: true, force: true });
}

async function hashOfSources() {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    const path = join(ROOT, source);
    if (!existsSync(path)) continue;
    const names = source.includes('.')
      ? ['']
      : (await readdir(path, { recursive: true, withFileTypes: true }))
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
          .sort();
    for (const name of names) hash.update(`${source}/${name}\0`).update(await readFile(join(path, name)));
  }
  return hash.digest('hex');
}

/** Beside each file its compressed forms, so that serving costs nothing. */
async function compress(folder) {
  await mkdir(folder, { recursive: true });
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
  for (const name of await readdir(folder)) {
    if (!['.js', '.css', '.svg'].includes(extname(name))) continue;
    const bytes = await readFile(join(folder, name));
    await writeFile(join(folder, `${name}.br`), await promisify(brotliCompress)(bytes, brotli));
    await writeFile(join(folder, `${name}.gz`), await promisify(gzip)(bytes, { level: 9 }));
  }
}
