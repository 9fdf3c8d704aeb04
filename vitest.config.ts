import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// Tests start hundreds of processes and threads that load the same files: what V8 makes of them is kept.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules', '.compile-cache');

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    // Hooks open databases and start servers, which takes long while the other worker keeps both cores busy.
    hookTimeout: 120_000,
    // Many tests race real processes and sockets against a shared machine's scheduler. One that fails twice in a row is broken.
    retry: process.env.CI ? 1 : 0,
    env: { NODE_ENV: 'test' },
  },
});
