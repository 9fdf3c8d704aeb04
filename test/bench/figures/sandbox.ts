/** How many evaluations a second code of somebody else does in its guests, and how long a single one takes. */
import { codeKind } from '../../../src/evaluation/kinds/code.ts';
import { subjectOf } from '../../../src/evaluation/subject.ts';
import { definitionSchema, type Versioned } from '../../../src/model/definition.ts';
import { type Figure, type Row } from '../figure.ts';
import { fullLog } from '../logs.ts';
import { seeded } from '../random.ts';

const BATCH = 256;
const SOURCES = {
  javascript: 'export default (log) => log.output.text.length > 20',
  python: 'def evaluate(log):\n  return len(log["output"]) > 20',
};
const LEAST = { javascript: 400, python: 200 };
const MOST_MS = 250;

export const sandbox: Figure = {
  name: 'sandbox',
  title: 'Code evaluators in their guests',
  async run(bench) {
    const random = seeded(7);
    const subjects = Array.from({ length: BATCH }, () => subjectOf(fullLog(random, Date.now())));
    const rows: Row[] = [];
    for (const language of ['javascript', 'python'] as const) {
      const given = {
        name: 'one',
        kind: 'code',
        returns: 'boolean',
        settings: { language, source: SOURCES[language] },
      };
      const definition = definitionSchema.parse(given) as Versioned<'code'>['definition'];
      const version = { projectId: subjects[0]!.projectId, version: '1', managedBy: 'api' as const, createdAtMs: 0 };
      const evaluators = await codeKind.prepare({}, [{ ...version, definition }]);
      const timed = async (some: typeof subjects): Promise<number> => {
        const requests = some.map((subject) => ({ id: subject.id, subject, evaluators: ['one'] }));
        const beganAt = performance.now();
        const failed = (await evaluators.evaluate(requests)).find(({ outcome }) => outcome.outcome !== 'scored');
        if (failed) throw new Error(`an evaluator failed: ${JSON.stringify(failed.outcome)}`);
        return performance.now() - beganAt;
      };
      try {
        await timed(subjects);
        const [rates, singles]: [number[], number[]] = [[], []];
        for (let round = 0; round < bench.rounds(5); round += 1) {
          rates.push((BATCH * 1000) / (await timed(subjects)));
          singles.push(await timed(subjects.slice(0, 1)));
        }
        const least = LEAST[language];
        rows.push(
          {
            measure: `${language}: evaluations, ${BATCH} logs at once`,
            unit: '1/s',
            values: rates,
            goal: { text: `at least ${least}/s`, actual: Math.min(...rates), least },
          },
          {
            measure: `${language}: one evaluation in a child that waits`,
            unit: 'ms',
            values: singles,
            goal: { text: `at most ${MOST_MS} ms`, actual: Math.max(...singles), most: MOST_MS },
          },
        );
      } finally {
        await evaluators.close();
      }
    }
    return rows;
  },
};
