/** A list in gradeway.yaml whose entries have names and are checked as the API checks what it is sent. */
import type { z } from 'zod';
import { meantIssues } from '../api/meant-issues.ts';
import { problemText } from '../api/problem-text.ts';
import type { Located } from './file.ts';
import { type Problem, quoted } from './problem.ts';

export interface NamedList<Entry extends { name: string }> {
  /** Under which it stands, such as `rules`. */
  section: string;
  /** One of them, such as `rule`. */
  one: string;
  schema: z.ZodType<Entry>;
  most: number;
  /** What two of them must not have in common. */
  key?: (entry: Entry) => string;
}

/** What is wrong with them is added to `problems`. */
export function readNamedList<Entry extends { name: string }>(
  located: Located | undefined,
  { section, one, schema, most, key = ({ name }) => name }: NamedList<Entry>,
  problems: Problem[],
): Entry[] {
  if (located === undefined || located.value === null) return [];
  const { value, at } = located;
  if (!Array.isArray(value)) {
    const message = `${section} is not a list. Begin each ${one} with a dash, as in - name: every-call.`;
    problems.push({ at, message });
    return [];
  }
  if (value.length > most)
    problems.push({ at, message: `${section} has ${value.length} entries. It may have at most ${most}.` });
  const read = new Map<string, Entry>();
  for (const [index, given] of value.slice(0, most).entries()) {
    const parsed = schema.safeParse(given, { error: problemText });
    for (const { path, message } of meantIssues(parsed.error?.issues ?? [], given))
      problems.push({ at: located.atEntry(index), message: `${[section, index, ...path].join('.')}: ${message}` });
    if (!parsed.success) continue;
    const { name } = parsed.data;
    if (read.has(key(parsed.data)))
      problems.push({
        at: located.atEntry(index),
        message: `there are two ${one}s ${quoted(name)}. Rename one of them.`,
      });
    read.set(key(parsed.data), parsed.data);
  }
  return [...read.values()];
}
