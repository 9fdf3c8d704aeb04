/** Reports of a suite for who reads them: JSON for machines, Markdown for a pull request, JUnit for CI, annotations for GitHub. */
import type { GateVerdict } from '../comparison/gate.ts';
import type { SuiteReport } from './report.ts';
import { round, signed, valueText, VERDICT_WORDS, xml } from './words.ts';
import { htmlOf } from './write-html.ts';

export const REPORT_FORMATS = ['json', 'markdown', 'junit', 'github', 'html'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export function written(report: SuiteReport, format: ReportFormat): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'markdown':
      return markdownOf(report);
    case 'junit':
      return junitOf(report);
    case 'github':
      return githubOf(report);
    case 'html':
    default:
      return htmlOf(report);
  }
}

const MARKS: Record<GateVerdict, string> = { passed: '✅', regression: '❌', inconclusive: '❔', could_not_run: '⚠️' };

function markdownOf(report: SuiteReport): string {
  const { suite, verdict, problem, gates, summary, compared, run } = report;
  const lines = [`### ${MARKS[verdict]} ${cell(suite)}: ${VERDICT_WORDS[verdict]}`, ''];
  if (problem !== null) lines.push(cell(problem), '');
  if (gates.length > 0) {
    lines.push('| Gate | Verdict | |', '| --- | --- | --- |');
    for (const { gate, verdict: one, message } of gates)
      lines.push(`| ${cell(gate.score)} | ${MARKS[one]} ${VERDICT_WORDS[one]} | ${cell(message)} |`);
    lines.push('');
  }
  if (summary !== null && summary.scores.length > 0) {
    const changes = new Map(compared.map((one) => [one.score, one]));
    lines.push('| Score | Value | Datapoints | Against the baseline |', '| --- | --- | --- | --- |');
    for (const score of summary.scores) {
      const change = changes.get(score.score);
      const against =
        change === undefined || change.difference === null
          ? ''
          : `${signed(change.difference)}, ${change.verdict.replaceAll('_', ' ')}`;
      lines.push(`| ${cell(score.score)} | ${cell(valueText(score))} | ${score.datapoints} | ${against} |`);
    }
    lines.push('');
  }
  const worse = compared.filter((one) => one.verdict === 'worse' && one.worse.length > 0);
  for (const one of worse) {
    lines.push(`<details><summary>${one.lost} datapoints got worse in ${cell(one.score)}</summary>`, '');
    for (const { datapointId, before, after } of one.worse)
      lines.push(`- \`${datapointId}\`: ${round(before)} → ${round(after)}`);
    lines.push('', '</details>', '');
  }
  if (run !== null && summary !== null)
    lines.push(`Run \`${run.id}\`, ${summary.outputs.there} outputs, ${round(summary.costUsd)} USD.`, '');
  return lines.join('\n');
}

/** After the schema that CI servers share (Jenkins's junit-10.xsd): a regression is a failure, what could not run an error. */
function junitOf({ suite, gates, verdict, problem }: SuiteReport): string {
  const cases = gates.map(({ gate, verdict: one, message }) => {
    const open = `  <testcase classname="${xml(suite)}" name="${xml(gate.score)}">`;
    if (one === 'passed') return `${open}<system-out>${xml(message)}</system-out></testcase>`;
    if (one === 'could_not_run') return `${open}<error message="${xml(message)}"/></testcase>`;
    return `${open}<failure type="${one}" message="${xml(message)}"/></testcase>`;
  });
  if (problem !== null)
    cases.unshift(`  <testcase classname="${xml(suite)}" name="run"><error message="${xml(problem)}"/></testcase>`);
  if (cases.length === 0) cases.push(`  <testcase classname="${xml(suite)}" name="run"/>`);
  const failures = gates.filter((one) => one.verdict === 'regression' || one.verdict === 'inconclusive').length;
  const errors = gates.filter((one) => one.verdict === 'could_not_run').length + (problem === null ? 0 : 1);
  const counts = `tests="${cases.length}" failures="${failures}" errors="${errors}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="${xml(suite)}" ${counts}>\n${cases.join('\n')}\n</testsuite>\n<!-- ${verdict} -->\n`;
}

/** Workflow commands (docs.github.com, "Workflow commands for GitHub Actions"). */
function githubOf({ suite, gates, problem, verdict }: SuiteReport): string {
  const level: Record<GateVerdict, string> = {
    passed: 'notice',
    regression: 'error',
    inconclusive: 'warning',
    could_not_run: 'error',
  };
  const line = (one: GateVerdict, title: string, message: string): string =>
    `::${level[one]} title=${escaped(title, true)}::${escaped(message, false)}\n`;
  const lines = gates.map((gate) => line(gate.verdict, `${suite}: ${gate.gate.score}`, gate.message));
  if (problem !== null) lines.unshift(line('could_not_run', suite, problem));
  if (lines.length === 0) lines.push(line(verdict, suite, VERDICT_WORDS[verdict]));
  return lines.join('');
}

function escaped(text: string, isProperty: boolean): string {
  const data = text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  return isProperty ? data.replaceAll(':', '%3A').replaceAll(',', '%2C') : data;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll(/\s+/g, ' ');
}
