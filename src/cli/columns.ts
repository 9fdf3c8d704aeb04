/** Rows of text set in columns for a terminal. */

/** One line a row, columns two blanks apart; empty columns at the end leave no blanks. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  const lines = rows.map((row) => row.map((cell, index) => cell.padEnd(widths[index]!)).join('  '));
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}
