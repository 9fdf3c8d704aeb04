/**
 * `gradeway compare BEFORE AFTER`: two runs that there are, datapoint by datapoint, with no server running. Each is the id of a run, the
 * name of the newest completed one, or a report of one. Without gates, a score that is shown to be worse is a regression.
 */
import { Command, InvalidArgumentError } from 'commander';
import { type Gate, gateSchema } from '../../offline/comparison/gate.ts';
import { asUsage } from '../exit-code.ts';
import { projectIdOf, projectOption } from '../project.ts';
import { reportOption, tellReport, VERDICT_EXITS, type WantedReport } from '../tell-report.ts';
import { settingsHere, withStore } from './settings.ts';

interface CompareOptions {
  project: string;
  gate: Gate[];
  level: number;
  seed: number;
  report: WantedReport[];
}

const CONDITIONS = ['atLeast', 'atMost', 'nonInferiorBy', 'betterBy'] as const;

export function compareCommand(): Command {
  return new Command('compare')
    .description('compare two runs, and judge the second by gates')
    .argument('<before>', 'id of a run, name of the newest completed one, or report.json')
    .argument('<after>', 'likewise')
    .addOption(projectOption())
    .option(
      '--gate <score:condition=number>',
      `what must hold: ${CONDITIONS.join(', ')}; may be given several times`,
      gate,
      [],
    )
    .option('--level <share>', 'of intervals', level, 0.95)
    .option('--seed <number>', 'of what is drawn at random', seed, 1)
    .addOption(reportOption())
    .addHelpText('after', VERDICT_EXITS)
    .action(compare);
}

async function compare(before: string, after: string, { gate: gates, ...options }: CompareOptions): Promise<void> {
  const config = settingsHere();
  // Loaded here, so that wrong usage is told at once.
  const [{ directionsOf }, { compareFound }, { findScores }, { knownEvaluators }] = await Promise.all([
    import('../../offline/comparison/directions.ts'),
    import('../../offline/suite/compare-found.ts'),
    import('../../offline/suite/find-scores.ts'),
    import('../known-evaluators.ts'),
  ]);
  const done = await withStore(config, async (store) => {
    const projectId = await projectIdOf(store, options.project);
    const place = { folder: process.cwd(), runs: store.runs, projectId };
    const found = [await asUsage('', findScores(before, place)), await asUsage('', findScores(after, place))] as const;
    const better = directionsOf(await knownEvaluators(config, store), projectId);
    return compareFound(...found, { gates, better, level: options.level, seed: options.seed });
  });
  await tellReport(done, options.report);
}

function gate(text: string, before: Gate[]): Gate[] {
  const [, score, condition, number] = /^(.+):([A-Za-z]+)=(.+)$/.exec(text) ?? [];
  const read = gateSchema.safeParse({ score, [condition ?? '']: Number(number) });
  if (!read.success)
    throw new InvalidArgumentError(
      `write it as faithfulness:nonInferiorBy=0.03, with one of ${CONDITIONS.join(', ')} and a number.`,
    );
  return [...before, read.data];
}

function level(text: string): number {
  const value = Number(text);
  if (!(value > 0.5 && value < 1)) throw new InvalidArgumentError('it must lie between 0.5 and 1.');
  return value;
}

function seed(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value)) throw new InvalidArgumentError('it must be a whole number.');
  return value;
}
