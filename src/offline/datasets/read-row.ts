/**
 * A datapoint from an object of somebody's file. Where it has a member that is called as one of ours, it is read as a datapoint,
 * with the names that other tools use beside ours; otherwise as a row of a table, whose columns are inputs.
 */
import { z } from 'zod';
import {
  chatMessageSchema,
  type DatapointContent,
  datapointContentSchema,
  datapointProblem,
  DATASET_LIMITS,
} from '../../model/datapoint.ts';
import { nearest } from '../../model/nearest.ts';

/** A datapoint that is to be added or, where its id is there already, edited. */
export interface GivenDatapoint extends DatapointContent {
  id?: string | undefined;
}

/** What somebody's row came to. */
export type RowReading = { datapoint: GivenDatapoint } | { problem: string };

/** What stands at a line of a file, from 1. */
export type LineReading = RowReading & { line: number };

const OURS = ['id', 'inputs', 'messages', 'target', 'metadata'] as const;
/** Theirs -> ours: OpenAI's evals, LangSmith, Braintrust, Humanloop. `input` is told apart by what it holds. */
const ALIASES: Readonly<Record<string, 'target' | 'inputs'>> = {
  ideal: 'target',
  expected: 'target',
  expected_output: 'target',
  expectedOutput: 'target',
  reference: 'target',
  outputs: 'target',
};
const NATIVE = new Set(['inputs', 'messages', 'input']);

/** Reads one object. Never throws. */
export function readRow(value: unknown): RowReading {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { problem: 'it is not an object; write one such as {"inputs": {...}, "target": ...}' };
  if (isDeeperThan(value, DATASET_LIMITS.depth))
    return { problem: `it is nested deeper than ${DATASET_LIMITS.depth} levels` };
  const row = value as Record<string, unknown>;
  const isNative = Object.keys(row).some((name) => NATIVE.has(name));
  return checked(isNative ? nativeOf(row) : tableRowOf(row));
}

/** A row of a table: `target`, `target.x`, `metadata.x`, `messages` (JSON) and `id` by name, all other columns are inputs. */
export function tableRowOf(row: Readonly<Record<string, unknown>>): Record<string, unknown> | string {
  const given: Record<string, unknown> = {};
  const [inputs, metadata, target]: [Members, Members, Members] = [new Map(), new Map(), new Map()];
  for (const [name, value] of Object.entries(row)) {
    if (name === 'id') {
      if (value !== '') given.id = value;
    } else if (name === 'messages') {
      if (value === '') continue;
      const messages = typeof value === 'string' ? parsed(value) : value;
      if (messages === undefined)
        return 'messages: it is not JSON; write a list such as [{"role": "user", "content": "Hi"}]';
      given.messages = messages;
    } else if (name === 'target' || ALIASES[name] === 'target') given.target = value === '' ? null : value;
    else if (name.startsWith('target.')) target.set(name.slice('target.'.length), value);
    else if (name.startsWith('metadata.')) metadata.set(name.slice('metadata.'.length), value);
    else inputs.set(name.startsWith('inputs.') ? name.slice('inputs.'.length) : name, value);
  }
  if (target.size > 0) {
    if (given.target !== undefined) return 'it has a column target and columns target.x; keep one or the others';
    given.target = Object.fromEntries(target);
  }
  return { ...given, inputs: Object.fromEntries(inputs), metadata: Object.fromEntries(metadata) };
}

type Members = Map<string, unknown>;

function nativeOf(row: Readonly<Record<string, unknown>>): Record<string, unknown> | string {
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    const ours = name === 'input' ? placeOfInput(value) : (ALIASES[name] ?? name);
    if (!OURS.includes(ours as 'id')) {
      const near = nearest(name, [...OURS]);
      return `"${name.slice(0, 50)}" is not a member of a datapoint${near ? `; did you mean ${near}?` : `; they are ${OURS.join(', ')}`}`;
    }
    if (Object.hasOwn(given, ours)) return `${name}: it gives ${ours} a second time`;
    given[ours] = name === 'input' && ours === 'inputs' ? inputsOf(value) : value;
  }
  return given;
}

function placeOfInput(value: unknown): 'messages' | 'inputs' {
  return z.array(chatMessageSchema).min(1).safeParse(value).success ? 'messages' : 'inputs';
}

function inputsOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : { input: value };
}

const rowSchema = datapointContentSchema.extend({ id: z.guid({ error: 'it must be a UUID' }).optional() });

function checked(given: Record<string, unknown> | string): RowReading {
  if (typeof given === 'string') return { problem: given };
  const read = rowSchema.safeParse(given);
  if (!read.success) {
    const [issue] = read.error.issues;
    return { problem: `${issue!.path.map(String).join('.') || 'it'}: ${issue!.message}` };
  }
  const problem = datapointProblem(read.data);
  if (problem !== undefined) return { problem };
  const bytes = JSON.stringify(read.data).length;
  if (bytes > DATASET_LIMITS.datapointBytes)
    return { problem: `it has ${bytes} bytes; a datapoint may have ${DATASET_LIMITS.datapointBytes}` };
  return { datapoint: { ...read.data, id: read.data.id?.toLowerCase() } };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Level by level, and not by recursion: JSON may be nested more deeply than the stack is high. */
function isDeeperThan(value: unknown, most: number): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > most) return true;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? (Object.values(one) as unknown[]) : []));
  }
  return false;
}
