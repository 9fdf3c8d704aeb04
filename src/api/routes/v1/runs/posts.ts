/** What others post into a run at /api/v1: outputs of their own system, results of their own evaluators, scores that people give. */
import { z } from 'zod';
import { GatewayError } from '../../../../errors.ts';
import { chatMessageSchema } from '../../../../model/datapoint.ts';
import { newId } from '../../../../model/id.ts';
import { type Run, type RunOutput, type RunResult } from '../../../../model/run.ts';
import { scoreKind, scoreValueSchema } from '../../../../model/score.ts';
import { runOutputSchema } from '../../../../model/shown-run.ts';
import { exchangeOfOutput } from '../../../../offline/runs/posted-output.ts';
import { type DescribedRoute, describedRoute } from '../../../described-route.ts';
import type { ApiParts } from '../../../route.ts';
import { findRun, refuseEnded, repetitionSchema, runParams } from './schemas.ts';

/** Of one call. */
const MOST = 500;
const datapointId = z.guid({ error: 'it must be the id of a datapoint, a UUID' });
const usd = z.number().min(0).optional();

const givenOutputSchema = z
  .strictObject({
    datapointId,
    repetition: repetitionSchema,
    logId: z
      .string()
      .max(200)
      .optional()
      .describe('The output is this log of the project: your system called through the gateway.'),
    output: z
      .union([z.string().max(1_000_000), chatMessageSchema])
      .optional()
      .describe("What came out: a text, or an assistant's message in OpenAI's shape."),
    failure: z.string().min(1).max(4000).optional().describe('Why there is no output.'),
    messages: z.array(chatMessageSchema).optional().describe('What was sent, where it is not what the datapoint says.'),
    model: z.string().max(200).optional(),
    durationMs: z.number().min(0).optional(),
    costUsd: usd,
    usage: z.strictObject({ inputTokens: z.number().int().min(0), outputTokens: z.number().int().min(0) }).optional(),
  })
  .superRefine(({ logId, output, failure }, context) => {
    if ([logId, output, failure].filter((one) => one !== undefined).length !== 1)
      context.addIssue({ code: 'custom', path: ['output'], message: 'send one of output, logId and failure' });
  });
type GivenOutput = z.output<typeof givenOutputSchema>;

const givenResultSchema = z
  .strictObject({
    datapointId,
    repetition: repetitionSchema,
    evaluator: z.string().min(1).max(100),
    name: z.string().min(1).max(200).optional().describe("Of the score; the evaluator's where it is left out."),
    value: scoreValueSchema.nullable().optional().describe('Null: it abstains.'),
    failure: z.string().min(1).max(4000).optional().describe('Why it gave none.'),
    reason: z.string().max(4000).nullable().default(null),
    version: z.string().max(64).default(''),
    durationMs: z.number().min(0).nullable().default(null),
    costUsd: usd,
  })
  .superRefine(({ value, failure }, context) => {
    if ((value === undefined) === (failure === undefined))
      context.addIssue({ code: 'custom', path: ['value'], message: 'send either value or failure' });
  });
type GivenResult = z.output<typeof givenResultSchema>;

export function runPostRoutes(parts: ApiParts): DescribedRoute[] {
  const { runs, datasets, logs } = parts.store;
  return [
    describedRoute({
      method: 'POST',
      path: '/api/v1/runs/:run/outputs',
      scope: 'score',
      tag: 'runs',
      summary: 'Post outputs of your own system',
      description:
        'Into a run whose outputs are `posted`. Each becomes a log, unless it is one. One that is there already stays.',
      params: runParams,
      body: z.strictObject({ outputs: z.array(givenOutputSchema).min(1).max(MOST) }),
      answers: { 200: { description: 'As they were kept.', schema: z.object({ outputs: z.array(runOutputSchema) }) } },
      async handle({ params, body, principal: { projectId } }) {
        const run = await findRun(runs, projectId, params.run);
        refuseEnded(run);
        if (run.spec.outputs.from !== 'posted')
          throw new GatewayError('conflict', {
            message: `The outputs of this run are ${run.spec.outputs.from}, not posted.`,
          });
        const places = await placesOf(run, body.outputs, 'outputs');
        const kept: RunOutput[] = [];
        for (const [index, given] of body.outputs.entries())
          kept.push(await outputOf(run, given, places[index]!, index));
        await runs.putOutputs(run.id, kept, true);
        return { outputs: kept.map(({ requestHash: _hash, ...output }) => output) };
      },
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/runs/:run/results',
      scope: 'score',
      tag: 'runs',
      summary: 'Post results of your own evaluators, or of people',
      description:
        'Of evaluators that the run names with `posted: true`. A result replaces those of the same evaluator and output.',
      params: runParams,
      body: z.strictObject({ results: z.array(givenResultSchema).min(1).max(MOST) }),
      answers: { 200: { description: 'They are kept.', schema: z.object({ kept: z.number() }) } },
      async handle({ params, body, principal: { projectId } }) {
        const run = await findRun(runs, projectId, params.run);
        if (run.state === 'cancelled' || run.state === 'failed') refuseEnded(run);
        const places = await placesOf(run, body.results, 'results');
        const results = body.results.map((given, index) => resultOf(run, given, places[index]!, index));
        await runs.putResults(run.id, results, true);
        return { kept: results.length };
      },
    }),
  ];

  async function placesOf(
    run: Run,
    given: readonly { datapointId: string; repetition: number }[],
    at: string,
  ): Promise<Place[]> {
    const { name, version } = run.spec.dataset;
    const ids = [...new Set(given.map((one) => one.datapointId.toLowerCase()))];
    const found = await datasets.byId(run.projectId, name, version!, ids);
    const byId = new Map(found.map((datapoint) => [datapoint.id, datapoint]));
    const seen = new Set<string>();
    return given.map((one, index) => {
      const datapoint = byId.get(one.datapointId.toLowerCase());
      if (datapoint === undefined)
        throw problem(
          `${at}.${index}.datapointId`,
          `version ${version} of the dataset "${name}" has no such datapoint`,
        );
      if (one.repetition >= run.spec.repetitions)
        throw problem(`${at}.${index}.repetition`, `the run has ${run.spec.repetitions}, counted from 0`);
      const key = `${datapoint.id} ${one.repetition}`;
      if (at === 'outputs' && seen.has(key)) throw problem(`${at}.${index}`, 'it is there twice');
      seen.add(key);
      return { datapoint, repetition: one.repetition };
    });
  }

  async function outputOf(
    run: Run,
    given: GivenOutput,
    { datapoint, repetition }: Place,
    index: number,
  ): Promise<RunOutput> {
    const common = {
      position: datapoint.position,
      repetition,
      datapointId: datapoint.id,
      failure: given.failure ?? null,
      requestHash: null,
      costUsd: given.costUsd ?? null,
      durationMs: given.durationMs ?? null,
      atMs: Date.now(),
    };
    if (given.failure !== undefined) return { ...common, logId: null };
    if (given.logId !== undefined) {
      const log = await logs.find(run.projectId, given.logId);
      if (log === undefined) throw problem(`outputs.${index}.logId`, 'there is no such log');
      return { ...common, logId: log.id, costUsd: given.costUsd ?? log.costUsd };
    }
    const there = await runs.outputOf(run.id, datapoint.id, repetition);
    if (there?.logId) return there;
    const nowMs = Date.now();
    const id = newId(nowMs);
    const around = { id, projectId: run.projectId, run: run.spec.name, datapoint, nowMs };
    await parts.record(exchangeOfOutput({ ...given, output: given.output! }, around));
    return { ...common, logId: id };
  }
}

interface Place {
  datapoint: Awaited<ReturnType<ApiParts['store']['datasets']['byId']>>[number];
  repetition: number;
}

function resultOf(run: Run, given: GivenResult, { datapoint, repetition }: Place, index: number): RunResult {
  const evaluator = run.spec.evaluators.find(({ name }) => name === given.evaluator);
  if (evaluator === undefined)
    throw problem(`results.${index}.evaluator`, `the run has no evaluator "${given.evaluator}"`);
  if (!evaluator.posted)
    throw problem(
      `results.${index}.evaluator`,
      `"${given.evaluator}" runs here; only what is named with posted: true is posted`,
    );
  const { value = null, failure, returns = evaluator.returns } = { ...given, returns: evaluator.returns };
  if (value !== null && returns !== undefined && scoreKind(value) !== returns)
    throw problem(`results.${index}.value`, `"${given.evaluator}" returns a ${returns}`);
  return {
    position: datapoint.position,
    repetition,
    evaluator: given.evaluator,
    name: given.name ?? given.evaluator,
    version: given.version || (evaluator.version ?? ''),
    outcome: failure !== undefined ? 'failed' : value === null ? 'abstained' : 'scored',
    value,
    reason: failure ?? given.reason,
    code: null,
    durationMs: given.durationMs,
    costUsd: given.costUsd ?? null,
    atMs: Date.now(),
  };
}

function problem(at: string, message: string): GatewayError {
  return new GatewayError('validation_failed', {
    message: `${at}: ${message}`,
    details: { [`body.${at}`]: { message } },
  });
}
