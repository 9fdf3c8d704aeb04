/** What a question about statistics asks for: a score, a number that every log has by itself, or how looks at logs ended. */
import { z } from 'zod';
import { LOG_MEASURES } from './measure.ts';

/** Names as they are stored: of scores, evaluators and properties. */
export const storedName = (most: number): z.ZodType<string> =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((text) => text.isWellFormed() && !text.includes('\0'), {
      error: 'NUL or half of a surrogate pair is in it',
    });

export const scoreName = storedName(300);

export const logMeasure = z.strictObject({ log: z.enum(LOG_MEASURES) });
export const scoreMeasure = z.strictObject({ score: scoreName });
export const MEASURE_ERROR = `send { "score": name } or { "log": one of ${LOG_MEASURES.join(', ')} }`;

/** A score, or a number that every log has by itself. */
export const measureSchema = z.union([scoreMeasure, logMeasure], { error: MEASURE_ERROR }).meta({ id: 'Measure' });
export type LogOrScore = z.infer<typeof measureSchema>;
/** The same, or how an evaluator's looks at logs ended. */
export const seriesMeasureSchema = z
  .union([scoreMeasure, logMeasure, z.strictObject({ evaluation: scoreName })], {
    error: `${MEASURE_ERROR}, or { "evaluation": name of an evaluator }`,
  })
  .meta({ id: 'SeriesMeasure' });
export type AskedMeasure = z.infer<typeof seriesMeasureSchema>;
