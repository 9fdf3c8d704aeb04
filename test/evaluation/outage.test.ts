import { existsSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { evaluateJobs } from '../../src/evaluation/evaluate.ts';
import { openStore, parseDatabaseUrl } from '../../src/store/open.ts';
import { DEFAULT_PROJECT } from '../../src/store/store.ts';
import { logWith } from '../evaluators/log-with.ts';
import { newLog } from '../fixtures/new-log.ts';
import { evaluating, started } from './evaluator-folder.ts';

const SECOND = 1000;

/** Time is advanced by the test; everything else takes the time that it takes. */
function clockAt(nowMs: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: nowMs });
  onTestFinished(() => void vi.useRealTimers());
}

describe('an evaluator that is out of order for a while, under steady traffic', () => {
  it('runs again when it is mended, and the logs that waited get their scores', { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gradeway-outage-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const store = await openStore(parseDatabaseUrl('sqlite:gradeway.db', folder));
    onTestFinished(() => store.close());
    const [outage, runs] = [join(folder, 'outage'), join(folder, 'runs')];
    const evaluators = await started({
      'service.js': `import { appendFileSync, existsSync } from 'node:fs';
        ${evaluating(`appendFileSync('${runs}', '.'); if (existsSync('${outage}')) for (;;); return true`, 'boolean', 'deadlineMs: 60,')}`,
      'good.js': evaluating('return true'),
    });
    const beginMs = 1_790_000_000_000;
    clockAt(beginMs);
    writeFileSync(outage, '');

    const ids: string[] = [];
    const attempts: number[] = [];
    const hung: number[] = [];
    for (let second = 0; second < 140; second += 1) {
      const nowMs = beginMs + second * SECOND;
      vi.setSystemTime(nowMs);
      if (second === 50) unlinkSync(outage);
      if (second < 120) {
        const logs = [1, 2].map(() => newLog({ evaluators: ['service', 'good'] }));
        ids.push(...logs.map(({ id }) => id));
        await store.logs.add(logs, nowMs);
      }
      const jobs = await store.jobs.claim({
        evaluators: ['service', 'good'],
        limit: 256,
        nowMs,
        leaseUntilMs: nowMs + 45_000,
      });
      attempts.push(...jobs.map(({ attempt }) => attempt));
      const effects = await evaluateJobs(jobs, { logs: store.logs, evaluators });
      hung.push(...effects.filter(({ outcome }) => outcome.outcome === 'failed').map(() => second));
      await store.jobs.complete(effects);
    }

    expect(existsSync(outage)).toBe(false);
    // Five hang, then one after the first pause; the next trial comes after the mending.
    expect(hung).toHaveLength(6);
    expect(hung.at(-1)).toBeGreaterThanOrEqual(30);
    expect(Math.max(...attempts)).toBeLessThanOrEqual(3);
    expect(readFileSync(runs, 'utf8')).toHaveLength(ids.length + 6);
    for (const id of ids)
      expect(await store.scores.list(DEFAULT_PROJECT.id, id)).toMatchObject([
        { name: 'good', value: true },
        { name: 'service', value: true },
      ]);
    expect(await store.jobs.backlog()).toMatchObject({ pending: 0, leased: 0, dead: 0 });
  });
});

describe('batches of an evaluator whose pause is over', () => {
  it('run one evaluation as a trial, and the rest of all batches later', async () => {
    const { folder, evaluators } = await afterFiveHangs();
    vi.setSystemTime(Date.now() + 30 * SECOND);
    const runsOf = (): number => readFileSync(join(folder, 'runs'), 'utf8').length;
    const before = runsOf();
    const batches = await Promise.all([1, 2].map(() => evaluators.evaluate(requests(20))));
    expect(runsOf() - before).toBe(1);
    const answers = batches.flat();
    expect(answers.filter(({ outcome }) => outcome.outcome === 'failed')).toHaveLength(1);
    expect(answers.filter(({ retryAtMs }) => retryAtMs !== undefined && retryAtMs > Date.now())).toHaveLength(39);
  });

  it('run the rest of the batch when the trial succeeds', async () => {
    const { folder, evaluators } = await afterFiveHangs();
    unlinkSync(join(folder, 'outage'));
    vi.setSystemTime(Date.now() + 30 * SECOND);
    const answers = await evaluators.evaluate(requests(20));
    expect(answers.map(({ outcome }) => outcome.outcome)).toEqual(Array.from({ length: 20 }, () => 'scored'));
  });
});

async function afterFiveHangs() {
  const folder = mkdtempSync(join(tmpdir(), 'gradeway-outage-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'outage'), '');
  const evaluators = await started({
    'service.js': `import { appendFileSync, existsSync } from 'node:fs';
      ${evaluating(`appendFileSync('${join(folder, 'runs')}', '.'); if (existsSync('${join(folder, 'outage')}')) for (;;); return true`, 'boolean', 'deadlineMs: 60,')}`,
  });
  clockAt(1_790_000_000_000);
  const answers = await evaluators.evaluate(requests(5));
  expect(answers.every(({ outcome }) => outcome.outcome === 'failed')).toBe(true);
  return { folder, evaluators };
}

function requests(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    id: String(index),
    subject: logWith({ id: String(index) }),
    evaluators: ['service'],
  }));
}
