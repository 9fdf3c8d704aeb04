import { beforeAll, describe, expect, it } from 'vitest';
import { CodeRunner } from '../../../src/evaluation/kinds/code/runner.ts';
import type { DefinitionOf } from '../../../src/model/definition.ts';
import type { Outcome } from '../../../src/model/outcome.ts';
import { logWith } from '../../evaluators/log-with.ts';
import { bombs } from './bombs.ts';
import { code, resultsOf, runnable, sampled } from './code-evaluators.ts';

const DEADLINE_MS = 200;
/** The machine is shared with other tests; alone it takes a quarter of this. */
const LATE_MS = 1500;
const MB = 1024 * 1024;

const BOMBS = sampled(bombs(), 3).map((bomb, index) => ({ ...bomb, index }));

describe('a bomb', () => {
  const got: Outcome[] = [];
  let grownBytes = 0;
  let after: Outcome | undefined;

  beforeAll(async () => {
    const definitions = BOMBS.map(({ language, source }) => code(language, source, { deadlineMs: DEADLINE_MS }));
    const runner = new CodeRunner();
    const evaluate = async (definition: DefinitionOf<'code'>): Promise<Outcome> =>
      (await resultsOf(runner, [{ runnable: runnable(definition), subject: logWith() }]))[0]!.outcome;
    const before = process.memoryUsage().rss;
    try {
      for (const bomb of definitions) {
        got.push(await evaluate(bomb));
        grownBytes = Math.max(grownBytes, process.memoryUsage().rss - before);
      }
      after = await evaluate(code('javascript', 'export default () => true'));
    } finally {
      await runner.close();
    }
  }, 180_000);

  it.each(BOMBS)('of $language $index ends: $body', ({ index, ends }) => {
    const outcome = got[index]!;
    expect(ends).toContain(outcome.outcome === 'failed' ? outcome.code : outcome.outcome);
    expect(outcome.durationMs).toBeLessThan(DEADLINE_MS + LATE_MS);
    expect(outcome.printed.length).toBeLessThanOrEqual(64 * 1024);
    expect(outcome.outcome === 'failed' ? outcome.message.length : 0).toBeLessThanOrEqual(2048);
  });

  it('leaves the parent its memory and the others their turn', () => {
    expect(bombs().length).toBeGreaterThanOrEqual(50);
    const late = Math.max(...got.map(({ durationMs }) => durationMs - DEADLINE_MS));
    console.info(
      `bombs: ${got.length}, the latest ended ${late} ms after its deadline, memory grew by ${grownBytes / MB} MB`,
    );
    expect(grownBytes).toBeLessThan(64 * MB);
    expect(after).toMatchObject({ outcome: 'scored', scores: [{ value: true }] });
  });
});
