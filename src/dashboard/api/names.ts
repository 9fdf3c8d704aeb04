/** Names that a project has: of properties and of scores. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import type { ScoreKind } from '../../model/score.ts';
import type { KnownNames } from '../words/where.ts';
import { ask, queryOf } from './client.ts';

export const propertiesQuery = queryOptions({
  queryKey: ['properties', 'names'],
  queryFn: ({ signal }) =>
    ask<{ properties: { name: string; values: number }[] }>('GET', '/properties', undefined, signal),
  staleTime: 30_000,
});

export const propertyValuesQuery = (name: string) =>
  queryOptions({
    queryKey: ['properties', 'values', name],
    queryFn: ({ signal }) =>
      ask<{ values: string[] }>(
        'GET',
        `/properties/${encodeURIComponent(name)}/values${queryOf({ limit: 20 })}`,
        undefined,
        signal,
      ),
    staleTime: 30_000,
  });

export const scoreNamesQuery = queryOptions({
  queryKey: ['scores', 'names'],
  queryFn: ({ signal }) => ask<{ scores: { name: string; kind: ScoreKind }[] }>('GET', '/scores', undefined, signal),
  staleTime: 30_000,
});

/** Undefined until they are there. */
export function useKnownNames(): KnownNames | undefined {
  const properties = useQuery(propertiesQuery);
  const scores = useQuery(scoreNamesQuery);
  if (properties.data === undefined || scores.data === undefined) return undefined;
  return {
    properties: properties.data.properties.map(({ name }) => name),
    scores: [...new Set(scores.data.scores.map(({ name }) => name))],
  };
}
