/** Evaluators of the store: whose they are, which version looks, and what happens to those that cannot. */
import { describe, expect, it } from 'vitest';
import { evaluateJobs } from '../../src/evaluation/evaluate.ts';
import type { EvaluatorOptions, Evaluators } from '../../src/evaluation/evaluators.ts';
import { runnableOf } from '../../src/evaluation/registry.ts';
import { shareOut } from '../../src/evaluation/share-out.ts';
import type { Definition, Versioned } from '../../src/model/definition.ts';
import type { ClaimedJob } from '../../src/model/job.ts';
import type { DefinedEvaluator } from '../../src/store/definitions.ts';
import { logWith } from '../evaluators/log-with.ts';
import { externalDefinition, humanDefinition, judgeDefinition } from '../fixtures/definition.ts';
import { newLog } from '../fixtures/new-log.ts';
import { evaluating, started } from './evaluator-folder.ts';

const [OURS, THEIRS] = [logWith().projectId, 'another-project'];

function version(definition: Definition, changes: Partial<Versioned> = {}): Versioned {
  return { projectId: OURS, version: '1', managedBy: 'api', createdAtMs: 1, ...changes, definition };
}

function defined(newest: Versioned, changes: Partial<DefinedEvaluator> = {}): DefinedEvaluator {
  return { newest, online: null, createdAtMs: 1, changedAtMs: 1, deleted: null, ...changes };
}

/** A judge whose verdict is whatever its model is called. */
const judge = (says: boolean, more: Parameters<typeof judgeDefinition>[0] = {}) =>
  judgeDefinition(more, { model: String(says) });

async function withJudges(
  all: DefinedEvaluator[],
  options: Partial<EvaluatorOptions> & { files?: Record<string, string> } = {},
): Promise<Evaluators> {
  const { files = {}, ...more } = options;
  const evaluators = await started(files, {
    models: {
      upstreams: new Map([['openai', 'openai']]),
      callModel: async ({ body }) => {
        const content = `{"reason":"r","verdict":${JSON.parse(body).model}}`;
        const answer = { choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }] };
        const headers = { 'content-type': 'application/json' };
        return { status: 200, headers, body: Buffer.from(JSON.stringify(answer)) };
      },
    },
    ...more,
  });
  evaluators.useDefinitions(all);
  return evaluators;
}

async function valueOf(
  evaluators: Evaluators,
  { projectId = OURS, asked }: { projectId?: string; asked?: string } = {},
): Promise<unknown> {
  const versions = asked === undefined ? undefined : { polite: asked };
  const request = { id: '1', subject: logWith({ projectId }), evaluators: ['polite'], versions };
  const [{ outcome, version: by }] = (await evaluators.evaluate([request])) as [never];
  const { scores, code } = outcome as { scores?: { value: unknown }[]; code?: string };
  return [by, scores?.[0]!.value ?? code];
}

describe('evaluators of the store', () => {
  it('look at the logs of their project alone, and may be called as another’s', async () => {
    const evaluators = await withJudges([
      defined(version(judge(true))),
      defined(version(judge(false), { projectId: THEIRS, version: '7' })),
    ]);
    expect(await valueOf(evaluators)).toEqual(['1', true]);
    expect(await valueOf(evaluators, { projectId: THEIRS })).toEqual(['7', false]);
    expect(await valueOf(evaluators, { projectId: 'a third' })).toEqual(['', 'not_loaded']);
    expect(evaluators.list).toMatchObject([
      { name: 'polite', projectId: OURS, version: '1', kind: 'judge' },
      { name: 'polite', projectId: THEIRS, version: '7' },
    ]);
  });

  it('come with their rule, and go', async () => {
    const evaluators = await withJudges([defined(version(judge(true)), { online: { sampleRate: 0.5 } })]);
    expect(evaluators.list).toMatchObject([{ online: { sampleRate: 0.5 }, managedBy: 'api' }]);
    evaluators.useDefinitions([defined(version(judge(true), { managedBy: 'config' }))]);
    expect(evaluators.list).toMatchObject([{ online: null, managedBy: 'config' }]);
    let told = 0;
    evaluators.onChange(() => (told += 1));
    evaluators.useDefinitions([]);
    expect([evaluators.list, told]).toEqual([[], 1]);
  });

  it('are run in older versions, which are read when they are asked for, once', async () => {
    const read: string[] = [];
    const evaluators = await withJudges([defined(version(judge(true), { version: '3' }))], {
      findVersion: async (projectId, name, wanted) => {
        read.push(`${projectId} ${name} ${wanted}`);
        return wanted === '2' ? version(judge(false), { version: '2' }) : undefined;
      },
    });
    expect(await valueOf(evaluators)).toEqual(['3', true]);
    for (let times = 0; times < 3; times += 1) expect(await valueOf(evaluators, { asked: '2' })).toEqual(['2', false]);
    expect(read).toEqual([`${OURS} polite 2`]);
    expect(await valueOf(evaluators, { asked: '9' })).toEqual(['', 'not_loaded']);
    expect(await valueOf(evaluators, { asked: '3' })).toEqual(['3', true]);
  });

  it('yield to a file of their name, which is said, and are still run where their version is asked for', async () => {
    const evaluators = await withJudges([defined(version(judge(false)))], {
      files: { 'polite.mjs': evaluating('return true') },
    });
    expect(await valueOf(evaluators)).toEqual([evaluators.list[0]!.version, true]);
    expect(evaluators.list).toHaveLength(1);
    expect(evaluators.problems).toMatchObject(
      [{ file: 'polite', projectId: OURS, message: /A file .* has its name/ }].map(({ message, ...rest }) => ({
        ...rest,
        message: expect.stringMatching(message),
      })),
    );
    expect(await valueOf(evaluators, { asked: '1' })).toEqual(['1', false]);
  });

  it('that need what is not there any more are not run, and said', async () => {
    const evaluators = await withJudges([defined(version(judgeDefinition({}, { upstream: 'groq' })))]);
    expect(evaluators.list).toEqual([]);
    expect(evaluators.problems).toEqual([
      { file: 'polite', projectId: OURS, message: 'settings.upstream: there is no "groq"; there are openai.' },
    ]);
  });
});

describe('a definition', () => {
  it.each<[string, Definition, RegExp]>([
    ['settings.template', judgeDefinition({}, { template: '{{ log.outputtext }}' }), /nearest is log\.output_text/],
    [
      'settings.template.1.content',
      judgeDefinition({}, { template: ['a', '{{ nope }}'].map((content) => ({ role: 'user', content })) }),
      /^Line 1, column 1: There is no variable nope/,
    ],
    ['settings.template', judgeDefinition({}, { template: [{ role: 'system', content: 'x' }] }), /role user/],
    ['settings.upstream', judgeDefinition({}, { upstream: 'nowhere' }), /there is no "nowhere"; there are openai/],
    ['range', judgeDefinition({ returns: 'number' }), /needs one, as min and max/],
    ['options', judgeDefinition({ returns: 'category' }), /needs them, each with a name/],
  ])('is refused where something is wrong with %s', async (member, definition, message) => {
    const evaluators = await withJudges([]);
    expect(await evaluators.check({ definition, projectId: OURS })).toEqual({
      member,
      message: expect.stringMatching(message),
    });
  });

  it('is said to need a target where its prompt asks for one', async () => {
    const evaluators = await withJudges([]);
    const asking = judgeDefinition({}, { template: '{{ log.output_text }} {{ datapoint.target }}' });
    expect(await evaluators.check({ definition: asking, projectId: OURS })).toEqual({ ...asking, needsTarget: true });
    expect(await evaluators.check({ definition: judgeDefinition(), projectId: OURS })).toEqual(judgeDefinition());
  });

  it('can be tried before it is stored, and shows what its model is asked', async () => {
    const evaluators = await withJudges([]);
    const draft = runnableOf(version(judge(true), { version: 'draft' }));
    const tried = await evaluators.attempt([
      { runnable: draft, subject: logWith() },
      { runnable: draft, subject: logWith({ status: 500 }) },
    ]);
    expect(tried).toMatchObject([{ outcome: { outcome: 'scored' } }, { outcome: { outcome: 'skipped' } }]);
    expect(tried[0]!.outcome.rendered).toContain(`Is this polite?\n<data-`);
    const [stored] = await evaluators.evaluate([{ id: '1', subject: logWith(), evaluators: ['polite'] }]);
    expect(stored!.outcome).not.toHaveProperty('rendered');
  });
});

describe('jobs', () => {
  const log = newLog({ projectId: OURS });
  const job = (changes: Partial<ClaimedJob> = {}): ClaimedJob => ({
    id: 1,
    projectId: OURS,
    logId: log.id,
    evaluator: 'polite',
    version: null,
    paidBy: null,
    attempt: 1,
    token: 1,
    ...changes,
  });
  const performed = async (jobs: ClaimedJob[], evaluators: Evaluators) =>
    (await evaluateJobs(jobs, { logs: { getMany: async () => [log] }, evaluators }))
      .toSorted((one, other) => one.job.id - other.job.id)
      .map(({ evaluatorVersion, outcome, dead }) => [evaluatorVersion, outcome.outcome, dead]);

  it('run on their version, whichever is the newest, also of one log at once', async () => {
    const evaluators = await withJudges([defined(version(judge(true), { version: '2' }))], {
      findVersion: async () => version(judge(false)),
    });
    const jobs = [job(), job({ id: 2, version: '1' }), job({ id: 3, version: '2' })];
    expect(await performed(jobs, evaluators)).toEqual([
      ['2', 'scored', false],
      ['1', 'scored', false],
      ['2', 'scored', false],
    ]);
  });

  it('of a deleted evaluator are run to their end, or end without being run', async () => {
    const deleted = (waiting: 'finish' | 'drop') => [defined(version(judge(true)), { deleted: { atMs: 2, waiting } })];
    const finishing = await withJudges(deleted('finish'));
    expect(finishing.list).toEqual([]);
    expect(finishing.known).toMatchObject([{ name: 'polite', kind: 'judge', projectId: OURS }]);
    expect(await performed([job(), job({ id: 2, version: '1' })], finishing)).toEqual([
      ['1', 'scored', false],
      ['1', 'scored', false],
    ]);
    const dropping = await withJudges(deleted('drop'));
    expect(await performed([job({ version: '1' })], dropping)).toEqual([['1', 'skipped', false]]);
  });

  it('of another project’s evaluator, or of a version that never was, are dead letters', async () => {
    const evaluators = await withJudges([defined(version(judge(true), { projectId: THEIRS }))]);
    expect(await performed([job(), job({ id: 2, version: '5' })], evaluators)).toEqual([
      ['', 'skipped', true],
      ['5', 'skipped', true],
    ]);
  });

  it('are tried again where the store does not answer', async () => {
    const evaluators = await withJudges([defined(version(judge(true), { version: '2' }))], {
      findVersion: async () => {
        throw new Error('no answer');
      },
    });
    await expect(performed([job({ version: '1' })], evaluators)).rejects.toThrow('no answer');
  });

  it('that people or others work on are there, and no consumer takes their jobs', async () => {
    const evaluators = await withJudges([defined(version(humanDefinition())), defined(version(externalDefinition()))]);
    expect(evaluators.list.map(({ name, kind }) => `${kind} ${name}`)).toEqual(['human helpful', 'external toxicity']);
    expect(shareOut(evaluators.known, ['helpful', 'toxicity'])).toEqual({ run: [], call: [] });
    for (const definition of [humanDefinition(), externalDefinition()])
      expect(await evaluators.check({ definition, projectId: OURS })).toEqual(definition);
  });
});
