/** README's table of Helicone's endpoints against the routes that there are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { apiRoutes, createApi } from '../../src/api/app.ts';
import type { ApiParts } from '../../src/api/route.ts';
import { tableOf } from './tables.ts';

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');

/** No route is called here: what they are made of is not asked for. */
const PARTS = { store: {}, webhooks: {}, metrics: {}, onJobs: () => {} } as unknown as ApiParts;

/** `METHOD /path` of every endpoint that a row of the table names; a path without a method has that of the one before. */
function endpointsOf(here: 'served' | 'no'): string[] {
  const rows = tableOf(readme, ["Helicone's endpoint", 'Here', 'Where it differs, and why']);
  return rows
    .filter(([, served]) => served === here)
    .flatMap(([cell]) => [...cell!.matchAll(/`([A-Z]+ \/[^`]+)`/g)].map(([, endpoint]) => endpoint!));
}

describe("README's table of Helicone's endpoints", () => {
  it('names every one that is served, and no other', () => {
    const served = apiRoutes(PARTS)
      .filter(({ path }) => /^\/(v1|\w+\/v1\/log)\b/.test(path))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)(\{.*?\}(?=\/|$))?/g, '{$1}')}`);
    expect(served.length).toBeGreaterThan(30);
    expect(endpointsOf('served').toSorted()).toEqual(served.toSorted());
  });

  it('names those that go upstream', () => {
    const api = createApi(PARTS);
    const missing = endpointsOf('no');
    expect(missing.length).toBeGreaterThan(5);
    for (const endpoint of missing) {
      const [method, path] = endpoint.replaceAll(/\{\w+\}/g, 'x').split(' ') as [string, string];
      expect([endpoint, api.handles(method, path)]).toEqual([endpoint, false]);
    }
  });
});
