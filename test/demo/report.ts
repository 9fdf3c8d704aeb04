/**
 * Sets logs and their scores for a terminal. Whatever a model or a client wrote is stripped of control characters here,
 * so that no text can move the cursor or change colours.
 */

/** How a score is shown, and what it takes to average it. */
export interface ShownScore {
  name: string;
  value: boolean | number | string;
  reason: string | null;
  source: string;
}

export interface ShownEvaluation {
  evaluator: string;
  outcome: string;
  reason: string | null;
}

export interface ShownLog {
  title: string;
  log: {
    model: string | null;
    status: number | null;
    ending: string;
    durationMs: number;
    usage: { inputTokens: number; outputTokens: number; estimated: boolean } | null;
    costUsd: number | null;
    userId: string | null;
    sessionId: string | null;
    properties: Record<string, string>;
    output: { text: string };
    toolCalls: { name: string; arguments: string }[];
  };
  scores: ShownScore[];
  evaluations: ShownEvaluation[];
}

export type Paint = (style: 'bold' | 'dim', text: string) => string;

const WIDTH = 110;
const PROPERTY = 'promptversion';

/** One log in a few lines: what happened, what was answered, what it scored. */
export function logLines({ title, log, scores, evaluations }: ShownLog, paint: Paint): string[] {
  const { usage } = log;
  const facts = [
    `${log.status ?? 'no status'} ${log.ending}`,
    plain(log.model ?? 'no model'),
    `${Math.round(log.durationMs)} ms`,
    usage === null
      ? 'tokens unknown'
      : `${usage.inputTokens}+${usage.outputTokens} tokens${usage.estimated ? ' (estimated)' : ''}`,
    log.costUsd === null ? 'cost unknown' : `$${log.costUsd.toFixed(8)}`,
  ];
  const marks = Object.entries(log.properties).map(([name, value]) => `${name}=${value}`);
  if (log.userId !== null) marks.push(`user=${log.userId}`);
  if (log.sessionId !== null) marks.push(`session=${log.sessionId}`);
  const answer = [log.output.text, ...log.toolCalls.map((call) => `${call.name}(${call.arguments})`)].join(' ').trim();

  const lines = [paint('bold', plain(title)), `  ${facts.join('  ')}`];
  if (marks.length > 0) lines.push(`  ${cut(plain(marks.join('  ')), WIDTH)}`);
  if (answer !== '') lines.push(paint('dim', `  "${cut(plain(answer), WIDTH - 4)}"`));
  for (const { name, value, reason, source } of scores) {
    const why = source === 'evaluator' ? (reason ?? '') : `(posted)${reason === null ? '' : ` ${reason}`}`;
    lines.push(`    ${plain(name).padEnd(24)} ${shownValue(value).padEnd(10)} ${cut(plain(why), 68)}`.trimEnd());
  }
  for (const { evaluator, outcome, reason } of evaluations)
    if (outcome !== 'scored')
      lines.push(
        paint(
          'dim',
          `    ${plain(evaluator).padEnd(24)} ${outcome.padEnd(10)} ${cut(plain(reason ?? ''), 68)}`.trimEnd(),
        ),
      );
  return lines;
}

/** Means per prompt version: a line a score, a column a version; over what was scored only, with how many that were. */
export function averageLines(logs: readonly ShownLog[]): string[] {
  const versions = [...new Set(logs.flatMap(({ log }) => log.properties[PROPERTY] ?? []))].toSorted();
  const names = [...new Set(logs.flatMap(({ scores }) => scores.map(({ name }) => name)))].toSorted();
  const cells = names.map((name) => versions.map((version) => mean(logs, name, version)));
  const rows = names.flatMap((name, index) =>
    cells[index]!.some((cell) => cell !== '') ? [[plain(name), ...cells[index]!]] : [],
  );
  const head = ['', ...versions.map((version) => `PromptVersion ${plain(version)}`)];
  return [head, ...rows].map((row) => `  ${row.map((cell) => cell.padEnd(24)).join(' ')}`.trimEnd());
}

/** Without control characters, bidirectional overrides and line ends, which a terminal would obey. */
export function plain(text: string): string {
  return text
    .replaceAll(/(?!\s)[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function cut(text: string, width: number): string {
  const characters = Array.from(text);
  return characters.length <= width ? text : `${characters.slice(0, width - 3).join('')}...`;
}

function mean(logs: readonly ShownLog[], name: string, version: string): string {
  const values = logs
    .filter(({ log }) => log.properties[PROPERTY] === version)
    .flatMap(({ scores }) => scores.filter((score) => score.name === name).map(({ value }) => value));
  if (values.length === 0) return '';
  if (values.some((value) => typeof value === 'string')) return plain([...new Set(values)].join(', '));
  const numbers = values.map(Number);
  const average = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  if (values.every((value) => typeof value === 'boolean'))
    return `${Math.round(average * 100)} % true (${numbers.reduce((sum, value) => sum + value, 0)} of ${numbers.length})`;
  return `${shownValue(average)} (of ${numbers.length})`;
}

function shownValue(value: boolean | number | string): string {
  if (typeof value !== 'number' || Number.isInteger(value)) return plain(String(value));
  return Math.abs(value) < 0.01 ? value.toFixed(8) : value.toFixed(2);
}
