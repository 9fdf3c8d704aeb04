/** The table of a figure, and the sentence about its goals. */
import { type Figure, judge, type Row } from './figure.ts';
import { median } from './numbers.ts';

const COLUMNS = ['measure', 'median', 'range', 'unit', 'compared', 'goal', ''];
const RIGHT = new Set([1, 2]);

/** Three significant digits; whole numbers stay whole. */
export function figures(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  if (Number.isInteger(value)) return String(value);
  return Number(value.toPrecision(3)).toString();
}

function cells({ measure, unit, values, compared, goal }: Row): string[] {
  const range = values.length > 1 ? `${figures(Math.min(...values))}-${figures(Math.max(...values))}` : '';
  const verdict = goal === undefined ? '' : judge(goal);
  return [measure, figures(median(values)), range, unit, compared ?? '', goal?.text ?? '', verdict];
}

/** Text of some lines, without a line break at its end. */
export function table({ title }: Pick<Figure, 'title'>, rows: readonly Row[]): string {
  const lines = [COLUMNS, ...rows.map(cells)];
  const widths = COLUMNS.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const drawn = lines.map((line) =>
    line
      .map((cell, column) => (RIGHT.has(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [title, drawn[0]!, rule, ...drawn.slice(1)].join('\n');
}

/** How many goals are met, and which are not. */
export function verdict(rows: readonly Row[]): string {
  const judged = rows.flatMap(({ measure, goal }) => (goal ? [{ measure, goal, verdict: judge(goal) }] : []));
  if (judged.length === 0) return 'Nothing here has a goal.';
  const [missed, open] = [
    judged.filter((one) => one.verdict === 'MISSED'),
    judged.filter((one) => one.verdict === 'not measured'),
  ];
  const lines = [`${judged.length - missed.length - open.length} of ${judged.length} goals met.`];
  if (missed.length > 0) lines.push('MISSED:');
  for (const { measure, goal } of missed) lines.push(`  ${measure}: ${goal.text}; it is ${figures(goal.actual)}`);
  if (open.length > 0) lines.push('Not measured:');
  for (const { measure, goal } of open) lines.push(`  ${measure}: ${goal.text}${goal.doubt ? `; ${goal.doubt}` : ''}`);
  return lines.join('\n');
}
