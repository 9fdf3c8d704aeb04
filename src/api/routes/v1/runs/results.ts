/** What came of runs at /api/v1: cell by cell, summed up, compared with a baseline, judged by gates. */
import { z } from 'zod';
import { comparedRunSchema, runIntervalSchema, runSummarySchema } from '../../../../model/compared-run.ts';
import { runCellsSchema } from '../../../../model/shown-run.ts';
import { compareRuns } from '../../../../offline/comparison/compare-runs.ts';
import { directionsOf } from '../../../../offline/comparison/directions.ts';
import { gateSchema, GATE_VERDICTS, judgeAll, judgeGate } from '../../../../offline/comparison/gate.ts';
import { readRunScores } from '../../../../offline/comparison/run-scores.ts';
import { summarise } from '../../../../offline/comparison/summary.ts';
import { type DescribedRoute, describedRoute } from '../../../described-route.ts';
import type { ApiParts } from '../../../route.ts';
import { findRun, runParams } from './schemas.ts';

const level = z.coerce.number().gt(0.5).lt(1).default(0.95).describe('Of intervals.');
const comparisonSchema = z.strictObject({
  baseline: z.guid().describe('Id of the run that is compared with.'),
  level: z.number().gt(0.5).lt(1).default(0.95),
  seed: z.number().int().default(1).describe('For what is drawn at random: the same seed gives the same answer.'),
  resamples: z.number().int().min(100).max(20_000).default(10_000),
  worst: z.number().int().min(0).max(1000).default(20),
});

const gatesSchema = z.strictObject({
  gates: z.array(gateSchema).min(1).max(100),
  baseline: z.guid().optional(),
  level: z.number().gt(0.5).lt(1).default(0.95),
});

export function runResultRoutes(parts: ApiParts): DescribedRoute[] {
  const { runs } = parts.store;
  return [
    describedRoute({
      method: 'GET',
      path: '/api/v1/runs/:run/results',
      scope: 'read',
      tag: 'runs',
      summary: 'Outputs and results, datapoint by datapoint',
      params: runParams,
      query: z.object({
        from: z.coerce.number().int().min(0).default(0).describe('Position of the first datapoint.'),
        count: z.coerce.number().int().min(1).max(1000).default(100).describe('How many positions.'),
      }),
      answers: {
        200: {
          description: 'By position; the next page begins at `from` plus `count`.',
          schema: runCellsSchema,
        },
      },
      async handle({ params, query, principal: { projectId } }) {
        const run = await findRun(runs, projectId, params.run);
        const range = { from: query.from, to: query.from + query.count - 1 };
        const [outputs, results] = await Promise.all([runs.outputs(run.id, range), runs.results(run.id, range)]);
        return { outputs: outputs.map(({ requestHash: _hash, ...output }) => output), results };
      },
    }),
    describedRoute({
      method: 'GET',
      path: '/api/v1/runs/:run/summary',
      scope: 'read',
      tag: 'runs',
      summary: 'What a run came to, score by score',
      params: runParams,
      query: z.object({ level }),
      answers: {
        200: { description: 'With intervals; what gave no score is counted apart.', schema: runSummarySchema },
      },
      async handle({ params, query, principal: { projectId } }) {
        const run = await findRun(runs, projectId, params.run);
        return summarise(await readRunScores(runs, run), query.level);
      },
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/runs/:run/compare',
      scope: 'read',
      tag: 'runs',
      summary: 'Compare a run with a baseline',
      description:
        'Datapoint by datapoint, what got worse first. A verdict takes all scores that are compared into account.',
      params: runParams,
      body: comparisonSchema,
      answers: { 200: { description: 'By score.', schema: z.object({ scores: z.array(comparedRunSchema) }) } },
      async handle({ params, body: { baseline, ...options }, principal: { projectId } }) {
        const [run, before] = [await findRun(runs, projectId, params.run), await findRun(runs, projectId, baseline)];
        const [scores, others] = [await readRunScores(runs, run), await readRunScores(runs, before)];
        return {
          scores: compareRuns(others, scores, { ...options, better: directionsOf(parts.evaluators(), projectId) }),
        };
      },
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/runs/:run/gates',
      scope: 'read',
      tag: 'runs',
      summary: 'Judge a run by gates',
      params: runParams,
      body: gatesSchema,
      answers: {
        200: {
          description: 'Of all gates together, and of each.',
          schema: z.object({
            verdict: z.enum(GATE_VERDICTS),
            gates: z.array(
              z.object({
                gate: gateSchema,
                verdict: z.enum(GATE_VERDICTS),
                measured: z.number().nullable(),
                interval: runIntervalSchema,
                neededMore: z.number().nullable(),
                message: z.string(),
              }),
            ),
          }),
        },
      },
      async handle({ params, body, principal: { projectId } }) {
        const run = await findRun(runs, projectId, params.run);
        const baseline =
          body.baseline === undefined
            ? undefined
            : await readRunScores(runs, await findRun(runs, projectId, body.baseline));
        const scores = await readRunScores(runs, run);
        const options = {
          run: scores,
          baseline,
          better: directionsOf(parts.evaluators(), projectId),
          level: body.level,
        };
        const gates = body.gates.map((gate) => judgeGate(gate, options));
        return { verdict: judgeAll(gates), gates };
      },
    }),
  ];
}
