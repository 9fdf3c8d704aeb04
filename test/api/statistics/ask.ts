/** Asks for statistics, and holds every answer to the schema by which the OpenAPI document describes it. */
import { expect } from 'vitest';
import type { DescribedRoute } from '../../../src/api/described-route.ts';
import type { ApiParts } from '../../../src/api/route.ts';
import { comparisonRoutes } from '../../../src/api/routes/v1/statistics/comparison.ts';
import { histogramRoutes } from '../../../src/api/routes/v1/statistics/histogram.ts';
import { logStatisticsRoutes } from '../../../src/api/routes/v1/statistics/logs.ts';
import { scoreStatisticsRoutes } from '../../../src/api/routes/v1/statistics/scores.ts';
import { seriesRoutes } from '../../../src/api/routes/v1/statistics/series.ts';
import type { ServedApi } from '../served-api.ts';

const parts = { store: {} } as ApiParts;
const routes: DescribedRoute[] = [
  scoreStatisticsRoutes,
  logStatisticsRoutes,
  histogramRoutes,
  seriesRoutes,
  comparisonRoutes,
].flatMap((of) => of(parts));

export async function askStatistics(api: ServedApi, name: string, body: unknown): Promise<unknown> {
  const path = `/api/v1/statistics/${name}`;
  const { status, json, text } = await api.call('POST', path, body);
  expect([status, status === 200 ? '' : text]).toEqual([200, '']);
  const { schema } = routes.find((route) => route.path === path)!.described.answers[200]!;
  expect(schema!.parse(json)).toEqual(json);
  return json;
}
