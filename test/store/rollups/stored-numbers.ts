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

/** One number of one log, or one score or outcome. */
export interface Observation {
  project: number;
  startedAtMs: number;
  /** Such as `score:accuracy:number`. */
  measure: string;
  value: number | string;
  /** Names and values that it may be grouped by; fields under the names that rollups have for them. */
  pairs: [name: string, value: string][];
}

/** Everything that can be asked about, from the rows as they are. */
export function* observations(connection: Connection): Iterable<Observation> {
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
    const of = { project: log.project, startedAtMs: log.started };
    for (const [measure, value] of ownNumbers(log)) if (value !== null) yield { ...of, measure, value, pairs };
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
      const by: [string, string][] = [['\u0001source', source]];
      if (evaluator !== '') by.push(['\u0001evaluatorVersion', `${evaluator}@${version}`]);
      yield { ...of, measure: `score:${name}:${kind}`, value, pairs: [...pairs, ...by] };
    }
    const looks = connection
      .prepare(
        'select evaluator, evaluator_version as version, outcome from evaluations where log = ? and superseded = 0',
      )
      .all(log.seq) as { evaluator: string; version: string; outcome: string }[];
    for (const { evaluator, version, outcome } of looks) {
      const by: [string, string][] = [
        ['\u0001source', 'evaluator'],
        ['\u0001evaluatorVersion', `${evaluator}@${version}`],
      ];
      yield { ...of, measure: `outcomes:${evaluator}:category`, value: outcome, pairs: [...pairs, ...by] };
    }
  }
}

/** `rolled` says which names are rolled up. Measures and pairs are told by name, such as `model=gpt-4o`. */
export function expectedRollups(connection: Connection, rolled: (name: string) => boolean): Expected {
  const expected: Expected = new Map();
  for (const { project, startedAtMs, measure, value, pairs } of observations(connection)) {
    for (const pair of ['all', ...pairs.filter(([name]) => rolled(name)).map(([name, text]) => `${name}=${text}`)]) {
      const key = `${project} ${measure} ${Math.floor(startedAtMs / 3_600_000)} ${pair}`;
      const counts = expected.get(key) ?? new Map<number | string, number>();
      expected.set(key, counts.set(value, (counts.get(value) ?? 0) + 1));
    }
  }
  return expected;
}

function ownNumbers(log: LogRow): [string, number | null][] {
  return [
    ['log:error:boolean', log.status !== null && log.status < 400 ? 0 : 1],
    ['log:durationMs:number', log.duration],
    ['log:firstTokenMs:number', log.first],
    ['log:costUsd:number', log.cost],
    ['log:inputTokens:number', log.input],
    ['log:cachedInputTokens:number', log.cached],
    ['log:outputTokens:number', log.output],
    ['log:totalTokens:number', log.input === null ? null : log.input + log.output!],
  ];
}
