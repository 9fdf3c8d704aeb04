import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ATTEMPTS, evaluateJobs, MOST_ATTEMPTS } from '../../src/evaluation/evaluate.ts';
import type { Evaluators } from '../../src/evaluation/evaluators.ts';
import type { ClaimedJob } from '../../src/model/job.ts';
import { openStore, parseDatabaseUrl } from '../../src/store/open.ts';
import { DEFAULT_PROJECT, type JobEffect, type NewLog, type Store } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { evaluating, started } from './evaluator-folder.ts';

const NOW = 1_790_000_000_000;
let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gradeway-evaluate-'));
  store = await openStore(parseDatabaseUrl('sqlite:gradeway.db', folder));
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const files = {
  'good.js': evaluating('return { value: true, reason: log.id }'),
  'threw.js': evaluating("throw new Error('no')"),
  'invalid.js': evaluating("return 'yes'"),
  'abstains.js': evaluating('return null'),
  'hangs.js': evaluating('for (;;);', 'boolean', 'deadlineMs: 100,'),
  'dies.js': evaluating('process.exit(1)'),
};

async function add(log: NewLog): Promise<void> {
  await store.logs.add([log], NOW);
}

const claim = (names: string[], nowMs = NOW): Promise<ClaimedJob[]> =>
  store.jobs.claim({ evaluators: names, limit: 100, nowMs, leaseUntilMs: nowMs + 45_000 });

const perform = (jobs: ClaimedJob[], evaluators: Evaluators, random = 0, nowMs = NOW) =>
  evaluateJobs(jobs, { logs: store.logs, evaluators, now: () => nowMs, random: () => random });

describe('jobs', () => {
  it('become effects: retried, ended or failed by what came out', async () => {
    const evaluators = await started(files);
    const names = evaluators.list.map(({ name }) => name);
    await add(newLog({ evaluators: names }));
    const effects = await perform(await claim(names), evaluators);
    const seen = Object.fromEntries(
      effects.map(({ job, outcome, retryAtMs, dead }) => [job.evaluator, [outcome.outcome, retryAtMs, dead]]),
    );
    expect(seen).toEqual({
      good: ['scored', undefined, false],
      abstains: ['abstained', undefined, false],
      invalid: ['failed', undefined, false],
      threw: ['failed', NOW + 2000, false],
      hangs: ['failed', NOW + 2000, false],
      dies: ['failed', NOW + 2000, false],
    });
    const versions = new Map(evaluators.list.map(({ name, version }) => [name, version]));
    expect(effects.every(({ job, evaluatorVersion }) => evaluatorVersion === versions.get(job.evaluator))).toBe(true);
  });

  it('are tried three times, each later than the last, and then end as failed', async () => {
    const evaluators = await started({ 'threw.js': files['threw.js'] });
    const log = newLog({ evaluators: ['threw'] });
    await add(log);
    let nowMs = NOW;
    const waits: (number | undefined)[] = [];
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const jobs = await claim(['threw'], nowMs);
      expect(jobs).toMatchObject([{ attempt }]);
      const effects = await perform(jobs, evaluators, 0.5, nowMs);
      await store.jobs.complete(effects);
      waits.push(effects[0]!.retryAtMs && effects[0]!.retryAtMs - nowMs);
      nowMs = effects[0]!.retryAtMs ?? nowMs;
    }
    expect(waits).toEqual([2500, 10_000, undefined]);
    expect(await store.jobs.backlog()).toMatchObject({ pending: 0, leased: 0, dead: 0 });
    expect(await store.scores.evaluations(DEFAULT_PROJECT.id, log.id)).toMatchObject([
      { evaluator: 'threw', outcome: 'failed', code: 'threw', reason: 'Error: no', attempt: 3 },
    ]);
    expect(await store.scores.list(DEFAULT_PROJECT.id, log.id)).toEqual([]);
  });

  it('of one log see one log, and of several their own', async () => {
    const evaluators = await started({ 'good.js': files['good.js'], 'other.js': files['good.js'] });
    const logs = Array.from({ length: 20 }, () => newLog({ evaluators: ['good', 'other'] }));
    await store.logs.add(logs, NOW);
    const effects = await perform(await claim(['good', 'other']), evaluators);
    expect(effects).toHaveLength(40);
    for (const { job, outcome } of effects)
      expect(outcome).toMatchObject({ scores: [{ name: job.evaluator, reason: job.logId }] });
  });

  it.each([
    { name: 'its log is gone', change: { logId: '' }, reason: /^The log is gone/ },
    { name: 'its evaluator is gone', change: { evaluator: 'gone' }, reason: /^There is no evaluator "gone"/ },
    { name: 'it never comes to an end', change: { attempt: MOST_ATTEMPTS + 1 }, reason: /never came to an end/ },
  ])('become dead letters with a reason when $name', async ({ change, reason }) => {
    const evaluators = await started({ 'good.js': files['good.js'] });
    await add(newLog({ evaluators: ['good'] }));
    const [job] = await claim(['good']);
    const effects = await perform([{ ...job!, ...change }], evaluators);
    expect(effects).toMatchObject([
      { dead: true, outcome: { outcome: 'skipped', reason: expect.stringMatching(reason) } },
    ]);
  });

  it('that are done early do not wait for one that hangs', async () => {
    const evaluators = await started({
      'a.js': files['good.js'],
      'hangs.js': evaluating('for (;;);', 'boolean', 'deadlineMs: 600,'),
      'waits.js': evaluating('return new Promise(() => {})', 'boolean', 'deadlineMs: 600,'),
      'z.js': files['good.js'],
    });
    const logs = Array.from({ length: 4 }, () => newLog({ evaluators: ['a', 'hangs', 'waits', 'z'] }));
    await store.logs.add(logs, NOW);
    const early: JobEffect[] = [];
    const rest = await evaluateJobs(await claim(['a', 'hangs', 'waits', 'z']), {
      logs: store.logs,
      evaluators,
      onEarly: (effects) => early.push(...effects),
    });
    expect(early.filter(({ outcome }) => outcome.outcome === 'scored')).toHaveLength(8);
    expect(rest.every(({ outcome }) => outcome.outcome === 'failed')).toBe(true);
    expect(new Set([...early, ...rest].map(({ job }) => job.id)).size).toBe(16);
    expect(early.length + rest.length).toBe(16);
  });

  it('see what the bodies say', async () => {
    const evaluators = await started({
      'reads.js':
        'export default { returns: "category", evaluate: (log) => [log.input[0].text, log.output.text, log.requestBody.model, log.properties.a].join("|") };',
    });
    await add(
      newLog({
        evaluators: ['reads'],
        path: '/v1/chat/completions',
        requestHeaders: { 'content-type': 'application/json' },
        responseHeaders: { 'content-type': 'application/json' },
        properties: new Map([['a', 'b']]),
        requestBody: Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi?' }] })),
        responseBody: Buffer.from(
          JSON.stringify({
            choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello.' } }],
          }),
        ),
      }),
    );
    const effects = await perform(await claim(['reads']), evaluators);
    expect(effects).toMatchObject([{ outcome: { scores: [{ value: 'Hi?|Hello.|m|b' }] } }]);
  });

  it('take bodies that are garbage', async () => {
    const evaluators = await started({
      'reads.js': evaluating('return log.parseError !== null || log.output.text === ""'),
    });
    await add(
      newLog({ evaluators: ['reads'], requestBody: Buffer.from([0xff, 0, 1]), responseBody: Buffer.from('{"a"') }),
    );
    expect(await perform(await claim(['reads']), evaluators)).toMatchObject([{ outcome: { outcome: 'scored' } }]);
  });
});
