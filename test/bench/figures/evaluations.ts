/** How many evaluations a second the shipped evaluators do in their child processes, without the queue around them. */
import { join } from 'node:path';
import { startEvaluators } from '../../../src/evaluation/evaluators.ts';
import { subjectOf } from '../../../src/evaluation/subject.ts';
import { type Figure } from '../figure.ts';
import { fullLog } from '../logs.ts';
import { seeded } from '../random.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'evaluators');
const BATCH = 50;

export const evaluations: Figure = {
  name: 'evaluations',
  title: 'Module evaluators (for information)',
  async run(bench) {
    const ms = bench.quick ? 500 : 2000;
    const evaluators = await startEvaluators({ folder: FOLDER, watch: false });
    try {
      const names = evaluators.list.map(({ name }) => name);
      const random = seeded(7);
      const subjects = Array.from({ length: BATCH }, () => subjectOf(fullLog(random, Date.now())));
      const requests = subjects.map((subject) => ({ id: subject.id, subject, evaluators: names }));
      const burst = async (forMs: number): Promise<number> => {
        const startedAt = performance.now();
        let done = 0;
        while (performance.now() - startedAt < forMs) {
          const answers = await evaluators.evaluate(requests);
          const failed = answers.find(({ outcome }) => outcome.outcome === 'failed');
          if (failed) throw new Error(`an evaluator failed: ${JSON.stringify(failed.outcome)}`);
          done += answers.length;
        }
        return (done * 1000) / (performance.now() - startedAt);
      };
      await burst(ms / 2);
      const values: number[] = [];
      for (let round = 0; round < bench.rounds(5); round += 1) values.push(await burst(ms));
      return [{ measure: `evaluations: ${names.length} shipped evaluators on each log`, unit: '1/s', values }];
    } finally {
      await evaluators.close();
    }
  },
};
