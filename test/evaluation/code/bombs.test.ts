import { beforeAll, describe, expect, it } from 'vitest';
import { codeKind } from '../../../src/evaluation/kinds/code.ts';
import type { Outcome } from '../../../src/model/outcome.ts';
import { logWith } from '../../evaluators/log-with.ts';
import { JAVASCRIPT_BOMBS, PYTHON_BOMBS } from './bombs.ts';
import { code, sampled, versioned } from './code-evaluators.ts';

const DEADLINE_MS = 200;
/** The machine is shared with other tests; alone it takes a quarter of this. */
const LATE_MS = 1500;
const MB = 1024 * 1024;

const BOMBS = [
  ...sampled(JAVASCRIPT_BOMBS, 2).map((bomb) => ({ ...bomb, language: 'javascript' as const })),
  ...sampled(PYTHON_BOMBS, 2).map((bomb) => ({ ...bomb, language: 'python' as const })),
].map((bomb, index) => ({ ...bomb, index }));

describe('a bomb', () => {
  const got: Outcome[] = [];
  let grownBytes = 0;
  let after: Outcome | undefined;

  beforeAll(async () => {
    const definitions = BOMBS.map(({ language, body, index }) => {
      const source =
        language === 'javascript'
          ? `export default function (log) { ${body} }`
          : `def evaluate(log):\n${body.replaceAll(/^/gm, '  ')}`;
      return code(language, source, { name: `bomb${index}`, deadlineMs: DEADLINE_MS });
    });
    definitions.push(code('javascript', 'export default () => true', { name: 'honest' }));
    const evaluators = await codeKind.prepare(
      {},
      definitions.map((one) => versioned(one)),
    );
    const evaluate = async (evaluator: string): Promise<Outcome> =>
      (await evaluators.evaluate([{ id: 'x', subject: logWith(), evaluators: [evaluator] }]))[0]!.outcome;
    const before = process.memoryUsage().rss;
    try {
      for (const { index } of BOMBS) {
        got.push(await evaluate(`bomb${index}`));
        grownBytes = Math.max(grownBytes, process.memoryUsage().rss - before);
      }
      after = await evaluate('honest');
    } finally {
      await evaluators.close();
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
    expect(JAVASCRIPT_BOMBS.length + PYTHON_BOMBS.length).toBeGreaterThanOrEqual(50);
    expect(grownBytes).toBeLessThan(64 * MB);
    expect(after).toMatchObject({ outcome: 'scored', scores: [{ value: true }] });
  });
});
