/**
 * Descriptions in place of summaries: an answer of a thousand cells holds a hundred thousand values, which the serving thread should
 * neither receive nor add up while calls wait to be proxied. So the thread that found them says what they come to.
 */
import { described } from '../statistics/description.ts';
import type { Aggregate, AggregateQuestion, AggregateRow, DescribedAggregate, DescribedRow } from './aggregates.ts';

interface Aggregating {
  aggregateLogs(question: AggregateQuestion): Aggregate | Promise<Aggregate>;
}

// A type, not an interface: clients index operations by name.
export type Describing = {
  describeLogs(question: AggregateQuestion, level: number): Promise<DescribedAggregate>;
};

/** The same operations, and `describeLogs` beside `aggregateLogs`. */
export function withDescriptions<Operations extends Aggregating>(operations: Operations): Operations & Describing {
  return {
    ...operations,
    async describeLogs(question, level) {
      const { rows, plan } = await operations.aggregateLogs(question);
      return { rows: describedRows(rows, level), plan };
    },
  };
}

export function describedRows(rows: readonly AggregateRow[], level: number): DescribedRow[] {
  return rows.map(({ numbers, categories, ...row }) => ({
    ...row,
    description: described(row.kind, { numbers, categories }, level),
  }));
}
