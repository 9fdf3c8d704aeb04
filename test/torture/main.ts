/**
 * `npm run torture -- --cycles 1000`: kills the gateway as often, at random moments, and shows what was lost. Ends with 1
 * where anything was, and then leaves the databases for inspection. The same seed plays the same calls and moments.
 */
import { parseArgs } from 'node:util';
import { torture } from './torture.ts';

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '25' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    clients: { type: 'string', default: '16' },
    'cycles-per-database': { type: 'string', default: '100' },
    'longest-ms': { type: 'string', default: '2000' },
    durability: { type: 'string', default: 'durable' },
  },
});

const { durability } = values;
if (durability !== 'durable' && durability !== 'fast') {
  console.error('--durability must be durable or fast.');
  process.exit(64);
}

const wholeNumber = (name: keyof typeof values): number => {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < 1) {
    console.error(`--${name} must be a whole number from 1.`);
    process.exit(64);
  }
  return value;
};

const summary = await torture({
  cycles: wholeNumber('cycles'),
  seed: wholeNumber('seed'),
  clients: wholeNumber('clients'),
  durability,
  cyclesPerDatabase: wholeNumber('cycles-per-database'),
  longestMs: Math.max(21, wholeNumber('longest-ms')),
  say: (line) => console.log(line),
});

for (const problem of summary.problems.slice(0, 50)) console.error(problem);
const starts = summary.startMs.toSorted((one, other) => one - other);
const startMs = (share: number): string => (starts[Math.floor((starts.length - 1) * share)] ?? 0).toFixed(0);
const found = summary.problems.length;
console.log(
  `${summary.cycles} cycles, ${summary.acknowledged} acknowledged of ${summary.calls} calls, ${found === 0 ? `${summary.lost} lost` : `${found} PROBLEMS`}, ` +
    `${summary.interrupted} interrupted, ${summary.logs} logs, ${summary.scores} scores, ` +
    `start ${startMs(0.5)} ms (p50) ${startMs(1)} ms (max), jobs settled within ${(summary.settledMs / 1000).toFixed(1)} s, seed ${values.seed}`,
);
if (found > 0) console.error(`The databases are in ${summary.folder}`);
process.exitCode = found > 0 ? 1 : 0;
