#!/usr/bin/env node
/**
 * Starts the command line where Node is new enough. This file itself must be readable by a Node that is not (12 and
 * later), so that its user gets advice and not a syntax error.
 */
import { existsSync } from 'fs';
import { fileURLToPath } from 'url';

const OLDEST = 24;
const [major] = process.versions.node.split('.').map(Number);

if (major < OLDEST) {
  process.stderr.write(
    `Gradeway needs Node ${OLDEST} or later; this is ${process.version}.\n` +
      'In its own folder, npm start and npm run bring the right one along. Elsewhere, install it from https://nodejs.org.\n',
  );
  process.exitCode = 64;
} else {
  const built = new URL('../dist/cli/main.js', import.meta.url);
  const source = new URL('../src/cli/main.ts', import.meta.url);
  void import(existsSync(fileURLToPath(built)) ? built.href : source.href).then(({ main }) =>
    main(process.argv.slice(2)),
  );
}
