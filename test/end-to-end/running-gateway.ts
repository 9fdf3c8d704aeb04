/** A whole gateway in this process, before one upstream, with the evaluators that come with it. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Gradeway, startGradeway } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import type { Log } from '../../src/model/log.ts';
import type { Score } from '../../src/model/score.ts';
import type { EvaluationRow } from '../../src/store/evaluations.ts';

const EVALUATORS = join(import.meta.dirname, '../../evaluators');

/** The part of Helicone's row that these tests read. */
export interface Row {
  request_id: string;
  request_body: unknown;
  response_body: unknown;
  response_status: number;
  properties: Record<string, string>;
  gradeway: {
    log: Omit<Log, 'requestBody' | 'responseBody'>;
    scores: Score[];
    evaluations: EvaluationRow[];
    logsWithRequestId: number;
  };
}

export interface RunningGateway {
  url: string;
  /** The log of a request id, as soon as it is there. */
  logOf(requestId: string): Promise<Row>;
  /** The same when every evaluator has looked at it. */
  evaluated(requestId: string): Promise<Row>;
  close(): Promise<void>;
}

/** Starts on a free port of loopback, with a database of its own. */
export async function startRunningGateway(upstreams: Record<string, string>): Promise<RunningGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'gradeway-end-to-end-'));
  const config = loadConfig({
    env: {
      GRADEWAY_PORT: '0',
      GRADEWAY_DATABASE_URL: `sqlite:${join(folder, 'gradeway.db')}`,
      GRADEWAY_EVALUATORS: EVALUATORS,
      GRADEWAY_LOG_LEVEL: 'silent',
      ...upstreams,
    },
    cwd: folder,
  });
  const gradeway: Gradeway = await startGradeway(config, { role: 'serve' });
  const url = gradeway.url!;
  const evaluators = (await readdir(EVALUATORS)).length;

  const read = async (requestId: string): Promise<Row | null> => {
    const response = await fetch(`${url}/v1/request/${requestId}?includeBody=true`);
    return ((await response.json()) as { data: Row | null }).data;
  };
  const until = async (requestId: string, wanted: (row: Row | null) => boolean): Promise<Row> => {
    let row: Row | null = null;
    await expect.poll(async () => wanted((row = await read(requestId))), { timeout: 15_000, interval: 25 }).toBe(true);
    return row!;
  };
  return {
    url,
    logOf: (requestId) => until(requestId, (row) => row !== null),
    evaluated: (requestId) => until(requestId, (row) => isEvaluated(row, evaluators)),
    async close() {
      await gradeway.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Scores and evaluations of one answer are read one after the other: only when they agree is it about one moment. */
function isEvaluated(row: Row | null, evaluators: number): boolean {
  if (row === null || row.gradeway.evaluations.length < evaluators) return false;
  const scored = new Set(row.gradeway.scores.map(({ evaluator }) => evaluator));
  return row.gradeway.evaluations.every(({ evaluator, outcome }) => outcome !== 'scored' || scored.has(evaluator));
}

/** Score name -> value. */
export function scoresOf(row: Row): Record<string, Score['value']> {
  return Object.fromEntries(row.gradeway.scores.map(({ name, value }) => [name, value]));
}
