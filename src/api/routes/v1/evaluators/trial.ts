/** Trying evaluators out at /api/v1: a draft or one that there is, on a log, on pasted JSON or on the newest logs. Nothing is stored. */
import { z } from 'zod';
import { GatewayError } from '../../../../errors.ts';
import type { Attempt } from '../../../../evaluation/attempt.ts';
import { definitionSchema, draftSchema, type Versioned } from '../../../../model/definition.ts';
import { type Tried, triedSchema } from '../../../../model/shown-evaluator.ts';
import { refuse } from '../../../answers.ts';
import { type DescribedRoute, describedRoute } from '../../../described-route.ts';
import type { ApiParts } from '../../../route.ts';
import { unknownEvaluator } from './evaluators.ts';
import { evaluatorParams, versionText } from './schemas.ts';
import { pastedLog, pastedLogSchema } from './pasted-log.ts';

const MOST_NEWEST = 5;
/** For finding the newest logs. */
const QUESTION_MS = 5000;

const subjectMembers = {
  logId: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('On this log: its own id, its request id, or the provider’s id of its answer.'),
  log: pastedLogSchema
    .optional()
    .describe('On this: a log as GET /api/v1/logs/{id} gives it, of which all may be left out.'),
  newest: z
    .number()
    .int()
    .min(1)
    .max(MOST_NEWEST)
    .optional()
    .describe('On so many of the newest logs. Where nothing is said, on 5.'),
  datapoint: z
    .strictObject({ input: z.unknown(), target: z.unknown(), metadata: z.record(z.string(), z.unknown()).optional() })
    .optional()
    .describe('What an evaluator that needs a target compares with.'),
};
type Subjects = z.infer<z.ZodObject<typeof subjectMembers>>;

/** One of the ways to say on what. */
function refuseTwo({ logId, log, newest }: Subjects, context: z.RefinementCtx): void {
  const given = Object.entries({ logId, log, newest }).filter(([, value]) => value !== undefined);
  if (given.length > 1)
    context.addIssue({ code: 'custom', path: [given[1]![0]], message: `send either this or \`${given[0]![0]}\`` });
}

const draftBody = z.strictObject({ definition: draftSchema, ...subjectMembers }).superRefine(refuseTwo);
const namedBody = z
  .strictObject({ version: versionText.optional().describe('The newest where absent.'), ...subjectMembers })
  .superRefine(refuseTwo);

const answers = {
  200: {
    description: 'For each log what came of it, the newest first.',
    schema: z.object({ results: z.array(triedSchema) }),
  },
};

export function trialRoutes(parts: ApiParts): DescribedRoute[] {
  const { definitions, logs, questions } = parts.store;
  return [
    describedRoute({
      method: 'POST',
      path: '/api/v1/evaluators/test',
      scope: 'admin',
      tag: 'evaluators',
      summary: 'Try a definition before it is put',
      description: 'Nothing of it is stored, but the calls that a judge makes have logs, as they cost what they cost.',
      body: draftBody,
      answers,
      async handle({ body: { definition, ...subjects }, principal: { projectId } }) {
        const checked = await parts.evaluation.check({ definition: definitionSchema.parse(definition), projectId });
        if ('member' in checked) {
          refuse(new Map([[`body.definition.${checked.member}`, { message: checked.message }]]));
          throw new GatewayError('validation_failed');
        }
        const draft = { projectId, version: 'draft', managedBy: 'api', createdAtMs: Date.now(), definition: checked };
        return attempt(draft as Versioned, projectId, subjects);
      },
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/evaluators/:evaluator/test',
      scope: 'admin',
      tag: 'evaluators',
      summary: 'Try an evaluator',
      description: 'Any version of it, or a file. Nothing is stored, as with a draft.',
      params: evaluatorParams,
      body: namedBody,
      bodyOptional: true,
      answers,
      handle: async ({ params: { evaluator: name }, body: { version, ...subjects }, principal: { projectId } }) =>
        attempt(await found(projectId, name, version), projectId, subjects),
    }),
  ];

  async function found(projectId: string, name: string, version: string | undefined): Promise<Versioned | string> {
    const newest = await definitions.find(projectId, name);
    if (newest !== undefined) {
      const wanted = version === undefined ? newest.newest : await definitions.findVersion(projectId, name, version);
      if (wanted !== undefined) return wanted;
      throw new GatewayError('not_found', {
        message: `"${name}" has no version ${version}. The newest is ${newest.newest.version}.`,
      });
    }
    const file = parts.evaluators().find((one) => one.projectId === null && one.name === name);
    if (file === undefined) throw unknownEvaluator(name);
    if (version === undefined || version === file.version) return name;
    throw new GatewayError('not_found', {
      message: `The file of "${name}" is version ${file.version}, and has no others.`,
    });
  }

  async function attempt(what: Attempt['what'], projectId: string, subjects: Subjects): Promise<{ results: Tried[] }> {
    const on = await subjectsOf(projectId, subjects);
    const results = await parts.evaluation.attempt({ what, projectId, on });
    return {
      results: results.map(({ outcome }, index) => {
        const one = on[index]!;
        const { printed, rendered = null, costUsd = null, durationMs } = outcome;
        return {
          logId: 'log' in one ? one.log.id : null,
          outcome: outcome.outcome,
          scores: outcome.outcome === 'scored' ? outcome.scores : [],
          code: outcome.outcome === 'failed' ? outcome.code : null,
          reason: outcome.outcome === 'failed' ? outcome.message : outcome.outcome === 'scored' ? null : outcome.reason,
          printed,
          rendered,
          costUsd,
          durationMs,
        };
      }),
    };
  }

  async function subjectsOf(projectId: string, subjects: Subjects): Promise<Attempt['on']> {
    const { logId, log, newest = MOST_NEWEST, datapoint } = subjects;
    const withDatapoint = datapoint && { datapoint };
    if (log !== undefined) return [{ subject: pastedLog(log, projectId), ...withDatapoint }];
    if (logId !== undefined) {
      const stored = await logs.find(projectId, logId);
      if (stored === undefined) throw new GatewayError('not_found', { message: `There is no log ${logId}.` });
      return [{ log: stored, ...withDatapoint }];
    }
    const page = await questions.list({
      projectId,
      // Calls of judges are never evaluated.
      filter: { property: 'judge', present: false },
      fromMs: null,
      toMs: null,
      order: { by: 'startedAtMs', direction: 'desc' },
      after: null,
      offset: 0,
      limit: newest,
      bodies: false,
      timeLimitMs: QUESTION_MS,
    });
    const ids = page.logs.map(({ id }) => id);
    const stored = new Map((await logs.getMany(ids)).map((one) => [one.id, one]));
    return ids.flatMap((id) => {
      const one = stored.get(id);
      return one === undefined ? [] : [{ log: one, ...withDatapoint }];
    });
  }
}
