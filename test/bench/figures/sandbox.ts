/**
 * How many evaluations a second code of somebody else does in its guests, how long a single one takes, and what bombs in
 * it cost: how late they are ended, and how much memory of this process they take.
 */
import type { Runnable } from '../../../src/evaluation/kind.ts';
import { CodeRunner } from '../../../src/evaluation/kinds/code/runner.ts';
import { runnableOf } from '../../../src/evaluation/registry.ts';
import { subjectOf } from '../../../src/evaluation/subject.ts';
import type { CodeSettings } from '../../../src/model/definition.ts';
import { definitionSchema } from '../../../src/model/definition.ts';
import type { Log } from '../../../src/model/log.ts';
import type { Outcome } from '../../../src/model/outcome.ts';
import { bombs } from '../../evaluation/code/bombs.ts';
import { type Bench, type Figure, type Row } from '../figure.ts';
import { fullLog } from '../logs.ts';
import { seeded } from '../random.ts';

type Language = CodeSettings['language'];

const BATCH = 256;
const SOURCES = {
  javascript: 'export default (log) => log.output.text.length > 20',
  python: 'def evaluate(log):\n  return len(log["output"]) > 20',
};
const LEAST = { javascript: 400, python: 200 };
const MOST_MS = 250;
const BOMB_DEADLINE_MS = 250;
const MOST_LATE_MS = 250;
const MOST_MB = 64;
const MB = 1024 * 1024;

export const sandbox: Figure = {
  name: 'sandbox',
  title: 'Code evaluators in their guests',
  async run(bench) {
    const random = seeded(7);
    const subjects = Array.from({ length: BATCH }, () => subjectOf(fullLog(random, Date.now())));
    const rows: Row[] = [];
    for (const language of ['javascript', 'python'] as const) rows.push(...(await speedOf(bench, language, subjects)));
    return [...rows, ...(await bombRows(bench, subjects[0]!))];
  },
};

async function speedOf(bench: Bench, language: Language, subjects: Log[]): Promise<Row[]> {
  const rates: number[] = [];
  const colds: number[] = [];
  const starts: number[] = [];
  const runner = new CodeRunner();
  try {
    const settings = { language, source: SOURCES[language] };
    await timed(runner, settings, subjects);
    for (let round = 0; round < bench.rounds(5); round += 1) {
      rates.push((BATCH * 1000) / (await timed(runner, settings, subjects)));
      // An evaluator that never ran before, in a child that waits.
      const source = `${settings.source}\n`.repeat(1 + round);
      if (language === 'python') colds.push(await timed(runner, { language, source }, subjects.slice(0, 1)));
      const fresh = new CodeRunner();
      starts.push(await timed(fresh, settings, subjects.slice(0, 1)));
      await fresh.close();
    }
  } finally {
    await runner.close();
  }
  const least = LEAST[language];
  const rate = { text: `at least ${least}/s`, actual: Math.min(...rates), least };
  const cold = { text: `at most ${MOST_MS} ms`, actual: Math.max(...colds), most: MOST_MS };
  return [
    { measure: `${language}: evaluations, ${BATCH} logs at once`, unit: '1/s', values: rates, goal: rate },
    ...(language === 'python'
      ? [{ measure: `${language}: a single one from cold`, unit: 'ms', values: colds, goal: cold }]
      : []),
    { measure: `${language}: a single one, its child started for it`, unit: 'ms', values: starts },
  ];
}

/** Milliseconds; throws where one has no score. */
async function timed(runner: CodeRunner, settings: CodeSettings, subjects: Log[]): Promise<number> {
  const runnable = runnableFor(settings);
  const beganAt = performance.now();
  for (const outcome of await outcomesOf(
    runner,
    subjects.map((subject) => ({ runnable, subject })),
  ))
    if (outcome.outcome !== 'scored') throw new Error(`an evaluator failed: ${JSON.stringify(outcome)}`);
  return performance.now() - beganAt;
}

/** Each bomb alone, one after the other, so that what is late is the watch and not the machine. */
async function bombRows(bench: Bench, subject: Log): Promise<Row[]> {
  const all = bench.quick ? bombs().slice(0, 4) : bombs();
  const runner = new CodeRunner();
  const lates: number[] = [];
  let most = 0;
  let alive = true;
  try {
    const before = process.memoryUsage().rss;
    for (const { language, source } of all) {
      const work = [{ runnable: runnableFor({ language, source }, BOMB_DEADLINE_MS), subject }];
      const [outcome] = await outcomesOf(runner, work);
      lates.push(Math.max(0, outcome!.durationMs - BOMB_DEADLINE_MS));
      most = Math.max(most, process.memoryUsage().rss - before);
    }
    const honest = { language: 'python', source: SOURCES.python } as const;
    await timed(runner, honest, [subject]).catch(() => (alive = false));
  } finally {
    await runner.close();
  }
  if (!alive) bench.missing('after the bombs an honest evaluator has no score');
  const late = { text: `at most ${MOST_LATE_MS} ms`, actual: Math.max(...lates), most: MOST_LATE_MS };
  const memory = { text: `at most ${MOST_MB} MB`, actual: most / MB, most: MOST_MB };
  return [
    {
      measure: `${all.length} bombs: ended after their deadline, the latest`,
      unit: 'ms',
      values: [late.actual],
      goal: late,
    },
    {
      measure: `${all.length} bombs: memory of the parent grows by`,
      unit: 'MB',
      values: [memory.actual],
      goal: memory,
    },
  ];
}

async function outcomesOf(
  runner: CodeRunner,
  work: { runnable: Runnable<'code'>; subject: Log }[],
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  await runner.run(work, ({ outcome }, index) => (outcomes[index] = outcome));
  return outcomes;
}

function runnableFor(settings: CodeSettings, deadlineMs = 5000): Runnable<'code'> {
  const definition = definitionSchema.parse({ name: 'one', kind: 'code', returns: 'boolean', deadlineMs, settings });
  const version = { projectId: 'p', version: '1', managedBy: 'api', createdAtMs: 0 } as const;
  return runnableOf({ ...version, definition }) as Runnable<'code'>;
}
