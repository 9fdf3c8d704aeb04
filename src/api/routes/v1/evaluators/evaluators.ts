/** Evaluators at /api/v1: files are listed, those of the project made, changed and deleted. Trying one out: trial.ts; pausing one: pauses.ts. */
import { z } from 'zod';
import { GatewayError } from '../../../../errors.ts';
import { MOST_EVALUATORS, putDefinition } from '../../../../evaluation/put-definition.ts';
import { type GivenDefinition, givenDefinitionSchema, namelessDefinitionSchema } from '../../../../model/definition.ts';
import type { Pause } from '../../../../model/pause.ts';
import {
  type PutEvaluator,
  putEvaluatorSchema,
  type ShownEvaluator,
  shownEvaluatorSchema,
  wholeEvaluatorSchema,
  wholeVersionSchema,
} from '../../../../model/shown-evaluator.ts';
import { type DefinedEvaluator, WAITING } from '../../../../store/definitions.ts';
import { refuse } from '../../../answers.ts';
import { type DescribedRoute, describedRoute } from '../../../described-route.ts';
import type { ApiParts } from '../../../route.ts';
import { evaluatorParams, shownDefined, shownFile, shownSettings, versionParams } from './schemas.ts';

/** Throws `not_found`. */
export function unknownEvaluator(name: string): GatewayError {
  return new GatewayError('not_found', {
    message: `There is no evaluator "${name}". GET /api/v1/evaluators lists those that there are.`,
  });
}

export function evaluatorRoutes(parts: ApiParts): DescribedRoute[] {
  const { definitions, pauses } = parts.store;
  return [
    describedRoute({
      method: 'GET',
      path: '/api/v1/evaluators',
      scope: 'read',
      tag: 'evaluators',
      summary: 'Evaluators: files, and those of the project',
      answers: {
        200: {
          description: 'By name. Problems are of files that are no evaluators.',
          schema: z.object({
            evaluators: z.array(shownEvaluatorSchema),
            problems: z.array(z.object({ file: z.string(), message: z.string() })),
          }),
        },
      },
      async handle({ principal: { projectId } }) {
        const paused = await pausesOf(projectId);
        const defined = (await definitions.list(projectId)).map((one) =>
          shownDefined(one, problemOf(one), paused.get(one.newest.definition.name)),
        );
        const evaluators = [...files(paused), ...defined].toSorted((one, other) => (one.name < other.name ? -1 : 1));
        return { evaluators, problems: fileProblems() };
      },
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/evaluators',
      scope: 'admin',
      tag: 'evaluators',
      summary: 'Make an evaluator',
      description: 'With `online` it looks at live logs from now on.',
      body: givenDefinitionSchema,
      answers: { 201: { description: 'Its first version.', schema: putEvaluatorSchema } },
      async handle({ body, principal: { projectId } }) {
        if ((await definitions.find(projectId, body.name)) !== undefined)
          throw new GatewayError('conflict', {
            message: `There is an evaluator "${body.name}" already. PUT /api/v1/evaluators/${body.name} makes its next version.`,
          });
        return put(projectId, body);
      },
    }),
    describedRoute({
      method: 'GET',
      path: '/api/v1/evaluators/:evaluator',
      scope: 'read',
      tag: 'evaluators',
      summary: 'One evaluator with its versions',
      params: evaluatorParams,
      answers: { 200: { description: 'Its newest version, and what others there are.', schema: wholeEvaluatorSchema } },
      async handle({ params: { evaluator: name }, principal: { projectId } }) {
        const found = await definitions.find(projectId, name);
        const paused = await pausesOf(projectId);
        if (found !== undefined) {
          const versions = await definitions.versions(projectId, name);
          const settings = shownSettings(found.newest.definition);
          return { ...shownDefined(found, problemOf(found), paused.get(name)), settings, versions };
        }
        const file = files(paused).find((one) => one.name === name);
        if (file === undefined) throw unknownEvaluator(name);
        return { ...file, settings: null, versions: [] };
      },
    }),
    describedRoute({
      method: 'PUT',
      path: '/api/v1/evaluators/:evaluator',
      scope: 'admin',
      tag: 'evaluators',
      summary: 'Make an evaluator, or its next version',
      description:
        'Versions never change: jobs that wait run on the version they were made for. The same definition again makes none. Without ' +
        '`online` the rule of live logs stays as it is; null takes it away.',
      params: evaluatorParams,
      body: namelessDefinitionSchema,
      answers: { 200: { description: 'The newest version.', schema: putEvaluatorSchema } },
      handle: async ({ params: { evaluator: name }, body, principal: { projectId } }) =>
        put(projectId, { ...body, name }),
    }),
    describedRoute({
      method: 'GET',
      path: '/api/v1/evaluators/:evaluator/versions/:version',
      scope: 'read',
      tag: 'evaluators',
      summary: 'One version of an evaluator, also of one that was deleted',
      params: versionParams,
      answers: {
        200: {
          description: 'As it was put.',
          schema: wholeVersionSchema,
        },
      },
      async handle({ params: { evaluator: name, version }, principal: { projectId } }) {
        const found = await definitions.findVersion(projectId, name, version);
        if (found === undefined) throw await unknownVersion(projectId, name, version);
        const { createdAtMs, definition } = found;
        return {
          version: found.version,
          createdAtMs,
          definition: { ...definition, settings: shownSettings(definition) },
        };
      },
    }),
    describedRoute({
      method: 'DELETE',
      path: '/api/v1/evaluators/:evaluator',
      scope: 'admin',
      tag: 'evaluators',
      summary: 'Delete an evaluator',
      description: 'Its scores stay, and its versions can be read.',
      params: evaluatorParams,
      query: z.object({
        waiting: z
          .enum(WAITING)
          .default('finish')
          .describe('What becomes of its jobs that wait: they finish on their version, or are dropped.'),
      }),
      answers: {
        200: {
          description: 'It is deleted.',
          schema: z.object({ name: z.string(), deleted: z.literal(true), dropped: z.number().describe('Jobs.') }),
        },
      },
      async handle({ params: { evaluator: name }, query: { waiting }, principal: { projectId } }) {
        refuseManaged(name, await definitions.find(projectId, name));
        if (!(await definitions.remove(projectId, name, { managedBy: 'api', waiting, nowMs: Date.now() })))
          throw unknownEvaluator(name);
        // Nothing is given to it any more when its jobs are dropped.
        await parts.evaluation.changed();
        const dropped = waiting === 'drop' ? await definitions.dropJobs(projectId, name) : 0;
        return { name, deleted: true, dropped };
      },
    }),
  ];

  function files(paused: ReadonlyMap<string, Pause> = new Map()): ShownEvaluator[] {
    return parts
      .evaluators()
      .filter(({ projectId }) => projectId === null)
      .map((one) => shownFile(one, paused.get(one.name)));
  }

  async function pausesOf(projectId: string): Promise<Map<string, Pause>> {
    return new Map((await pauses.list(projectId)).map((pause) => [pause.evaluator, pause]));
  }

  function fileProblems(): { file: string; message: string }[] {
    return parts.evaluation
      .problems()
      .flatMap(({ file, projectId, message }) => (projectId === undefined ? [{ file, message }] : []));
  }

  function problemOf({ newest: { projectId, definition } }: DefinedEvaluator): string | undefined {
    return parts.evaluation.problems().find((one) => one.projectId === projectId && one.file === definition.name)
      ?.message;
  }

  async function put(projectId: string, given: GivenDefinition): Promise<PutEvaluator> {
    const { name } = given;
    refuseManaged(name, await definitions.find(projectId, name));
    const options = { projectId, managedBy: 'api', nowMs: Date.now() } as const;
    const done = await putDefinition(given, { definitions, check: (one) => parts.evaluation.check(one) }, options);
    if ('member' in done) {
      refuse(new Map([[`body.${done.member}`, { message: done.message }]]));
      throw new GatewayError('validation_failed');
    }
    if ('refused' in done) throw done.refused === 'managed' ? managed(name, 'gradeway.yaml') : full();
    await parts.evaluation.changed();
    const found = await definitions.find(projectId, name);
    if (found === undefined) throw unknownEvaluator(name);
    return { ...shownDefined(found, problemOf(found), (await pausesOf(projectId)).get(name)), isNew: done.isNew };
  }

  /** Throws `conflict` where it is not the API's to change. */
  function refuseManaged(name: string, found: DefinedEvaluator | undefined): void {
    if (files().some((one) => one.name === name)) throw managed(name, 'a file of the folder of evaluators');
    const broken = fileProblems().find(({ file }) => file.startsWith(`${name}.`));
    if (broken) throw managed(name, `the file ${broken.file}`);
    if (found?.newest.managedBy === 'config') throw managed(name, 'gradeway.yaml');
  }

  async function unknownVersion(projectId: string, name: string, version: string): Promise<GatewayError> {
    const versions = await definitions.versions(projectId, name);
    if (versions.length === 0) return unknownEvaluator(name);
    const known = versions.slice(0, 10).map((one) => one.version);
    return new GatewayError('not_found', {
      message: `"${name}" has no version ${version}. It has ${known.join(', ')}${versions.length > 10 ? ' and older ones' : ''}.`,
    });
  }
}

function managed(name: string, by: string): GatewayError {
  return new GatewayError('conflict', {
    message: `"${name}" is defined by ${by}. Change it there, or take another name.`,
  });
}

function full(): GatewayError {
  return new GatewayError('conflict', {
    message: `This project has ${MOST_EVALUATORS} evaluators, as many as it may. Delete one first.`,
  });
}
