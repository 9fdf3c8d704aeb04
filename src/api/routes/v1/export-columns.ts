/**
 * The columns of an export as CSV: those that every log has, one for each property and each score that the project knew when
 * the export began, and everything of both as JSON, so that nothing is missing where names are many or came later.
 */
import type { z } from 'zod';
import type { Score } from '../../../model/score.ts';
import { usageSchema } from '../../../model/usage.ts';
import type { ListedLog } from '../../../store/questions.ts';
import type { CsvValue } from '../../csv.ts';
import { readListedLogOf } from './log-rows.ts';
import { logRowSchema } from '../../../model/log-row.ts';

/** Spreadsheets take 16,384 columns at most, and nobody reads as many. */
const MOST_NAMES = 500;

export interface ExportNames {
  properties: readonly string[];
  scores: readonly string[];
}

export interface Column {
  name: string;
  of(log: ListedLog): CsvValue;
}

type PlainField = Exclude<keyof z.infer<typeof logRowSchema>, 'usage' | 'properties' | 'scores'>;
const APART = new Set(['usage', 'properties', 'scores']);

const PLAIN = Object.keys(logRowSchema.shape).filter((name) => !APART.has(name)) as PlainField[];
const USAGE = Object.keys(usageSchema.shape) as (keyof z.infer<typeof usageSchema>)[];

export function exportColumns(names: ExportNames, bodies: boolean): Column[] {
  return [
    { name: 'startedAt', of: (log) => isoOf(log.startedAtMs) },
    ...PLAIN.map((name): Column => ({ name, of: (log) => log[name] })),
    ...USAGE.map((name): Column => ({ name: `usage.${name}`, of: (log) => log.usage?.[name] })),
    ...names.properties
      .slice(0, MOST_NAMES)
      .map((name): Column => ({ name: `property.${name}`, of: (log) => log.properties.get(name) })),
    ...names.scores
      .slice(0, MOST_NAMES)
      .map((name): Column => ({ name: `score.${name}`, of: ({ scores }) => newest(scores, name)?.value })),
    { name: 'properties', of: (log) => JSON.stringify(Object.fromEntries(log.properties)) },
    { name: 'scores', of: (log) => JSON.stringify(log.scores) },
    ...(bodies ? BODY_COLUMNS : []),
  ];
}

/** Reading bodies is what takes time: once for all columns of a log. */
const BODY_COLUMNS: Column[] = (() => {
  const read = new WeakMap<ListedLog, ReturnType<typeof readListedLogOf>>();
  const readOnce = (log: ListedLog): ReturnType<typeof readListedLogOf> => {
    const known = read.get(log) ?? readListedLogOf(log);
    read.set(log, known);
    return known;
  };
  return [
    { name: 'input', of: (log) => JSON.stringify(readOnce(log).input) },
    { name: 'output', of: (log) => readOnce(log).output.text },
    { name: 'requestBody', of: (log) => textOf(readOnce(log).requestBody) },
    { name: 'responseBody', of: (log) => textOf(readOnce(log).responseBody) },
  ];
})();

/** Where several sources gave a score of one name, the newest counts: a cell holds one. */
function newest(scores: readonly Score[], name: string): Score | undefined {
  let found: Score | undefined;
  for (const score of scores)
    if (score.name === name && (found === undefined || score.atMs >= found.atMs)) found = score;
  return found;
}

function textOf(body: unknown): string | null {
  if (body === null || body === undefined) return null;
  return typeof body === 'string' ? body : JSON.stringify(body);
}

/** Empty where no calendar has the time. */
function isoOf(ms: number): string | null {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
