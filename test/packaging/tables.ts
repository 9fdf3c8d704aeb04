/** Tables of the README: those of settings and errors, written from the tables that the code itself goes by; and reading one. */
import { SETTINGS, type Setting } from '../../src/config/settings.ts';
import { ERRORS } from '../../src/errors.ts';

/** Every setting: name, variable, default, meaning. */
export function settingsTable(): string[][] {
  const rows = Object.entries<Setting>(SETTINGS).map(([name, { environment, default: standard, unit, meaning }]) => [
    code(name),
    environment === undefined ? '' : code(environment),
    shownDefault(standard, unit),
    meaning,
  ]);
  return [['Setting', 'Variable', 'Default', 'Meaning'], ...rows];
}

/** Every error: code, status, message. */
export function errorsTable(): string[][] {
  const rows = Object.entries(ERRORS).map(([name, { status, message }]) => [code(name), String(status), message]);
  return [['Code', 'Status', 'Message'], ...rows];
}

/** Markdown, on one line a row; what HTML would take for a tag is written so that it shows. */
export function markdown([head, ...rows]: string[][]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => (cell.startsWith('`') ? cell : cell.replaceAll('<', String.raw`\<`).replaceAll('*', String.raw`\*`))).join(' | ')} |`;
  return [line(head!), line(head!.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The rows of the table under this heading that has these columns, cells trimmed and escapes undone. */
export function tableOf(text: string, head: readonly string[]): string[][] {
  const rows = text.split('\n').map(cellsOf);
  const first = rows.findIndex((row) => JSON.stringify(row) === JSON.stringify(head));
  if (first === -1) return [];
  const end = rows.findIndex((row, index) => index > first && row.length === 0);
  return rows.slice(first + 2, end === -1 ? rows.length : end);
}

function cellsOf(line: string): string[] {
  if (!line.startsWith('|')) return [];
  const cells = line.replaceAll(/^\||\|$/g, '').split(/(?<!\\)\|/);
  return cells.map((cell) => cell.trim().replaceAll(/\\([<>*_|])/g, '$1'));
}

function code(text: string): string {
  return `\`${text}\``;
}

function shownDefault(standard: unknown, unit: Setting['unit']): string {
  if (Array.isArray(standard)) return standard.length === 0 ? 'none' : code(JSON.stringify(standard));
  if (standard === '') return 'none';
  if (unit === 'bytes') return `${code(String(standard))} (${amount(Number(standard))})`;
  if (unit === 'ms') return `${code(String(standard))} (${Number(standard) / 1000} s)`;
  return code(String(standard));
}

function amount(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${bytes / 1024 / 1024} MiB` : `${bytes / 1024} KiB`;
}
