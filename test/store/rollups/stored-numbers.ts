/** What rollups are to hold, added up from the rows of a database without any of the code that folds. */
import type { Connection } from '../../../src/store/sqlite/connection.ts';

/** By measure, hour and pair: how often each value occurs. */
export type Expected = Map<string, Map<number | string, number>>;

interface LogRow {
  seq: number;
  project: number;
  started: number;
  status: number | null;
  duration: number;
  first: number | null;
  cost: number | null;
  input: number | null;
  cached: number | null;
  output: number | null;
  model: string | null;
  provider: string;
  upstream: string;
  properties: string | null;
}

/** `rolled` says which names are rolled up. Measures and pairs are told by name: `score:accuracy:number`, `model=gpt-4o`. */
export function expectedRollups(connection: Connection, rolled: (name: string) => boolean): Expected {
  const expected: Expected = new Map();
  const add = (measure: string, log: LogRow, pairs: string[], value: number | string): void => {
    for (const pair of ['all', ...pairs]) {
      const key = `${log.project} ${measure} ${Math.floor(log.started / 3_600_000)} ${pair}`;
      const counts = expected.get(key) ?? new Map<number | string, number>();
      counts.set(value, (counts.get(value) ?? 0) + 1);
      expected.set(key, counts);
    }
  };
  const logs = connection
    .prepare(
      `select seq, project, started_at_ms as started, status, duration_ms as duration, first_token_ms as first, cost_usd as cost,
         input_tokens as input, cached_input_tokens as cached, output_tokens as output, model, provider, upstream, properties from logs`,
    )
    .all() as LogRow[];
  for (const log of logs) {
    const pairs = Object.entries(JSON.parse(log.properties ?? '{}') as Record<string, string>);
    pairs.push(['\u0001provider', log.provider], ['\u0001upstream', log.upstream]);
    if (log.model !== null) pairs.push(['\u0001model', log.model]);
    const own = pairs.filter(([name]) => rolled(name)).map(([name, value]) => `${name}=${value}`);
    const numbers: [string, string, number | null][] = [
      ['error', 'boolean', log.status !== null && log.status < 400 ? 0 : 1],
      ['durationMs', 'number', log.duration],
      ['firstTokenMs', 'number', log.first],
      ['costUsd', 'number', log.cost],
      ['inputTokens', 'number', log.input],
      ['cachedInputTokens', 'number', log.cached],
      ['outputTokens', 'number', log.output],
      ['totalTokens', 'number', log.input === null ? null : log.input + log.output!],
    ];
    for (const [name, kind, value] of numbers) if (value !== null) add(`log:${name}:${kind}`, log, own, value);
    const given = connection
      .prepare(
        `select m.name, m.kind, coalesce(s.number, s.category) as value, o.source, o.evaluator, o.version
         from scores s join measures m on m.id = s.measure join origins o on o.id = s.origin where s.log = ? and s.superseded = 0`,
      )
      .all(log.seq) as {
      name: string;
      kind: string;
      value: number | string;
      source: string;
      evaluator: string;
      version: string;
    }[];
    for (const { name, kind, value, source, evaluator, version } of given) {
      const by = [
        `\u0001source=${source}`,
        ...(evaluator === '' ? [] : [`\u0001evaluatorVersion=${evaluator}@${version}`]),
      ];
      add(`score:${name}:${kind}`, log, [...own, ...by.filter((pair) => rolled(pair.split('=')[0]!))], value);
    }
    const looks = connection
      .prepare(
        'select evaluator, evaluator_version as version, outcome from evaluations where log = ? and superseded = 0',
      )
      .all(log.seq) as { evaluator: string; version: string; outcome: string }[];
    for (const { evaluator, version, outcome } of looks)
      add(
        `outcomes:${evaluator}:category`,
        log,
        [...own, '\u0001source=evaluator', `\u0001evaluatorVersion=${evaluator}@${version}`],
        outcome,
      );
  }
  return expected;
}
