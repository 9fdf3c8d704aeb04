/** The tables of both engines have one shape: the same columns, under the same names, that hold the same values. */
import { getTableColumns, getTableName, type InferSelectModel, is, Table } from 'drizzle-orm';
import { describe, expect, expectTypeOf, it } from 'vitest';
import * as postgresBreakers from '../../src/store/postgres/breaker-schema.ts';
import * as postgresBudgets from '../../src/store/postgres/budget-schema.ts';
import * as postgresDatasets from '../../src/store/postgres/dataset-schema.ts';
import * as postgresRuns from '../../src/store/postgres/run-schema.ts';
import * as postgres from '../../src/store/postgres/schema.ts';
import * as postgresScores from '../../src/store/postgres/score-schema.ts';
import * as postgresDefinitions from '../../src/store/postgres/definition-schema.ts';
import * as postgresRemovals from '../../src/store/postgres/removal-schema.ts';
import * as postgresRules from '../../src/store/postgres/rule-schema.ts';
import * as postgresTexts from '../../src/store/postgres/text-schema.ts';
import * as postgresAlerts from '../../src/store/postgres/alert-schema.ts';
import * as postgresWebhooks from '../../src/store/postgres/webhook-schema.ts';
import * as sqliteBreakers from '../../src/store/sqlite/breaker-schema.ts';
import * as sqliteBudgets from '../../src/store/sqlite/budget-schema.ts';
import * as sqliteDatasets from '../../src/store/sqlite/dataset-schema.ts';
import * as sqliteRuns from '../../src/store/sqlite/run-schema.ts';
import * as sqlite from '../../src/store/sqlite/schema.ts';
import * as sqliteDefinitions from '../../src/store/sqlite/definition-schema.ts';
import * as sqliteRemovals from '../../src/store/sqlite/removal-schema.ts';
import * as sqliteRules from '../../src/store/sqlite/rule-schema.ts';
import * as sqliteScores from '../../src/store/sqlite/score-schema.ts';
import * as sqliteAlerts from '../../src/store/sqlite/alert-schema.ts';
import * as sqliteWebhooks from '../../src/store/sqlite/webhook-schema.ts';

/** What a partitioned table cannot say itself, what replicas tell each other, and what SQLite has in a file of its own. */
const POSTGRES_ALONE = new Set(['log_ids', 'removed_names', 'text_chunks', 'text_segments', 'text_state']);
/** Rollups of days: PostgreSQL reads those of hours. */
const SQLITE_ALONE = new Set(['day_rollups', 'rolled_days']);

/** Table -> its columns, each with whether it may be null. */
function shapes(...schemas: object[]): Map<string, Record<string, string>> {
  const tables = schemas.flatMap((schema) => Object.values(schema)).filter((value) => is(value, Table));
  return new Map(
    tables.map((table) => [
      getTableName(table),
      Object.fromEntries(
        Object.entries(getTableColumns(table)).map(([key, { name, notNull }]) => [key, `${name} ${notNull}`]),
      ),
    ]),
  );
}

describe('the tables of SQLite and PostgreSQL', () => {
  const onSqlite = shapes(
    sqliteRuns,
    sqliteBreakers,
    sqliteBudgets,
    sqlite,
    sqliteScores,
    sqliteWebhooks,
    sqliteAlerts,
    sqliteRemovals,
    sqliteRules,
    sqliteDatasets,
    sqliteDefinitions,
  );
  const onPostgres = shapes(
    postgresRuns,
    postgresBreakers,
    postgresBudgets,
    postgres,
    postgresScores,
    postgresWebhooks,
    postgresAlerts,
    postgresRemovals,
    postgresRules,
    postgresTexts,
    postgresDatasets,
    postgresDefinitions,
  );

  it('are the same but for those that one of them needs alone', () => {
    const without = (some: Map<string, unknown>, others: Map<string, unknown>, alone: Set<string>): string[] =>
      [...some.keys()].filter((name) => !others.has(name) && !alone.has(name));
    expect(without(onPostgres, onSqlite, POSTGRES_ALONE)).toEqual([]);
    expect(without(onSqlite, onPostgres, SQLITE_ALONE)).toEqual([]);
    expect(onSqlite.size).toBeGreaterThan(15);
  });

  it.each([...onPostgres].filter(([name]) => onSqlite.has(name)))('have the same columns: %s', (name, columns) => {
    expect(columns).toEqual(onSqlite.get(name));
  });

  it('hold the same values', () => {
    expectTypeOf<InferSelectModel<typeof postgres.logs>>().toEqualTypeOf<InferSelectModel<typeof sqlite.logs>>();
    expectTypeOf<InferSelectModel<typeof postgres.jobs>>().toEqualTypeOf<InferSelectModel<typeof sqlite.jobs>>();
    expectTypeOf<InferSelectModel<typeof postgres.keys>>().toEqualTypeOf<InferSelectModel<typeof sqlite.keys>>();
    expectTypeOf<InferSelectModel<typeof postgres.projects>>().toEqualTypeOf<
      InferSelectModel<typeof sqlite.projects>
    >();
    expectTypeOf<InferSelectModel<typeof postgresScores.scores>>().toEqualTypeOf<
      InferSelectModel<typeof sqliteScores.scores>
    >();
    expectTypeOf<InferSelectModel<typeof postgresScores.changes>>().toEqualTypeOf<
      InferSelectModel<typeof sqliteScores.changes>
    >();
    expectTypeOf<InferSelectModel<typeof postgresScores.evaluations>>().toEqualTypeOf<
      InferSelectModel<typeof sqliteScores.evaluations>
    >();
  });
});
