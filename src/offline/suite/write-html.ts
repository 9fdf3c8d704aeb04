/** A suite's report as one HTML file that needs no other: values with their intervals drawn, differences, and the datapoints that got worse. */
import type { Interval } from '../../statistics/interval.ts';
import type { ComparedScore } from '../comparison/compare-runs.ts';
import type { SuiteReport } from './report.ts';
import { round, signed, valueText, VERDICT_WORDS, xml } from './words.ts';

const WIDTH = 320;
const HEIGHT = 18;

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#c9ced6, #3d444d); --soft: light-dark(#59636e, #9198a1); --accent: light-dark(#0969da, #4493f8); }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: middle; }
th { color: var(--soft); font-weight: 500; } td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.passed { color: light-dark(#1a7f37, #3fb950); } .regression, .could_not_run { color: light-dark(#d1242f, #f85149); } .inconclusive { color: light-dark(#9a6700, #d29922); }
svg { display: block; } svg line { stroke: var(--soft); } svg rect { fill: var(--accent); } svg .zero { stroke: var(--line); stroke-dasharray: 3 3; }
`;

export function htmlOf(report: SuiteReport): string {
  const { suite, verdict, problem, gates, summary, compared, run } = report;
  const about =
    run === null || summary === null
      ? ''
      : `<p>Run <code>${run.id}</code>, dataset ${xml(run.spec.dataset.name)} version ${run.spec.dataset.version}, ${summary.outputs.there} outputs, ${round(summary.costUsd)} USD.</p>`;
  const gateRows = gates.map(
    (one) =>
      `<tr><td>${xml(one.gate.score)}</td><td class="${one.verdict}">${VERDICT_WORDS[one.verdict]}</td><td>${xml(one.message)}</td></tr>`,
  );
  const scoreRows = (summary?.scores ?? []).map((score) => {
    const range: [number, number] = score.kind === 'boolean' ? [0, 1] : rangeOf(score.min, score.max, score.interval);
    const plot = score.mean === null ? '' : plotOf(score.mean, score.interval, range);
    return `<tr><td>${xml(score.score)}</td><td class="number">${xml(valueText(score))}</td><td>${plot}</td><td class="number">${score.datapoints}</td></tr>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${xml(suite)}: ${VERDICT_WORDS[verdict]}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${xml(suite)}: <span class="${verdict}">${VERDICT_WORDS[verdict]}</span></h1>
${problem === null ? '' : `<p class="could_not_run">${xml(problem)}</p>`}
${about}
${tableOf('Gates', ['Score', 'Verdict', 'Why'], gateRows)}
${tableOf('Scores', ['Score', 'Value', 'Interval', 'Datapoints'], scoreRows)}
${tableOf('Against the baseline', ['Score', 'Before', 'After', 'Difference', 'Interval', 'Verdict'], compared.map(comparedRow))}
${compared
  .filter(({ worse }) => worse.length > 0)
  .map(worseOf)
  .join('\n')}
</body>
</html>
`;
}

function tableOf(title: string, head: string[], rows: string[]): string {
  if (rows.length === 0) return '';
  const cells = head.map((text) => `<th scope="col">${text}</th>`).join('');
  return `<h2>${title}</h2>\n<table><thead><tr>${cells}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>`;
}

function comparedRow({ score, before, after, difference, interval, verdict }: ComparedScore): string {
  const shown = (value: number | null): string => (value === null ? '' : round(value));
  const range = rangeOf(Math.min(0, difference ?? 0), Math.max(0, difference ?? 0), interval);
  const plot = difference === null ? '' : plotOf(difference, interval, range);
  const change = difference === null ? '' : signed(difference);
  return `<tr><td>${xml(score)}</td><td class="number">${shown(before)}</td><td class="number">${shown(after)}</td><td class="number">${change}</td><td>${plot}</td><td>${verdict.replaceAll('_', ' ')}</td></tr>`;
}

function worseOf({ score, lost, worse }: ComparedScore): string {
  const rows = worse.map(
    (one) =>
      `<tr><td><code>${xml(one.datapointId)}</code></td><td class="number">${round(one.before)}</td><td class="number">${round(one.after)}</td><td><code>${xml(one.logAfter ?? '')}</code></td></tr>`,
  );
  return tableOf(`${lost} datapoints got worse in ${xml(score)}`, ['Datapoint', 'Before', 'After', 'Log'], rows);
}

function rangeOf(min: number | null, max: number | null, interval: Interval | null): [number, number] {
  const low = Math.min(min ?? 0, interval?.low ?? Infinity);
  const high = Math.max(max ?? 0, interval?.high ?? -Infinity);
  return low === high ? [low - 1, high + 1] : [low, high];
}

/** A dot with its whiskers, and a dashed line at zero. */
function plotOf(value: number, interval: Interval | null, [low, high]: [number, number]): string {
  const at = (one: number): string => (((one - low) / (high - low)) * (WIDTH - 12) + 6).toFixed(1);
  const middle = HEIGHT / 2;
  const zero = low <= 0 && high >= 0 ? `<line class="zero" x1="${at(0)}" x2="${at(0)}" y1="0" y2="${HEIGHT}"/>` : '';
  const whisker =
    interval === null
      ? ''
      : `<line x1="${at(interval.low)}" x2="${at(interval.high)}" y1="${middle}" y2="${middle}" stroke-width="2"/>`;
  const dot = `<rect x="${Number(at(value)) - 3}" y="${middle - 5}" width="6" height="10" rx="2"/>`;
  const text = interval === null ? round(value) : `${round(value)}, ${round(interval.low)} to ${round(interval.high)}`;
  return `<svg width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${text}">${zero}${whisker}${dot}</svg>`;
}
