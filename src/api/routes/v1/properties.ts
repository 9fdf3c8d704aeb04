/** Properties of /api/v1: which names there are, the values of one, and setting one of a log. */
import { z } from 'zod';
import { GatewayError } from '../../../errors.ts';
import { isPropertyName, PROPERTY_LIMITS, propertyName, settingProblem } from '../../../model/property.ts';
import { refuse } from '../../answers.ts';
import { type DescribedRoute, describedRoute } from '../../described-route.ts';
import type { ApiParts } from '../../route.ts';
import { idParams, pageLimit } from './schemas.ts';

const NAME = z
  .string()
  .refine((name) => isPropertyName(name) && name.isWellFormed(), {
    error: 'a name has 1 to 128 characters, and no control characters',
  })
  .transform(propertyName)
  .describe('Name of the property, in any case.');

const valuesQuery = z.object({
  contains: z.string().max(PROPERTY_LIMITS.value).default('').describe('Part of the value, in any case.'),
  limit: pageLimit,
});

export function propertyRoutes(parts: ApiParts): DescribedRoute[] {
  const { questions, logs, edits } = parts.store;
  return [
    describedRoute({
      method: 'GET',
      path: '/api/v1/properties',
      scope: 'read',
      tag: 'properties',
      summary: 'Names of all properties',
      answers: {
        200: {
          description: 'By name, with how many values each has had.',
          schema: z.object({ properties: z.array(z.object({ name: z.string(), values: z.number() })) }),
        },
      },
      handle: async ({ principal }) => ({ properties: await questions.propertyNames(principal.projectId) }),
    }),
    describedRoute({
      method: 'GET',
      path: '/api/v1/properties/:name/values',
      scope: 'read',
      tag: 'properties',
      summary: 'Values of a property',
      description:
        'How many logs each has, and what they cost, is said by `POST /api/v1/statistics/logs`, grouped by it.',
      params: z.object({ name: NAME }),
      query: valuesQuery,
      answers: {
        200: {
          description: 'The most frequent among the newest logs first.',
          schema: z.object({ values: z.array(z.string()) }),
        },
      },
      handle: async ({ params: { name }, query: { contains, limit }, principal: { projectId } }) => ({
        values: await questions.propertyValues(projectId, name, contains, limit),
      }),
    }),
    describedRoute({
      method: 'PUT',
      path: '/api/v1/logs/:id/properties/:name',
      scope: 'score',
      tag: 'properties',
      summary: 'Set a property of a log',
      description: 'Replaces the one of this name. By an id that several logs share, of the newest.',
      params: idParams.extend({ name: NAME }),
      body: z.strictObject({
        value: z
          .string()
          .max(PROPERTY_LIMITS.value)
          .refine((value) => value.isWellFormed() && !value.includes('\0'), {
            error: 'NUL or half of a surrogate pair is in it',
          }),
      }),
      answers: { 200: { description: 'Set.', schema: z.object({ name: z.string(), value: z.string() }) } },
      async handle({ params: { id, name }, body: { value }, principal: { projectId } }) {
        const stored = await logs.find(projectId, id);
        const problem = stored && settingProblem(name, stored.properties);
        if (problem !== undefined) refuse(new Map([['path.name', { message: problem }]]));
        const found = stored && (await edits.setProperty(projectId, stored.id, name, value, Date.now()));
        if (!found) throw new GatewayError('not_found', { message: `There is no log ${id}.` });
        return { name, value };
      },
    }),
  ];
}
