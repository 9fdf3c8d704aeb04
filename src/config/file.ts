/**
 * Reading gradeway.yaml: its keys held against the table of settings, each value with the line and column it stands at.
 * Values are only located here; settings.ts says what they may be, upstreams.ts what an upstream is.
 */
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import {
  type Alias,
  type Document,
  LineCounter,
  type Node,
  type YAMLMap,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
} from 'yaml';
import { nearest } from '../model/nearest.ts';
import { Aliases } from './aliases.ts';
import { type Problem, quoted } from './problem.ts';
import { SETTINGS, type SettingName } from './settings.ts';

const LARGEST_FILE = 1024 * 1024;
const UPSTREAM_KEYS = ['url', 'provider', 'keyFrom'];
/** Sections that are read by files of their own. */
const LISTS = ['alerts', 'guardrails', 'rules'] as const;
type ListName = (typeof LISTS)[number];

export interface Located {
  value: unknown;
  /** `gradeway.yaml:3:9`. */
  at: string;
  /** Where the entry at this index stands, where the value is a list. */
  atEntry(index: number): string;
}

export interface SettingsFile extends Partial<Record<ListName, Located>> {
  values: Map<SettingName, Located>;
  /** Upstreams by name; their fields by `url`, `provider`, `keyFrom`. */
  upstreams: Map<string, { at: string; fields: Map<string, Located> }>;
  /** What stands under `evaluators` or, where that has settings, `evaluators.define`. */
  definitions?: Located;
}

/** Reads and checks the file's shape; what is wrong with it is added to `problems`. */
export function readSettingsFile(path: string, problems: Problem[]): SettingsFile {
  const file: SettingsFile = { values: new Map(), upstreams: new Map() };
  const text = readText(path, problems);
  if (text === undefined) return file;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${basename(path)}:${line}:${col}`;
  };
  for (const wrong of [...document.errors, ...document.warnings])
    problems.push({ at: at(wrong.pos[0]), message: `this is not YAML that can be used: ${wrong.message}` });
  if (document.errors.length > 0) return file;
  const aliases = new Aliases();
  aliases.walk(document.contents);
  for (const { node, message } of aliases.wrong) problems.push({ at: at(node.range?.[0] ?? 0), message });
  // Beyond this point every alias has a value, and a finite one.
  if (aliases.wrong.length === 0) new Reader(document, at, problems, file, aliases.targets).read();
  return file;
}

function readText(path: string, problems: Problem[]): string | undefined {
  try {
    const stats = statSync(path);
    // A pipe would be waited for, for ever.
    if (!stats.isFile() || stats.size > LARGEST_FILE) {
      const message = stats.isFile() ? 'the file is larger than 1 MiB. Is it' : 'it is not a regular file. Can it be';
      problems.push({ at: basename(path), message: `${message} a settings file at all?` });
      return undefined;
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    const { code } = error as { code?: string };
    const encoding = code === 'ERR_ENCODING_INVALID_ENCODED_DATA';
    const message = encoding ? 'the file is not UTF-8. Save it as UTF-8 text.' : `the file cannot be read (${code}).`;
    problems.push({ at: path, message });
    return undefined;
  }
}

/** Walks the document's maps. A class only to carry the five things that every step needs. */
class Reader {
  readonly #document: Document;
  readonly #at: (offset: number) => string;
  readonly #problems: Problem[];
  readonly #file: SettingsFile;
  readonly #targets: ReadonlyMap<Alias, Node>;

  constructor(
    document: Document,
    at: (offset: number) => string,
    problems: Problem[],
    file: SettingsFile,
    targets: ReadonlyMap<Alias, Node>,
  ) {
    this.#document = document;
    this.#at = at;
    this.#problems = problems;
    this.#file = file;
    this.#targets = targets;
  }

  read(): void {
    const { contents } = this.#document;
    if (contents === null || (isScalar(contents) && contents.value === null)) return;
    if (isMap(contents)) this.#section(contents, '');
    else
      this.#problems.push({
        at: this.#at(0),
        message: 'the file holds no settings. Write lines like durability: fast.',
      });
  }

  #section(map: YAMLMap, prefix: string): void {
    for (const { name, at, node } of this.#pairs(map)) {
      const path = prefix + name;
      if (path === 'upstreams') this.#upstreams(node, at);
      else if (LISTS.includes(path as ListName)) this.#file[path as ListName] = this.#located(node, at);
      else if (path === 'evaluators.define' || (path === 'evaluators' && isSeq(node)))
        this.#file.definitions = this.#located(node, at);
      else if (Object.hasOwn(SETTINGS, path)) this.#file.values.set(path as SettingName, this.#located(node, at));
      else if (namesBelow(`${path}.`).length === 0) this.#unknown(path, at, prefix);
      else if (isMap(node)) this.#section(node, `${path}.`);
      else if (!isEmpty(node)) this.#expected(path, at, namesBelow(`${path}.`));
    }
  }

  #upstreams(node: unknown, at: string): void {
    if (isEmpty(node)) return;
    if (!isMap(node)) return this.#expected('upstreams', at, ['the name of an upstream']);
    for (const { name, at: nameAt, node: one } of this.#pairs(node)) {
      const fields = new Map<string, Located>();
      this.#file.upstreams.set(name, { at: nameAt, fields });
      if (isEmpty(one)) continue;
      if (!isMap(one)) {
        this.#expected(`upstreams.${name}`, nameAt, UPSTREAM_KEYS);
        continue;
      }
      for (const field of this.#pairs(one)) {
        if (UPSTREAM_KEYS.includes(field.name)) fields.set(field.name, this.#located(field.node, field.at));
        else if (field.name.toLowerCase() === 'key')
          this.#problems.push({
            at: field.at,
            message: `a key does not belong into this file. Put it into an environment variable, remove this line, and write keyFrom: and the variable's name.`,
          });
        else this.#unknownAmong(`upstreams.${name}.${field.name}`, field.at, nearest(field.name, UPSTREAM_KEYS));
      }
    }
  }

  #pairs(map: YAMLMap): { name: string; at: string; node: unknown }[] {
    return map.items.flatMap(({ key, value }) => {
      const at = this.#at(isNode(key) ? (key.range?.[0] ?? 0) : 0);
      const name = isScalar(key) ? key.value : undefined;
      if (typeof name !== 'string' && typeof name !== 'number') {
        this.#problems.push({ at, message: 'this is not a name of a setting.' });
        return [];
      }
      return [{ name: String(name), at, node: isAlias(value) ? this.#targets.get(value) : value }];
    });
  }

  #located(node: unknown, keyAt: string): Located {
    const at = isNode(node) && node.range ? this.#at(node.range[0]) : keyAt;
    const items = isNode(node) && 'items' in node && Array.isArray(node.items) ? (node.items as unknown[]) : [];
    return {
      // The library's own limit on aliases throws; what they come to has been counted already.
      value: isNode(node) ? (node.toJS(this.#document, { maxAliasCount: -1 }) as unknown) : null,
      at,
      atEntry: (index) => {
        const item = items[index];
        return isNode(item) && item.range ? this.#at(item.range[0]) : at;
      },
    };
  }

  #expected(path: string, at: string, names: string[]): void {
    const shown = names.slice(0, 3).map((name) => name.split('.').at(-1)!);
    this.#problems.push({ at, message: `${path} has settings below it. Indent them under it: ${shown.join(', ')}.` });
  }

  #unknown(path: string, at: string, prefix: string): void {
    const siblings = [...new Set(namesBelow(prefix).map((name) => prefix + name.slice(prefix.length).split('.')[0]!))];
    if (prefix === '') siblings.push('upstreams', ...LISTS);
    const leaf = path.split('.').at(-1)!;
    const elsewhere = Object.keys(SETTINGS).find((name) => name.split('.').at(-1) === leaf);
    this.#unknownAmong(path, at, elsewhere ?? nearest(path, siblings) ?? nearest(path, Object.keys(SETTINGS)));
  }

  #unknownAmong(path: string, at: string, meant: string | undefined): void {
    const hint = meant === undefined ? 'Remove it.' : `Did you mean ${meant}?`;
    this.#problems.push({ at, message: `there is no setting ${quoted(path)}. ${hint}` });
  }
}

function isEmpty(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null);
}

function namesBelow(prefix: string): string[] {
  return Object.keys(SETTINGS).filter((name) => name.startsWith(prefix));
}
