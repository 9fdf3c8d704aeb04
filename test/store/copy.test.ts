/** Copying an installation from SQLite to a real PostgreSQL: everything is there, once, however often the copy is cut off. */
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { newId } from '../../src/model/id.ts';
import { copyInstallation } from '../../src/store/copy/copy.ts';
import { openStore, parseDatabaseUrl } from '../../src/store/open.ts';
import { Presence } from '../../src/store/presence.ts';
import { DEFAULT_PROJECT, type NewLog, type NewScore, type Store } from '../../src/store/store.ts';
import { run, start } from '../cli/process.ts';
import { seededRandom } from '../fakes/random.ts';
import { judgeDefinition } from '../fixtures/definition.ts';
import { alertSpec } from '../fixtures/new-alert.ts';
import { removalAct } from '../fixtures/removal-act.ts';
import { newLog } from '../fixtures/new-log.ts';
import { temporaryFolder } from '../recording/temporary-folder.ts';
import { openStoreHere } from './postgres-here.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';
import { fired, putAlert } from './alerts-contract.ts';
import { putOptions } from './definitions-contract.ts';
import { newOutput, newResult, newRun } from './runs-contract.ts';
import { newForeign } from './foreign-records-contract.ts';
import { newRule } from './rules-contract.ts';
import { newWebhook } from './webhook-contract.ts';

const NOW = 1_790_000_000_000;
const MONTH_MS = 31 * 24 * 3600 * 1000;
const FAR = 4_000_000_000_000;

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.close());

interface Installation {
  path: string;
  logs: NewLog[];
  projects: string[];
}

const score = (changes: Partial<NewScore>): NewScore => ({
  name: 'accuracy',
  value: 1,
  reason: null,
  source: 'api',
  evaluator: null,
  evaluatorVersion: null,
  durationMs: null,
  atMs: NOW,
  ...changes,
});

/** Two projects, months, bodies there and not, every kind of score, jobs in every state, webhooks, what waits. */
async function installation(count: number): Promise<Installation> {
  const path = join(temporaryFolder(), 'gradeway.db');
  const store = await openStore(parseDatabaseUrl(`sqlite:${path}`, '/'));
  const random = seededRandom(5);
  const other = newId();
  for (const [project, id] of [
    ['default', DEFAULT_PROJECT.id],
    ['shop', other],
  ] as const)
    await store.keys.create(
      {
        id: newId(),
        project,
        name: 'k',
        hash: randomBytes(32).toString('hex'),
        last4: 'abcd',
        scopes: ['ingest', 'read'],
        createdAtMs: NOW,
      },
      id,
    );
  const webhook = newWebhook();
  await store.webhooks.create(webhook, 10);
  await store.webhooks.create(
    newWebhook({ projectId: other, disabledAtMs: NOW, disabledReason: 'It answered 410.' }),
    10,
  );
  await store.rules.create(newRule({ sampleRate: 0.1 }, other), 10);
  await store.foreign.create(newForeign({ projectId: other, parent: 'p', key: 'k' }), 10);
  await store.secret('body_url', randomBytes(32));
  const dataset = { id: newId(), projectId: other, name: 'faq', description: 'questions', createdAtMs: NOW };
  await store.datasets.create(dataset, 10);
  const datapoint = { id: newId(), position: 0, inputs: { a: 'b\u0000' }, messages: null, target: [1], metadata: {} };
  for (const target of [[1], [2]]) {
    const begun = (await store.datasets.begin(other, 'faq'))!;
    await store.datasets.add(other, 'faq', begun.version, [{ ...datapoint, target, source: { from: 'api' } }]);
    await store.datasets.commit(other, 'faq', { ...begun, remove: [], note: 'n' }, NOW);
  }
  for (const model of ['gpt-4o', 'gpt-4o-mini'])
    await store.definitions.put(other, judgeDefinition({}, { model }), putOptions());
  const run = newRun({ projectId: other, state: 'completed', endedAtMs: NOW });
  await store.runs.create(run);
  await store.runs.putOutputs(
    run.id,
    [newOutput(0), newOutput(1), newOutput(300, { logId: null, failure: 'x' })],
    false,
  );
  await store.runs.putResults(run.id, [newResult(0), newResult(0, { evaluator: 'b' }), newResult(300)], false);
  await store.alerts.put(other, alertSpec(), putAlert());
  await store.alerts.settle([fired((await store.alerts.find(other, 'tone-drop'))!)]);
  const logs = Array.from({ length: count }, (_, index) =>
    newLog({
      projectId: index % 7 === 0 ? other : DEFAULT_PROJECT.id,
      // In one block, and of two months.
      startedAtMs: NOW + random.between(0, 3) * MONTH_MS,
      requestId: newId(),
      properties: new Map([
        ['environment', random.pick(['a', 'b'])],
        ['__proto__', `"${random.between(0, 9)}"`],
      ]),
      responseBody: index % 5 === 0 ? undefined : randomBytes(random.between(1, 300)),
      evaluators: index % 10 === 0 ? ['cost', { name: 'tone', version: '3' }] : [],
      webhooks: index % 50 === 0 ? [webhook.id] : [],
    }),
  );
  for (let from = 0; from < count; from += 500) await store.logs.add(logs.slice(from, from + 500), NOW);
  await store.edits.setPropertyHidden(DEFAULT_PROJECT.id, 'environment', true);
  for (const log of logs.slice(0, 20)) {
    const scores = [
      score({ value: random.between(0, 100) }),
      score({ name: 'tone', value: 'friendly', reason: 'so' }),
      score({ name: 'ok', value: true }),
    ];
    await store.scores.put(log.projectId, log.id, scores, FAR);
  }
  if (count > 100) await evaluate(store);
  await store.scores.put(other, 'chatcmpl-to-come', [score({})], FAR);
  await store.retention.set(other, { bodyDays: 30, logDays: null }, removalAct());
  await store.keys.used((await store.keys.list()).slice(0, 1).map(({ id }) => ({ id, atMs: NOW })));
  await store.close();
  return { path, logs, projects: [DEFAULT_PROJECT.id, other] };
}

/** Some scored twice, by two versions; some failed; one dead, one leased. */
async function evaluate(store: Store): Promise<void> {
  const claim = { evaluators: ['cost', 'tone'], nowMs: NOW, leaseUntilMs: NOW + 1000 };
  const jobs = await store.jobs.claim({ ...claim, limit: 12 });
  const effect = { evaluatorVersion: 'v1', atMs: NOW, retryAtMs: undefined, dead: false };
  const scored = {
    outcome: 'scored' as const,
    scores: [{ name: 'cost', value: 0.5, reason: null }],
    printed: 'p',
    durationMs: 1,
  };
  const failed = {
    outcome: 'failed' as const,
    code: 'threw' as const,
    message: 'no',
    retryable: false,
    printed: '',
    durationMs: 2,
  };
  await store.jobs.complete([
    ...jobs.slice(0, 6).map((job) => ({ ...effect, job, outcome: scored, retryAtMs: NOW, givenBy: 'anna' })),
    { ...effect, job: jobs[6]!, outcome: failed, dead: true },
  ]);
  const again = await store.jobs.claim({ ...claim, limit: 6 });
  await store.jobs.complete(
    again.slice(0, 4).map((job) => ({ ...effect, job, evaluatorVersion: 'v2', outcome: scored })),
  );
}

async function runsOf(store: Store, project: string): Promise<unknown[]> {
  const runs = await store.runs.list(project, { after: null, limit: 10 });
  const all = { from: 0, to: 1000 };
  return Promise.all(
    runs.map(async ({ seq: _seq, ...run }) => [
      run,
      await store.runs.outputs(run.id, all),
      await store.runs.results(run.id, all),
    ]),
  );
}

async function everythingOf(store: Store, { logs, projects }: Installation): Promise<unknown[]> {
  const of: unknown[] = [await store.keys.list(), await store.secret('body_url', randomBytes(32))];
  for (const project of projects) {
    of.push(
      await store.scores.names(project),
      await store.questions.hiddenProperties(project),
      await store.retention.of(project),
      (await store.audit.list(project, { after: null, limit: 100 })).map(({ seq: _seq, ...entry }) => entry),
      await store.webhooks.list(project),
      await store.datasets.list(project),
      ...(await runsOf(store, project)),
      await store.datasets.versions(project, 'faq'),
      await store.datasets.datapoints(project, 'faq', 1, { after: null, limit: 10 }),
      await store.datasets.datapoints(project, 'faq', 2, { after: null, limit: 10 }),
      await store.definitions.list(project),
      await store.alerts.list(project),
      await store.alerts.history(project, 'tone-drop', { limit: 9, cursor: null }),
      await store.definitions.versions(project, 'polite'),
      await store.rules.list(project),
      await store.foreign.list(project, 'file'),
    );
    for (const { id } of await store.webhooks.list(project))
      of.push(
        // On PostgreSQL the newest are those of the newest month.
        (await store.deliveries.list(project, id, { limit: 1000, cursor: null }))!.deliveries.toSorted((one, two) =>
          one.logId < two.logId ? -1 : 1,
        ),
      );
    for (const log of logs.filter((one, index) => one.projectId === project && (index < 60 || index % 40 === 0)))
      of.push([
        await store.logs.find(project, log.requestId),
        await store.scores.list(project, log.id),
        await store.scores.evaluations(project, log.id),
      ]);
  }
  of.push(await store.jobs.backlog());
  const claimed = await store.jobs.claim({
    evaluators: ['cost', 'tone'],
    limit: 10_000,
    nowMs: FAR,
    leaseUntilMs: FAR,
  });
  of.push(
    claimed
      .map(({ id: _id, ...job }) => job)
      .toSorted((one, two) => (one.logId + one.evaluator < two.logId + two.evaluator ? -1 : 1)),
  );
  const late = newLog({ projectId: projects[1]!, providerResponseId: 'chatcmpl-to-come' });
  await store.logs.add([late], NOW);
  of.push((await store.scores.list(projects[1]!, late.id)).length);
  return of;
}

async function expectSame(from: Installation, url: string): Promise<void> {
  const [there, here] = [await openStore(parseDatabaseUrl(`sqlite:${from.path}`, '/')), await openStoreHere(url)];
  onTestFinished(async () => {
    await Promise.all([there.close(), here.close()]);
  });
  const [wanted, found] = [await everythingOf(there, from), await everythingOf(here, from)];
  expect(found).toEqual(wanted);
  expect(wanted.at(-1)).toBe(1);
}

const silently = { onProgress: () => {}, now: () => NOW };

describe('a copy', () => {
  it('has everything, also when it was cut off between', { timeout: 60_000 }, async () => {
    const from = await installation(2500);
    const url = await server.createDatabase({ empty: true });
    for (const stopAt of [1000, 2000]) {
      const cut = copyInstallation({
        from: from.path,
        to: url,
        now: () => NOW,
        onProgress: ({ done }) => {
          if (done >= stopAt) throw new Error('cut off');
        },
      });
      await expect(cut).rejects.toThrow('cut off');
    }
    await expect(openStoreHere(url)).rejects.toThrow('unfinished copy');
    const seen: number[] = [];
    const counts = await copyInstallation({
      from: from.path,
      to: url,
      now: () => NOW,
      onProgress: ({ done }) => void seen.push(done),
    });
    expect(seen[0]).toBeGreaterThanOrEqual(2000);
    expect(seen.at(-1)).toBe(2500);
    expect(counts).toMatchObject({
      projects: 2,
      keys: 2,
      logs: 2500,
      'hidden properties': 1,
      'settings of projects': 1,
      'entries of the audit': 4,
      evaluators: 1,
      'versions of evaluators': 2,
      alerts: 1,
      'events of alerts': 1,
      rules: 1,
      'foreign records': 1,
      webhooks: 2,
      datasets: 1,
      runs: 1,
      'outputs of runs': 3,
      'results of runs': 3,
      'versions of datasets': 2,
      datapoints: 2,
      deliveries: 42,
      'properties of logs': 5000,
      secrets: 1,
    });
    await expectSame(from, url);
    await expect(copyInstallation({ from: from.path, to: url, ...silently })).rejects.toThrow(
      'It is in use already: it holds 2501 logs and 2 keys, and a copy would mix two installations. Give an empty database.',
    );
  });

  it('goes on where its process was killed, and says how it goes', { timeout: 60_000 }, async () => {
    const from = await installation(4000);
    const url = await server.createDatabase({ empty: true });
    const folder = temporaryFolder();
    const given = ['copy', '--from', `sqlite:${from.path}`];
    const env = { GRADEWAY_DATABASE_URL: url };
    const killed = start(folder, given, env);
    // Its first line comes before the first logs, the next ones while it copies.
    await once(killed.child.stderr!, 'data');
    killed.child.kill('SIGKILL');
    await killed.finished;
    const { code, stdout, stderr } = await run(folder, given, env);
    expect(stderr).toMatch(/^4,000 of 4,000 logs \([\d,]+ a second\)$/m);
    expect(stdout).toMatch(/^logs +4,000$/m);
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain('secret@');
    await expectSame(from, url);
  });

  it.each([
    {
      name: 'a gateway that runs',
      use: heldPresence,
      says: 'is used by a running gateway. Stop it, then copy.',
    },
    {
      name: 'logs that wait beside the file',
      use: (path: string) => writeFileSync(`${path}.spool.${newId()}.1`, 'x'),
      says: 'Start the gateway on this database',
    },
  ])('is refused because of $name', async ({ use, says }) => {
    const from = await installation(10);
    use(from.path);
    const url = await server.createDatabase({ empty: true });
    await expect(copyInstallation({ from: from.path, to: url, ...silently })).rejects.toThrow(says);
  });

  it('is refused by a database that holds an unfinished copy of another file', async () => {
    const [one, other] = [await installation(10), await installation(10)];
    const url = await server.createDatabase({ empty: true });
    const cut = copyInstallation({
      from: one.path,
      to: url,
      now: () => NOW,
      onProgress: () => {
        throw new Error('cut off');
      },
    });
    await expect(cut).rejects.toThrow('cut off');
    await expect(copyInstallation({ from: other.path, to: url, ...silently })).rejects.toThrow(
      `an unfinished copy of ${one.path}`,
    );
  });

  it.each([
    {
      name: 'no file',
      given: ['--from', 'sqlite:nowhere.db', '--to', 'postgres://a:canary@127.0.0.1:1/x'],
      code: 69,
      says: 'There is no database',
    },
    {
      name: 'a server to copy from',
      given: ['--from', 'postgres://a:canary@h/x', '--to', 'postgres://a@h/x'],
      code: 64,
      says: '--from is postgres://a:***@h/x; it must be sqlite:',
    },
    {
      name: 'a file to copy to',
      given: ['--from', 'sqlite:a.db', '--to', 'sqlite:b.db'],
      code: 64,
      says: '--to is sqlite:b.db; it must be postgres://',
    },
    {
      name: 'nothing to copy to',
      given: ['--from', 'sqlite:a.db'],
      code: 64,
      says: 'GRADEWAY_DATABASE_URL is sqlite:',
    },
  ])('is refused with $name', async ({ given, code, says }) => {
    const ended = await run(temporaryFolder(), ['copy', ...given]);
    expect(ended.stderr).toContain(says);
    expect(ended.code).toBe(code);
    expect(ended.stderr).not.toContain('canary');
  });
});

function heldPresence(path: string): void {
  const presence = new Presence(path, newId());
  onTestFinished(() => presence.close());
}
