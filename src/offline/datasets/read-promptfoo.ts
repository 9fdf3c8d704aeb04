/**
 * Tests of a promptfoo file (promptfoo.dev/docs/configuration/guide, August 2026): `vars` are inputs, and what `assert` says of the
 * right output is the target. All of `assert` is kept in the metadata. What a test takes from other files is refused:
 * an import has one file.
 */
import { LineCounter, parseDocument, isMap, isSeq, type YAMLSeq } from 'yaml';
import { type LineReading, readRow, type RowReading } from './read-row.ts';

/** Lists of values in `vars` make a test for each combination, as promptfoo does. */
const MOST_COMBINATIONS = 1000;
/** Assertions that say what the output is, or holds. */
const TARGETS = ['equals', 'contains', 'icontains', 'similar', 'factuality', 'model-graded-factuality'];

interface Test {
  description?: unknown;
  vars?: unknown;
  assert?: unknown;
  metadata?: unknown;
}

/** Reads YAML or JSON. Never throws. */
export function* readPromptfoo(text: string): Generator<LineReading> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [fault] = document.errors;
  if (fault !== undefined) {
    yield {
      line: fault.linePos?.[0].line ?? 1,
      problem: `it is neither YAML nor JSON: ${fault.message.split('\n')[0]!}`,
    };
    return;
  }
  const root = document.contents;
  const tests = isSeq(root) ? root : isMap(root) ? root.get('tests', true) : undefined;
  if (!isSeq(tests)) {
    yield { line: 1, problem: 'it has no list `tests`; write the tests into the file itself' };
    return;
  }
  const defaults = isMap(root) ? plain(root.get('defaultTest', true), document) : {};
  for (const item of (tests as YAMLSeq).items) {
    const { range } = item as { range?: [number, number, number] };
    const line = range ? lines.linePos(range[0]).line : 1;
    for (const row of rowsOf(plain(item, document), defaults)) yield { line, ...row };
  }
}

type Document = ReturnType<typeof parseDocument>;

function plain(node: unknown, document: Document): Test {
  const value = (node as { toJS?: (of: Document) => unknown } | undefined)?.toJS?.(document);
  return typeof value === 'object' && value !== null ? value : {};
}

function* rowsOf(test: Test, defaults: Test): Generator<RowReading> {
  const vars = { ...objectOf(defaults.vars), ...objectOf(test.vars) };
  const asserts = [...listOf(defaults.assert), ...listOf(test.assert)];
  const elsewhere = JSON.stringify([vars, test.vars, asserts]).match(/"(file:\/\/[^"]{0,100})/)?.[1];
  if (elsewhere !== undefined) {
    yield { problem: `it takes a part from ${elsewhere}; write it into the file itself` };
    return;
  }
  const combinations = combined(vars);
  if (combinations === undefined) {
    yield { problem: `its vars make more than ${MOST_COMBINATIONS} combinations` };
    return;
  }
  const metadata = {
    ...objectOf(test.metadata),
    ...(typeof test.description === 'string' ? { description: test.description } : {}),
    ...(asserts.length > 0 ? { assert: asserts } : {}),
  };
  const target = targetOf(asserts);
  for (const inputs of combinations) yield readRow({ inputs, target, metadata });
}

function targetOf(asserts: unknown[]): unknown {
  const of = (type: string): unknown =>
    (asserts as { type?: unknown; value?: unknown }[]).find((one) => one?.type === type)?.value;
  return TARGETS.map(of).find((value) => value !== undefined) ?? null;
}

function combined(vars: Record<string, unknown>): Record<string, unknown>[] | undefined {
  let rows: Record<string, unknown>[] = [{}];
  for (const [name, value] of Object.entries(vars)) {
    const values = Array.isArray(value) && value.length > 0 ? (value as unknown[]) : [value];
    if (rows.length * values.length > MOST_COMBINATIONS) return undefined;
    rows = rows.flatMap((row) => values.map((one) => ({ ...row, [name]: one })));
  }
  return rows;
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
