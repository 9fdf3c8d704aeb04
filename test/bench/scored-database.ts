/**
 * An SQLite file of many scored logs, made once and kept below the system's temporary folder for the next run of the same
 * schema. Rows are written straight into the tables, in the order of their keys and without waiting for the disk: a
 * million in a few minutes. Rollups are those of all logs; nothing waits to be folded.
 */
import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Statement } from 'better-sqlite3';
import type { Connection } from '../../src/store/sqlite/connection.ts';
import { LOG_COLUMNS, logValues } from '../../src/store/sqlite/log-columns.ts';
import { openMigrated } from '../../src/store/sqlite/migrate.ts';
import { Measures } from '../../src/store/sqlite/measures.ts';
import { Projects } from '../../src/store/sqlite/projects.ts';
import { PropertyPairs } from '../../src/store/sqlite/property-pairs.ts';
import { scoreColumns } from '../../src/store/score-columns.ts';
import { DEFAULT_PROJECT } from '../../src/store/store.ts';
import { schemaHash } from './million.ts';
import { NEWEST_MS, type ScoredLog, scoredLog } from './scored-logs.ts';
import { type AddedValue, foldAllDays, ScoredRollups } from './scored-rollups.ts';

/** Tables whose key is not the order of arrival: filled beside, and copied in the order of their key. */
const SORTED = { log_properties: 'property, started_at_ms, log' };

/** Path of a database with that many scored logs, without bodies; to be read, not changed. */
export function scoredDatabase(cache: string, count: number, note: (text: string) => void): string {
  mkdirSync(cache, { recursive: true });
  const path = join(cache, `scored-rolled-${count}-${schemaHash()}.db`);
  if (statSync(path, { throwIfNoEntry: false })) return path;
  note(`making ${count.toLocaleString('en')} scored logs in ${path}, once`);
  const making = `${path}.making`;
  for (const end of ['', '-wal', '-shm']) rmSync(`${making}${end}`, { force: true });
  const connection = openMigrated(making);
  try {
    fill(connection, count);
  } finally {
    connection.close();
  }
  renameSync(making, path);
  return path;
}

function fill(connection: Connection, count: number): void {
  connection.pragma('journal_mode = OFF');
  connection.pragma('synchronous = OFF');
  connection.pragma('cache_size = -524288');
  const indexes = connection
    .prepare(
      `select name, sql from sqlite_schema where type = 'index' and sql is not null and tbl_name in ('logs', 'scores', 'evaluations')`,
    )
    .all() as { name: string; sql: string }[];
  for (const { name } of indexes) connection.exec(`drop index "${name}"`);
  for (const table of Object.keys(SORTED))
    connection.exec(`create table sorted_${table} as select * from ${table} where false`);
  connection.exec('begin');
  const add = adder(connection);
  for (let index = 0; index < count; index += 1) add.log(scoredLog(index, count));
  add.finish();
  for (const [table, key] of Object.entries(SORTED)) {
    connection.exec(`insert into ${table} select * from sorted_${table} order by ${key}`);
    connection.exec(`drop table sorted_${table}`);
  }
  for (const { sql } of indexes) connection.exec(sql);
  connection.exec('commit');
  foldAllDays(connection);
  connection.exec('analyze');
  connection.pragma('journal_mode = WAL');
}

/** Inserts a log with its properties, scores, outcomes and what they add to rollups; notes no changes. */
function adder(connection: Connection): { log: (one: ScoredLog) => void; finish: () => void } {
  const insert = (table: string, columns: readonly string[]): Statement =>
    connection.prepare(`insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`);
  const log = insert('logs', LOG_COLUMNS);
  const property = insert('sorted_log_properties', ['property', 'started_at_ms', 'log']);
  const score = insert('scores', [
    'log',
    'measure',
    'origin',
    'number',
    'category',
    'reason',
    'duration_ms',
    'at_ms',
    'superseded',
  ]);
  const evaluation = insert('evaluations', [
    'log',
    'evaluator',
    'evaluator_version',
    'outcome',
    'printed',
    'duration_ms',
    'attempt',
    'at_ms',
  ]);
  const pairs = new PropertyPairs(connection);
  const measures = new Measures(connection);
  const project = new Projects(connection).seqOf(DEFAULT_PROJECT.id, NEWEST_MS);
  const rollups = new ScoredRollups(connection, project, { pairs, measures, dropped: ['customer'] });
  return {
    log: ({ log: row, scores }) => {
      const seq = Number(log.run(...logValues(row, project, null, null)).lastInsertRowid);
      for (const [name, value] of row.properties) property.run(pairs.idOf(project, name, value), row.startedAtMs, seq);
      const added: AddedValue[] = [];
      for (const { name, value, source, evaluator, evaluatorVersion, durationMs, atMs } of scores) {
        const { kind, number, category } = scoreColumns(value);
        const [by, version] = [evaluator!, evaluatorVersion!];
        const measure = measures.idOf(project, 'score', name, kind);
        const origin = measures.originOf(project, source, by, version);
        score.run(seq, measure, origin, number, category, null, durationMs, atMs, 0);
        evaluation.run(seq, by, version, 'scored', '', durationMs, 1, atMs);
        added.push({ measure, value: number ?? category!, evaluator: by, version });
        const outcomes = measures.idOf(project, 'outcomes', by, 'category');
        added.push({ measure: outcomes, value: 'scored', evaluator: by, version });
      }
      rollups.add(row, added);
    },
    finish: () => rollups.finish(),
  };
}
