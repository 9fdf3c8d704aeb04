/** What two texts differ in, line by line: the longest lines in common stay. */

export interface DifferentLine {
  change: 'added' | 'removed' | 'kept';
  text: string;
}

/** A definition as lines, so that its source and prompts are compared by their own. */
export function linesOf(value: unknown): string[] {
  return JSON.stringify(value, null, 2)
    .split('\n')
    .flatMap((line) => {
      const [, indent, text] = /^(\s*"(?:source|template|content|instructions)": )(".*?"),?$/.exec(line) ?? [];
      return text === undefined ? [line] : [indent!, ...(JSON.parse(text) as string).split('\n')];
    });
}

export function differenceOf(before: readonly string[], after: readonly string[]): DifferentLine[] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i -= 1)
    for (let j = after.length - 1; j >= 0; j -= 1)
      lengths[i]![j] =
        before[i] === after[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
  const lines: DifferentLine[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push({ change: 'kept', text: after[j]! });
      i += 1;
      j += 1;
    } else if (j === after.length || (i < before.length && lengths[i + 1]![j]! >= lengths[i]![j + 1]!)) {
      lines.push({ change: 'removed', text: before[i]! });
      i += 1;
    } else {
      lines.push({ change: 'added', text: after[j]! });
      j += 1;
    }
  }
  return lines;
}
