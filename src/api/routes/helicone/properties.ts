/**
 * Properties: their names, their values, and what the calls with each value add up to.
 *
 *     POST /v1/property/query                        {}                 -> 200 { data: [{ property }], error }
 *     POST /v1/property/hide, /v1/property/restore   { key }            -> 200 { data: { ok: true }, error }; 404 where there is none
 *     POST /v1/property/hidden/query                                    -> 200 { data: [{ property }], error }
 *     POST /v1/property/{name}/search                { searchTerm }     -> 200 { data: [values], error }
 *     POST /v1/property/{name}/top-costs/query       { timeFilter }     -> 200 { data: [{ value, cost }], error }
 *     POST /v1/property/{name}/top-requests/query    { timeFilter }     -> 200 { data: [{ value, count }], error }
 *     POST /v1/property/properties/over-time         { propertyKey, userFilter, timeFilter, dbIncrement, timeZoneDifference }
 *         -> 200 { data: [{ property, total_cost, request_count, created_at_trunc }], error }
 *
 * Names are found in any case. The first ten values are told, and `Other` is what the rest adds up to.
 */
import { z } from 'zod';
import { GatewayError } from '../../../errors.ts';
import { FILTER_LIMITS } from '../../../model/filter.ts';
import { PROPERTY_LIMITS, propertyName } from '../../../model/property.ts';
import { json } from '../../answers.ts';
import { readJson } from '../../body.ts';
import type { ApiContext, ApiParts, Route } from '../../route.ts';
import { JSON_TYPE, brokenOff, listed, streamed } from '../../streamed.ts';
import { sliceOf } from '../../time-range.ts';
import { readFilter } from './filter.ts';
import { isoTime } from './iso-time.ts';
import { edgesOf, overTimeFields } from './over-time.ts';
import { parse, timeFilter } from './parse.ts';
import { type TopValues, topValues, valueSeries } from './property-values.ts';

const MOST_FOUND = 25;
const TOP = 10;

const keySchema = z.strictObject({ key: z.string().min(1).max(PROPERTY_LIMITS.name) });
const searchSchema = z.strictObject({ searchTerm: z.string().max(FILTER_LIMITS.text) });
const topSchema = z.strictObject({ timeFilter });
const overTimeSchema = z.strictObject({
  ...overTimeFields,
  propertyKey: z.string().min(1).max(PROPERTY_LIMITS.name),
});

export function propertyRoutes({ store, logger }: ApiParts): Route[] {
  const { questions, edits, scores } = store;

  const top = async (context: ApiContext, by: 'logs' | 'costUsd'): Promise<TopValues> => {
    const { start, end } = parse(topSchema, await readJson(context)).timeFilter;
    const slice = { projectId: context.var.principal.projectId, filter: null, fromMs: start, toMs: end };
    return topValues(questions, slice, nameOf(context), by, TOP);
  };

  const setHidden = async (context: ApiContext, hidden: boolean): Promise<Response> => {
    const { key } = parse(keySchema, await readJson(context));
    const found = await edits.setPropertyHidden(context.var.principal.projectId, key.toWellFormed(), hidden);
    if (!found)
      throw new GatewayError('not_found', { message: `There is no ${hidden ? '' : 'hidden '}property of this name` });
    return json({ data: { ok: true }, error: null });
  };

  async function* pointsOf(
    series: ReturnType<typeof valueSeries>,
    edges: readonly number[],
  ): AsyncGenerator<Record<string, unknown>> {
    let bucket = 0;
    for await (const sums of series) {
      const created_at_trunc = isoTime(edges[bucket]!);
      bucket += 1;
      for (const { value, logs, costUsd } of sums)
        yield { property: value, total_cost: costUsd, request_count: logs, created_at_trunc };
      // There, a bucket without calls is a point without a value.
      if (sums.length === 0) yield { property: '', total_cost: 0, request_count: 0, created_at_trunc };
    }
  }

  return [
    {
      method: 'POST',
      path: '/v1/property/query',
      scope: 'read',
      async handle(context) {
        const { projectId } = context.var.principal;
        const names = await questions.propertyNames(projectId);
        const hidden = new Set(await questions.hiddenProperties(projectId));
        const shown = names.filter(({ name }) => !hidden.has(name));
        return json({ data: shown.map(({ name }) => ({ property: name })), error: null });
      },
    },
    { method: 'POST', path: '/v1/property/hide', scope: 'score', handle: (context) => setHidden(context, true) },
    {
      method: 'POST',
      path: '/v1/property/hidden/query',
      scope: 'read',
      async handle(context) {
        const names = await questions.hiddenProperties(context.var.principal.projectId);
        return json({ data: names.map((property) => ({ property })), error: null });
      },
    },
    { method: 'POST', path: '/v1/property/restore', scope: 'score', handle: (context) => setHidden(context, false) },
    {
      method: 'POST',
      path: '/v1/property/:name/search',
      scope: 'read',
      async handle(context) {
        const { searchTerm } = parse(searchSchema, await readJson(context));
        const { projectId } = context.var.principal;
        const data = await questions.propertyValues(projectId, nameOf(context), searchTerm, MOST_FOUND);
        return json({ data, error: null });
      },
    },
    {
      method: 'POST',
      path: '/v1/property/:name/top-costs/query',
      scope: 'read',
      async handle(context) {
        const { top: values, rest } = await top(context, 'costUsd');
        const data = values.map(({ value, costUsd }) => ({ value, cost: costUsd }));
        if (rest.costUsd > 0) data.push({ value: 'Other', cost: rest.costUsd });
        return json({ data, error: null });
      },
    },
    {
      method: 'POST',
      path: '/v1/property/:name/top-requests/query',
      scope: 'read',
      async handle(context) {
        const { top: values, rest } = await top(context, 'logs');
        const data = values.map(({ value, logs }) => ({ value, count: logs }));
        if (rest.logs > 0) data.push({ value: 'Other', count: rest.logs });
        return json({ data, error: null });
      },
    },
    {
      method: 'POST',
      path: '/v1/property/properties/over-time',
      scope: 'read',
      async handle(context) {
        const query = parse(overTimeSchema, await readJson(context));
        const { projectId } = context.var.principal;
        const filterContext = { projectId, scoreNames: await scores.names(projectId) };
        const { filter } = readFilter(query.userFilter, filterContext, { field: 'userFilter' });
        const { start, end } = query.timeFilter;
        const edges = edgesOf(query, query.dbIncrement);
        const slice = sliceOf(projectId, filter, { fromMs: start, toMs: end + 1 });
        const series = valueSeries(questions, slice, propertyName(query.propertyKey), edges);
        const rows = listed(pointsOf(series, edges), '{"data":[', '],"error":null}');
        return streamed(context, rows, { status: 200, headers: JSON_TYPE, onFailure: brokenOff(logger) });
      },
    },
  ];
}

function nameOf(context: ApiContext): string {
  return propertyName(context.req.param('name')!);
}
