/**
 * `npm run bench -- [name ...] [--quick] [--rounds N] [--json FILE]`: measures the figures side by side in one run and prints them with
 * their goals. Writes nothing but that file, and what is slow to make below the system's temporary folder. Exits with 0 also
 * where a goal is missed, with 1 where something could not run.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startUpstream } from './contestants/direct.ts';
import type { Bench, Figure, Row } from './figure.ts';
import { bulk } from './figures/bulk.ts';
import { busy } from './figures/busy.ts';
import { evaluations } from './figures/evaluations.ts';
import { charts } from './figures/charts.ts';
import { events } from './figures/events.ts';
import { ingest } from './figures/ingest.ts';
import { json } from './figures/json.ts';
import { latency } from './figures/latency.ts';
import { postgresQuestions } from './figures/postgres-questions.ts';
import { postgres } from './figures/postgres.ts';
import { questions } from './figures/questions.ts';
import { rules } from './figures/rules.ts';
import { runs } from './figures/runs.ts';
import { sandbox } from './figures/sandbox.ts';
import { streams } from './figures/streams.ts';
import { startGenerator } from './generator/generator.ts';
import { machineOf, machineText } from './machine.ts';
import { table, verdict } from './table.ts';

const FIGURES: Figure[] = [
  json,
  events,
  latency,
  streams,
  busy,
  bulk,
  ingest,
  evaluations,
  sandbox,
  runs,
  rules,
  questions,
  charts,
  postgres,
  postgresQuestions,
];

interface Measured {
  figure: string;
  rows: Row[];
  notes: string[];
}

async function main(): Promise<number> {
  const { values, positionals } = readArguments();
  const unknown = positionals.filter((name) => !FIGURES.some((figure) => figure.name === name));
  if (unknown.length > 0) {
    console.error(`No such figure: ${unknown.join(', ')}. There are ${FIGURES.map(({ name }) => name).join(', ')}.`);
    return 1;
  }
  const chosen = FIGURES.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const folder = mkdtempSync(join(tmpdir(), 'gradeway-bench-run-'));
  const machine = machineOf(folder);
  console.log(`${machineText(machine)}\n`);
  if (values.quick) console.log('--quick: this shows that the bench works; its numbers mean little.\n');

  const missing: string[] = [];
  const measured: Measured[] = [];
  const upstream = await startUpstream();
  const generator = await startGenerator();
  try {
    for (const figure of chosen) {
      const notes: string[] = [];
      const bench: Bench = {
        quick: values.quick,
        rounds: (own) => values.rounds ?? (values.quick ? 1 : own),
        folder,
        cache: join(tmpdir(), 'gradeway-bench'),
        upstream,
        generator,
        note: (text) => notes.push(text),
        missing: (text) => missing.push(`${figure.name}: ${text}`),
      };
      try {
        const rows = await figure.run(bench);
        measured.push({ figure: figure.name, rows, notes });
        console.log(`${table(figure, rows)}\n${notes.map((text) => `note: ${text}\n`).join('')}`);
      } catch (error) {
        missing.push(`${figure.name}: ${(error as Error).message}`);
      }
    }
  } finally {
    await generator.close();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const rows = measured.flatMap((one) => one.rows);
  console.log(verdict(rows));
  if (missing.length > 0) console.log(`Could not run:\n${missing.map((text) => `  ${text}`).join('\n')}`);
  if (values.json !== undefined)
    writeFileSync(
      values.json,
      `${JSON.stringify({ machine, quick: values.quick, measured, missing }, undefined, 2)}\n`,
    );
  return missing.length > 0 ? 1 : 0;
}

interface Arguments {
  values: { quick: boolean; rounds: number | undefined; json: string | undefined };
  positionals: string[];
}

function readArguments(): Arguments {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string' }, json: { type: 'string' } },
  });
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0))
    throw new Error(`--rounds is "${values.rounds}"; it must be a whole number above 0.`);
  return { values: { quick: values.quick, rounds, json: values.json }, positionals };
}

try {
  process.exit(await main());
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
