/**
 * `gradeway run SUITE.yaml`: evaluates before a change ships, with no server running: it brings its own worker on the configured
 * database. What came out goes to standard output, how it goes to standard error, reports to files; the exit code is the verdict.
 */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { createLogger } from '../../diagnostics.ts';
import { GatewayError } from '../../errors.ts';
import { providersOf } from '../../config/upstreams.ts';
import type { SuiteReport } from '../../offline/suite/report.ts';
import { readSuite, type Suite } from '../../offline/suite/suite.ts';
import { REPORT_FORMATS, type ReportFormat, written } from '../../offline/suite/write-reports.ts';
import { DEFAULT_PROJECT } from '../../store/store.ts';
import { EXIT } from '../exit-code.ts';
import { progressShown } from '../run-progress.ts';
import { tableOf } from '../run-table.ts';
import { settingsHere } from './settings.ts';

interface RunOptions {
  baseline?: string;
  name?: string;
  quick?: number;
  report: { format: ReportFormat; path: string }[];
}

const EXIT_CODES: Record<SuiteReport['verdict'], number> = {
  passed: EXIT.ok,
  regression: EXIT.regression,
  inconclusive: EXIT.inconclusive,
  could_not_run: EXIT.couldNotRun,
};

export function runCommand(): Command {
  return new Command('run')
    .description('evaluate a suite, compare it with its baseline and judge it by its gates')
    .argument('<suite>', 'YAML file: dataset, outputs, evaluators, baseline, gates')
    .option('--baseline <run>', 'compare with this run (id, name or report.json) in place of the suite’s')
    .option('--name <name>', 'name of the run, by which it is found as a baseline')
    .option('--quick <count>', 'only so many datapoints, the same ones each time', wholeNumber)
    .option(
      '--report <format=file>',
      `also write a report: ${REPORT_FORMATS.join(', ')}; may be given several times`,
      report,
      [],
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 passed, 1 a regression is shown, 2 the data do not decide it, 3 it could not run, 64 wrong usage.',
    )
    .action(run);
}

async function run(path: string, options: RunOptions): Promise<void> {
  const suite = await suiteAt(path);
  const name = options.name ?? suite.name ?? basename(path).replace(/\.ya?ml$/i, '');
  const config = settingsHere();
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal);
  // Loaded here, so that wrong usage is told at once.
  const [{ startGradeway }, { runSuite }] = await Promise.all([
    import('../../compose.ts'),
    import('../../offline/suite/run-suite.ts'),
  ]);
  // What goes wrong with single evaluations stands in the run; the process's own output is for the verdict.
  const running = await startGradeway(config, { role: 'work', logger: createLogger('silent') });
  try {
    for (const { file, message } of running.problems)
      process.stderr.write(`not loaded: ${file}: ${message.split('\n')[0]}\n`);
    const shown = progressShown(process.stderr);
    const file = {
      suite: { ...suite, baseline: options.baseline ?? suite.baseline },
      name,
      path,
      sample: options.quick,
    };
    const done = await told(
      path,
      runSuite(file, {
        store: running.store,
        evaluators: running.evaluators,
        upstreams: providersOf(config.upstreams),
        projectId: DEFAULT_PROJECT.id,
        onProgress: shown.progress,
        signal: stop.signal,
      }),
    );
    shown.end();
    await tell(done, options);
  } finally {
    await running.close();
  }
}

async function tell(done: SuiteReport, { report: reports }: RunOptions): Promise<void> {
  process.stdout.write(tableOf(done));
  for (const { format, path } of reports) await writeFile(path, written(done, format));
  if (process.env.GITHUB_ACTIONS === 'true') {
    process.stdout.write(written(done, 'github'));
    const summary = process.env.GITHUB_STEP_SUMMARY;
    if (summary !== undefined) await appendFile(summary, written(done, 'markdown'));
  }
  process.exitCode = EXIT_CODES[done.verdict];
}

async function suiteAt(path: string): Promise<Suite> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw wrong(
      code === 'ENOENT' ? `There is no suite ${path}.` : `${path} cannot be read: ${(error as Error).message}`,
    );
  }
  try {
    return readSuite(text);
  } catch (error) {
    throw wrong(`${path}:\n${(error as Error).message}`);
  }
}

/** What is wrong with a suite is its author's to mend, whichever part found it. */
async function told<Result>(path: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    const code = (error as { code?: string }).code;
    if (code === 'store_unavailable' || code === 'store_unusable') throw error;
    throw wrong(`${path}: ${(error as Error).message}`);
  }
}

function wrong(message: string): GatewayError {
  return new GatewayError('invalid_setting', { message });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('it must be a whole number from 1.');
  return value;
}

function report(text: string, before: RunOptions['report']): RunOptions['report'] {
  const [format, ...path] = text.split('=');
  if (!REPORT_FORMATS.includes(format as ReportFormat) || path.join('=') === '')
    throw new InvalidArgumentError(`write it as FORMAT=FILE, with one of ${REPORT_FORMATS.join(', ')}.`);
  return [...before, { format: format as ReportFormat, path: path.join('=') }];
}
