/**
 * The language of a judge's prompt: `{{ name.of.variable }}`, `{{#x}}...{{/x}}` where x is there (once for each element of a
 * list) and `{{^x}}...{{/x}}` where it is not; `{{! a note }}`. It is checked whole when it is read, against the
 * variables that there are. Values are put in as they are, once: what stands in them is never read as template.
 */
import { editDistance } from '../../../model/nearest.ts';
import type { Shape } from './variables.ts';

export type Part = { text: string } | { variable: string[] } | { section: string[]; inverted: boolean; parts: Part[] };

export interface Template {
  parts: Part[];
  /** Paths that it names, as they were written. */
  variables: string[];
}

/** What is wrong with a template and where. */
export class TemplateError extends Error {}

/** A log has no value for a variable that the template cannot do without. */
export class MissingVariable extends Error {
  readonly variable: string;

  constructor(variable: string) {
    super(`The log has no ${variable}.`);
    this.variable = variable;
  }
}

const TAG = /\{\{(\{?)\s*([#^/!&>=]?)\s*([^{}]*?)\s*\}\}(\}?)/g;
const NAME = /^(?:\.|[\p{L}_][\p{L}\p{N}_-]*(?:\.[\p{L}\p{N}_-]+)*)$/u;
const DEEPEST = 16;

/** Reads a template. Throws `TemplateError`, with line and column, for what it does not understand or does not know. */
export function parseTemplate(source: string, variables: Shape): Template {
  const root: Part[] = [];
  const named = new Set<string>();
  const open: { name: string; at: number; parts: Part[]; scope: Shape }[] = [];
  const parts = (): Part[] => open.at(-1)?.parts ?? root;
  const scopes = (): Shape[] => [...open.map(({ scope }) => scope).toReversed(), variables];
  let end = 0;
  const addText = (until: number): void => {
    const text = source.slice(end, until);
    const stray = text.indexOf('{{');
    if (stray !== -1)
      fail(source, end + stray, 'This "{{" is not closed by "}}" as a variable is: {{ log.output_text }}.');
    if (text !== '') parts().push({ text });
  };
  for (const match of source.matchAll(TAG)) {
    const [whole, braces, sign, name] = match as unknown as [string, string, string, string];
    const at = match.index;
    addText(at);
    end = at + whole.length;
    if (braces !== '' && !whole.endsWith('}}}'))
      fail(source, at, 'A variable that opens with "{{{" closes with "}}}".');
    // A brace behind a variable of two is text.
    if (braces === '' && whole.endsWith('}}}')) end -= 1;
    if (sign === '!') continue;
    if (sign === '>' || sign === '=') fail(source, at, 'Partials and other delimiters are not part of the language.');
    if (!NAME.test(name)) fail(source, at, `"${name.slice(0, 60)}" is not the name of a variable.`);
    if (sign === '/') {
      const section = open.pop();
      if (section?.name !== name)
        fail(source, at, section ? `{{#${section.name}}} is still open here.` : `{{#${name}}} was never opened.`);
      continue;
    }
    const path = name === '.' ? [] : name.split('.');
    const shape = find(path, scopes()) ?? fail(source, at, unknown(name, variables));
    named.add(name);
    if (sign === '' || sign === '&') {
      parts().push({ variable: path });
      continue;
    }
    if (open.length >= DEEPEST) fail(source, at, `Sections lie at most ${DEEPEST} deep in one another.`);
    const inner: Part[] = [];
    parts().push({ section: path, inverted: sign === '^', parts: inner });
    const scope = typeof shape === 'object' && 'each' in shape ? shape.each : shape;
    open.push({ name, at, parts: inner, scope });
  }
  addText(source.length);
  const left = open.at(-1);
  if (left) fail(source, left.at, `{{#${left.name}}} is not closed by {{/${left.name}}}.`);
  return { parts: root, variables: [...named] };
}

/** Puts a log's values in; `fence` makes of each the text that stands in the prompt. Throws `MissingVariable`. */
export function renderTemplate({ parts }: Template, values: unknown, fence: (text: string) => string): string {
  const render = (some: Part[], scopes: unknown[]): string =>
    some
      .map((part) => {
        if ('text' in part) return part.text;
        if ('variable' in part) {
          const value = look(part.variable, scopes);
          if (value === undefined) throw new MissingVariable(part.variable.join('.'));
          return fence(textOf(value));
        }
        const value = look(part.section, scopes);
        const there = Array.isArray(value)
          ? value.length > 0
          : value !== undefined && value !== null && value !== false && value !== '' && value !== 0;
        if (part.inverted) return there ? '' : render(part.parts, scopes);
        if (!there) return '';
        if (!Array.isArray(value)) return render(part.parts, [value, ...scopes]);
        return value.map((one) => render(part.parts, [one, ...scopes])).join('');
      })
      .join('');
  return render(parts, [values]);
}

/** Innermost first: the first scope that has the first name decides. */
function look(path: string[], scopes: unknown[]): unknown {
  if (path.length === 0) return scopes[0];
  for (const scope of scopes) if (has(scope, path[0]!)) return path.reduce(member, scope);
  return undefined;
}

function member(value: unknown, name: string): unknown {
  return has(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

function has(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name);
}

function textOf(value: unknown): string {
  if (value === null) return '';
  // A text as it is; all else comes from JSON.
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

function find(path: string[], scopes: Shape[]): Shape | undefined {
  if (path.length === 0) return scopes[0];
  for (const scope of scopes) {
    if (step(scope, path[0]!) === undefined) continue;
    return path.reduce<Shape | undefined>((shape, name) => shape && step(shape, name), scope);
  }
  return undefined;
}

function step(shape: Shape, name: string): Shape | undefined {
  if (shape === 'free') return 'free';
  if (shape === 'text' || 'each' in shape) return undefined;
  return Object.hasOwn(shape, name) ? shape[name] : undefined;
}

function unknown(name: string, variables: Shape): string {
  const known = pathsOf(variables);
  const nearest = known.toSorted((a, b) => editDistance(name, a) - editDistance(name, b))[0];
  return `There is no variable ${name}. The nearest is ${nearest}; there are ${known.join(', ')}.`;
}

function pathsOf(shape: Shape, before = ''): string[] {
  if (shape === 'text' || shape === 'free' || 'each' in shape) return [before];
  const inner = Object.entries(shape).flatMap(([name, one]) =>
    pathsOf(one, before === '' ? name : `${before}.${name}`),
  );
  return inner;
}

function fail(source: string, at: number, message: string): never {
  const before = source.slice(0, at).split('\n');
  throw new TemplateError(`Line ${before.length}, column ${before.at(-1)!.length + 1}: ${message}`);
}
