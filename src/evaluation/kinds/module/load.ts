/**
 * Loads evaluator files in the child. A file's source comes from the parent, which took its hash: what runs under a
 * version is that version, whatever has happened to the file since.
 */
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { extname } from 'node:path';
import { fromScorer, type EvaluatorDefinition, type Scorer } from '../../define.ts';
import { describeError } from '../../result.ts';

const PACKAGE = 'gradeway';
const DEFINE = new URL(`../../define${extname(import.meta.filename)}`, import.meta.url).href;
const KEYS = new Set(['returns', 'description', 'online', 'deadlineMs', 'evaluate']);

const sources = new Map<string, string>();

registerHooks({
  resolve(specifier, context, next) {
    // The folder of evaluators may lie anywhere, with or without a node_modules that has this package.
    if (specifier === PACKAGE) return { url: DEFINE, shortCircuit: true };
    // Resolved without a look at the disk: the file may be gone by now.
    if (sources.has(specifier)) return { url: specifier, shortCircuit: true };
    try {
      return next(specifier, context);
    } catch (error) {
      if (!sources.has(context.parentURL ?? '') || /^(\.|\/|file:|node:)/.test(specifier)) throw error;
      try {
        return next(specifier, { ...context, parentURL: import.meta.url });
      } catch {
        throw error;
      }
    }
  },
  load(url, context, next) {
    const source = sources.get(url);
    if (source === undefined) return next(url, context);
    const code = /\.m?ts$/.test(url) ? stripTypeScriptTypes(source, { sourceUrl: url }) : source;
    return { format: 'module', source: code, shortCircuit: true };
  },
});

export interface Loaded {
  definition: EvaluatorDefinition;
  /** What of it crosses to the parent; checked there. */
  described: Record<string, unknown>;
}

/** Imports one file and reads its default export; throws an error whose message is for the file's author. */
export async function loadModule(url: string, source: string): Promise<Loaded> {
  sources.set(url, source);
  let exported: { default?: unknown };
  try {
    exported = (await import(url)) as { default?: unknown };
  } catch (error) {
    throw new Error(explain(error, url, source), { cause: error });
  }
  const definition = definitionOf(exported.default);
  const { returns, description, online, deadlineMs } = definition;
  const unknownKeys = Object.keys(definition).filter((key) => !KEYS.has(key));
  return { definition, described: { returns, description, online, deadlineMs, unknownKeys } };
}

function definitionOf(exported: unknown): EvaluatorDefinition {
  if (typeof exported === 'function') return { returns: 'number', evaluate: fromScorer(exported as Scorer) };
  if (typeof exported !== 'object' || exported === null)
    throw new Error('It has no default export that is an evaluator. Write: export default defineEvaluator({ ... })');
  if (typeof (exported as Partial<EvaluatorDefinition>).evaluate !== 'function')
    throw new Error('Its default export has no function "evaluate".');
  return exported as EvaluatorDefinition;
}

function explain(error: unknown, url: string, source: string): string {
  const text = describeError(error);
  if (/^ReferenceError: (module|exports|require) is not defined/.test(text))
    return `${text.split('\n')[0]} (an evaluator is an ES module: use import and export default)`;
  const line = lineIn(error, url) ?? (error instanceof SyntaxError ? lineOfSyntaxError(url, source) : undefined);
  return line === undefined ? text : `${text} (line ${line})`;
}

/** V8 keeps the place of a syntax error to itself; the parser of TypeScript, which reads JavaScript too, tells it. */
function lineOfSyntaxError(url: string, source: string): string | undefined {
  try {
    stripTypeScriptTypes(source, { sourceUrl: url });
    return undefined;
  } catch (error) {
    return lineIn(error, url);
  }
}

function lineIn(error: unknown, url: string): string | undefined {
  const stack = error instanceof Error ? String(error.stack) : '';
  const at = stack.indexOf(`${url}:`);
  return at === -1 ? undefined : /^\d+/.exec(stack.slice(at + url.length + 1))?.[0];
}
