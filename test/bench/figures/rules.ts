/** What deciding costs for one log with 200 rules, as the recorder's thread does it before it commits the log. */
import { filterable } from '../../../src/evaluation/filterable.ts';
import { prepareRules } from '../../../src/evaluation/rules.ts';
import type { Evaluator } from '../../../src/model/evaluator.ts';
import type { Filter } from '../../../src/model/filter.ts';
import type { Figure } from '../figure.ts';
import { fullLog } from '../logs.ts';
import { distribution } from '../numbers.ts';
import { seeded } from '../random.ts';

const RULES = 200;
const LOGS = 500;

export const rules: Figure = {
  name: 'rules',
  title: 'Rules: deciding which evaluators look at a log',
  async run(bench) {
    const prepared = prepareRules({
      evaluators: Array.from({ length: RULES }, (_, index) => evaluator(index)),
      rules: [],
    });
    const random = seeded(7);
    const logs = Array.from({ length: LOGS }, () => fullLog(random, Date.now()));
    const round = (): { p50: number; p99: number } => {
      const tookMs = new Float64Array(logs.length);
      for (const [index, log] of logs.entries()) {
        const startedAt = performance.now();
        prepared.decide(filterable(log), log);
        tookMs[index] = performance.now() - startedAt;
      }
      return distribution(tookMs);
    };
    for (let warm = 0; warm < 5; warm += 1) round();
    const taken = Array.from({ length: bench.rounds(9) }, round);
    const values = taken.map(({ p50 }) => p50);
    return [
      {
        measure: `rules: deciding for one log, ${RULES} rules, p50`,
        unit: 'ms',
        values,
        goal: { text: 'under 0.2 ms', actual: Math.max(...values), most: 0.2 },
      },
      { measure: `rules: deciding for one log, ${RULES} rules, p99`, unit: 'ms', values: taken.map(({ p99 }) => p99) },
    ];
  },
};

/** A quarter each: by model and status, by property, sampled by latency and cost, and by a part of the text. */
function evaluator(index: number): Evaluator {
  const filters: Filter[] = [
    {
      and: [
        { field: 'model', equals: `model-${index % 20}` },
        { field: 'status', equals: 200 },
      ],
    },
    {
      and: [
        { property: 'environment', in: ['production', `stage-${index}`] },
        { property: 'team', equals: `t-${index}` },
      ],
    },
    {
      or: [
        { field: 'durationMs', gt: 1000 + index },
        { field: 'costUsd', gt: index / 1000 },
      ],
    },
    {
      and: [
        { field: 'status', lt: 400 },
        { text: 'output', contains: `unlikely ${index}` },
      ],
    },
  ];
  return {
    name: `evaluator-${index}`,
    version: '1',
    projectId: null,
    kind: 'module',
    returns: 'boolean',
    description: null,
    range: null,
    options: null,
    better: null,
    needsTarget: false,
    threshold: null,
    deadlineMs: 5000,
    memoryMb: null,
    online: { sampleRate: index % 3 === 0 ? 0.5 : 1, filter: filters[index % filters.length]! },
    managedBy: 'file',
  };
}
