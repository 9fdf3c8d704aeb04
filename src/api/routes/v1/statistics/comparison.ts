/** Two slices of logs compared: before and after a change, one model and another, two versions of a prompt. */
import { comparisonAnswerSchema, type SliceComparison } from '../../../../model/statistics-answers.ts';
import { z } from 'zod';
import { type ScoreKind } from '../../../../model/score.ts';
import { described, NO_VALUES, type Values } from '../../../../statistics/description.ts';
import { describedRows } from '../../../../store/describing.ts';
import type { AggregateRow } from '../../../../store/aggregates.ts';
import { kindOfLogMeasure } from '../../../../store/rollups/log-values.ts';
import { refuse } from '../../../answers.ts';
import { type DescribedRoute, describedRoute } from '../../../described-route.ts';
import type { ApiParts } from '../../../route.ts';
import { sliceOf } from '../../../time-range.ts';
import { judgedTogether, type Pair } from '../../../statistics/compared.ts';
import { Evaluations } from '../../../statistics/evaluations.ts';
import { ascendingRange, levelField, questionOf } from '../../../statistics/question-parts.ts';
import { type LogOrScore, logMeasure, MEASURE_ERROR, scoreMeasure } from '../../../../model/asked-measure.ts';
import { measuresOf, WHOLE } from './scores.ts';
import { sliceShape } from '../slice-shape.ts';

const sliceSchema = (name: string): z.ZodType<Slice> =>
  z
    .strictObject({
      name: z.string().min(1).max(100).default(name).describe('What sentences call it.'),
      ...sliceShape,
    })
    .superRefine(ascendingRange);
interface Slice {
  name: string;
  filter: Parameters<typeof sliceOf>[1];
  fromMs: number | null;
  toMs: number | null;
}

const judgement = {
  higherIsBetter: z
    .boolean()
    .nullable()
    .optional()
    .describe(
      'Which direction is good; null for neither. True of a score that is named, false of what logs have, unless told.',
    ),
  minimumDifference: z
    .number()
    .positive()
    .optional()
    .describe(
      'The smallest difference that matters: how many more logs are needed is said for it, otherwise for the observed one.',
    ),
};

const bodySchema = z.strictObject({
  before: sliceSchema('before'),
  after: sliceSchema('after'),
  measures: z
    .array(z.union([scoreMeasure.extend(judgement), logMeasure.extend(judgement)], { error: MEASURE_ERROR }))
    .min(1)
    .max(200)
    .nullable()
    .default(null)
    .describe(
      'Null: all scores. Which direction of them is good nobody has said then, and what differs is `different`.',
    ),
  level: levelField,
});
type Asked = NonNullable<z.infer<typeof bodySchema>['measures']>[number];

const SPOKEN = {
  error: 'error share',
  durationMs: 'duration in ms',
  firstTokenMs: 'time to first token in ms',
  costUsd: 'cost in USD',
  inputTokens: 'input tokens',
  cachedInputTokens: 'cached input tokens',
  outputTokens: 'output tokens',
  totalTokens: 'total tokens',
};

export function comparisonRoutes(parts: ApiParts): DescribedRoute[] {
  const { questions, scores } = parts.store;
  return [
    describedRoute({
      method: 'POST',
      path: '/api/v1/statistics/compare',
      scope: 'read',
      tag: 'statistics',
      summary: 'Two slices of logs compared',
      description:
        'Better, worse, no difference shown, or how many more logs it takes. A difference is shown when its interval leaves 0 out. Of several measures each is held to the level of Holm, so that none stands out by chance. Logs are taken to be independent, and in one slice only: many logs of one session, or in both, make intervals too narrow.',
      body: bodySchema,
      answers: { 200: { description: 'In the order asked for; all scores by name.', schema: comparisonAnswerSchema } },
      async handle({ body, principal: { projectId } }) {
        const { before, after, level } = body;
        const [first, second] = [before, after].map(({ filter, ...range }) => sliceOf(projectId, filter, range));
        if (JSON.stringify(first) === JSON.stringify(second))
          refuse(
            new Map([['body.after', { message: 'it is the same slice as before. Send another filter or range' }]]),
          );
        const known = await scores.names(projectId);
        const asked = body.measures ?? everyScore(known);
        const measures = [
          ...measuresOf(asked.flatMap((one) => ('score' in one ? [one.score] : []))),
          ...asked.flatMap((one) => ('log' in one ? [{ log: one.log }] : [])),
        ];
        const [one, other] = await Promise.all([
          questions.aggregate(questionOf(projectId, before, { measures })),
          questions.aggregate(questionOf(projectId, after, { measures })),
        ]);
        const pairs = asked.flatMap((measure) => pairsOf(measure, one.rows, other.rows, known));
        const { judged, tests } = judgedTogether(pairs, level, { before: before.name, after: after.name });
        const looks = [one, other].map(({ rows }) => new Evaluations(describedRows(rows, level)));
        const side = (
          { measure, isKnown, kind }: AskedPair,
          values: Values,
          index: number,
        ): SliceComparison['before'] => ({
          statistics: isKnown ? described(kind, values, level) : null,
          evaluations: 'score' in measure ? looks[index]!.of(measure.score, WHOLE) : null,
        });
        return {
          comparisons: pairs.map((pair, index) => ({
            measure: pair.measure,
            kind: pair.isKnown ? pair.kind : null,
            before: side(pair, pair.before, 0),
            after: side(pair, pair.after, 1),
            ...judged[index]!,
          })),
          correction: { method: tests > 1 ? 'holm' : 'none', tests },
          plans: { before: one.plan, after: other.plan },
        };
      },
    }),
  ];
}

/** Cost, latency and refusals are scores, too: none is called better for having grown. */
function everyScore(known: readonly { name: string }[]): Asked[] {
  return [...new Set(known.map(({ name }) => name))].map((score) => ({ score, higherIsBetter: null }));
}

interface AskedPair extends Pair {
  measure: LogOrScore;
  /** Whether anybody ever gave such a score. */
  isKnown: boolean;
}

/** What was asked for in both slices: of each kind that it has in either. */
function pairsOf(
  asked: Asked,
  before: readonly AggregateRow[],
  after: readonly AggregateRow[],
  known: readonly { name: string; kind: string }[],
): AskedPair[] {
  const measure: LogOrScore = 'score' in asked ? { score: asked.score } : { log: asked.log };
  const key = JSON.stringify(measure);
  const rows = (of: readonly AggregateRow[]): Map<ScoreKind, AggregateRow> =>
    new Map(of.filter((row) => JSON.stringify(row.measure) === key).map((row) => [row.kind, row]));
  const [one, other] = [rows(before), rows(after)];
  const kindKnown = 'log' in asked ? kindOfLogMeasure(asked.log) : known.find(({ name }) => name === asked.score)?.kind;
  const found = [...new Set([...one.keys(), ...other.keys()])];
  const kinds = found.length > 0 ? found : [(kindKnown ?? 'number') as ScoreKind];
  return kinds.map((kind) => ({
    measure,
    isKnown: found.length > 0 || kindKnown !== undefined,
    kind,
    name: 'score' in asked ? asked.score : SPOKEN[asked.log],
    before: one.get(kind) ?? NO_VALUES,
    after: other.get(kind) ?? NO_VALUES,
    higherIsBetter: asked.higherIsBetter === undefined ? 'score' in asked : asked.higherIsBetter,
    minimumDifference: asked.minimumDifference,
  }));
}
