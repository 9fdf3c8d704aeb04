/** What a suite came to, for a terminal. */
import type { SuiteReport } from '../offline/suite/report.ts';
import { round, signed, valueText, VERDICT_WORDS } from '../offline/suite/words.ts';
import { columns } from './columns.ts';

/** Datapoints that are named under a score that got worse. */
const WORST = 5;

export function tableOf({ suite, verdict, problem, summary, compared, gates, run }: SuiteReport): string {
  const parts: string[] = [];
  if (summary !== null && summary.scores.length > 0) {
    const changes = new Map(compared.map((one) => [one.score, one]));
    const rows = summary.scores.map((score) => {
      const change = changes.get(score.score);
      const against =
        change === undefined || change.difference === null
          ? ''
          : `${signed(change.difference)} ${change.verdict.replaceAll('_', ' ')}`;
      return [score.score, valueText(score), String(score.datapoints), against];
    });
    parts.push(columns([['SCORE', 'VALUE', 'DATAPOINTS', 'AGAINST THE BASELINE'], ...rows]));
  }
  const without = Object.entries(summary?.evaluators ?? {}).filter(([, counts]) => counts.failed + counts.skipped > 0);
  for (const [name, { failed, skipped }] of without) parts.push(`${name}: ${failed} failed, ${skipped} skipped\n`);
  for (const { score, pairs, onlyBefore, onlyAfter } of compared)
    if (onlyBefore + onlyAfter > 0)
      parts.push(
        `${score}: compared over the ${pairs} datapoints of both runs; ${onlyBefore} are of the baseline only, ${onlyAfter} of this run only\n`,
      );
  for (const one of compared.filter((score) => score.verdict === 'worse'))
    parts.push(
      `\n${one.lost} datapoints got worse in ${one.score}, the worst:\n`,
      ...one.worse
        .slice(0, WORST)
        .map((pair) => `  ${pair.datapointId}  ${round(pair.before)} -> ${round(pair.after)}\n`),
    );
  if (gates.length > 0) {
    parts.push('\n');
    for (const gate of gates) parts.push(`${VERDICT_WORDS[gate.verdict].padEnd(16)}  ${gate.message}\n`);
  }
  const cost = summary === null || summary.costUsd === 0 ? '' : `, ${round(summary.costUsd)} USD`;
  parts.push(
    `\n${suite}: ${VERDICT_WORDS[verdict]}${problem === null ? '' : `. ${problem}`} (run ${run?.id ?? 'none'}${cost})\n`,
  );
  return parts.join('');
}
