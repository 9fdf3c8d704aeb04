/**
 * `gradeway run SUITE.yaml`: evaluates before a change ships, with no server running: it brings its own worker on the configured
 * database. What came out goes to standard output, how it goes to standard error, reports to files; the exit code is the verdict.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Command } from 'commander';
import { createLogger } from '../../diagnostics.ts';
import { providersOf } from '../../config/upstreams.ts';
import { readSuite, type Suite } from '../../offline/suite/suite.ts';
import { asUsage, wrongUsage } from '../exit-code.ts';
import { projectIdOf, projectOption } from '../project.ts';
import { progressShown } from '../run-progress.ts';
import { reportOption, tellReport, VERDICT_EXITS, type WantedReport } from '../tell-report.ts';
import { wholeNumber } from '../whole-number.ts';
import { settingsHere } from './settings.ts';

interface RunOptions {
  baseline?: string;
  name?: string;
  quick?: number;
  report: WantedReport[];
  project: string;
}

export function runCommand(): Command {
  return new Command('run')
    .description('evaluate a suite, compare it with its baseline and judge it by its gates')
    .argument('<suite>', 'YAML file: dataset, outputs, evaluators, baseline, gates')
    .option('--baseline <run>', 'compare with this run (id, name or report.json) in place of the suite’s')
    .option('--name <name>', 'name of the run, by which it is found as a baseline')
    .option('--quick <count>', 'only so many datapoints, the same ones each time', wholeNumber)
    .addOption(projectOption())
    .addOption(reportOption())
    .addHelpText('after', VERDICT_EXITS)
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
    const done = await asUsage(
      `${path}: `,
      runSuite(file, {
        store: running.store,
        evaluators: running.evaluators,
        upstreams: providersOf(config.upstreams),
        projectId: await projectIdOf(running.store, options.project),
        onProgress: shown.progress,
        signal: stop.signal,
      }),
    );
    shown.end();
    await tellReport(done, options.report);
  } finally {
    await running.close();
  }
}

async function suiteAt(path: string): Promise<Suite> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw wrongUsage(
      code === 'ENOENT' ? `There is no suite ${path}.` : `${path} cannot be read: ${(error as Error).message}`,
    );
  }
  try {
    return readSuite(text);
  } catch (error) {
    throw wrongUsage(`${path}:\n${(error as Error).message}`);
  }
}
