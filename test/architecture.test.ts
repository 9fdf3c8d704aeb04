/** Holds the house rules: who may import whom, no cycles, names, sizes. The rules themselves stand in src/README.md. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');

/** Folder or top-level file of src -> rank. A file imports lower ranks and its own folder. */
const RANK: Record<string, number> = {
  model: 0,
  errors: 0,
  diagnostics: 0,
  statistics: 0,
  outbound: 1,
  providers: 1,
  sandbox: 1,
  store: 1,
  alerts: 2,
  queue: 2,
  evaluation: 2,
  webhooks: 2,
  offline: 3,
  recording: 4,
  gateway: 4,
  api: 4,
  config: 5,
  compose: 5,
  cli: 6,
  dashboard: 6,
};

/** What a place may import of ours, where that is less than its rank allows. */
const ONLY: Record<string, string[]> = {
  model: [],
  errors: [],
  diagnostics: [],
  statistics: [],
  sandbox: ['errors'],
  outbound: [],
  dashboard: ['model'],
};

const NEVER: Record<string, string[]> = { gateway: ['store', 'recording'] };
const STORE_PACKAGES = /^(drizzle-orm|better-sqlite3|pg)(\/|$)/;
const BANNED_NAMES = /(^|[-.])(utils?|helpers?|common|shared|lib|misc|managers?|services?)([-.]|$)/;
const SOFT = 250;
const HARD = 400;
/** Files between the soft and the hard size, each with the reason why it is one thing. */
const LONG_FOR_A_REASON: Record<string, string> = {};

interface Import {
  from: string;
  to: string;
  specifier: string;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(path);
    return /\.(ts|tsx|js|mjs)$/.test(entry.name) ? [path] : [];
  });
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8').replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  const pattern = /(?:\bfrom\s+|\bimport\s*\(\s*|^\s*import\s+|new URL\(\s*)(['"])([^'"]+)\1/gm;
  return [...text.matchAll(pattern)].map((match) => {
    const specifier = match[2]!;
    const to = specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier;
    return { from: file, to, specifier };
  });
}

function place(file: string): string {
  return relative(SRC, file)
    .split('/')[0]!
    .replace(/\.tsx?$/, '');
}

const sources = filesBelow(SRC);
const imports = sources.flatMap(importsOf);
const own = imports.filter((one) => one.specifier.startsWith('.'));

describe('architecture', () => {
  it('gives every folder of src a rank', () => {
    expect([...new Set(sources.map(place))].filter((name) => RANK[name] === undefined)).toEqual([]);
  });

  it('lets imports point to lower ranks and the own folder only', () => {
    const wrong = own.filter(({ from, to }) => {
      const [here, there] = [place(from), place(to)];
      if (here === there) return false;
      if (to.startsWith('..') || !to.startsWith(SRC)) return !to.endsWith('package.json');
      if (ONLY[here] && !ONLY[here].includes(there)) return true;
      if (NEVER[here]?.includes(there)) return true;
      return RANK[there]! >= RANK[here]! && !(here === 'compose' && there === 'config');
    });
    expect(wrong.map(({ from, specifier }) => `${relative(ROOT, from)} imports ${specifier}`)).toEqual([]);
  });

  it('keeps drizzle, better-sqlite3 and pg inside the store', () => {
    const wrong = imports.filter(({ from, specifier }) => STORE_PACKAGES.test(specifier) && place(from) !== 'store');
    expect(wrong.map(({ from, specifier }) => `${relative(ROOT, from)} imports ${specifier}`)).toEqual([]);
  });

  it('lets the model import zod and nothing else from outside', () => {
    const wrong = imports.filter(
      ({ from, specifier }) => place(from) === 'model' && !/^(\.|zod$|node:)/.test(specifier),
    );
    expect(wrong.map(({ from, specifier }) => `${relative(ROOT, from)} imports ${specifier}`)).toEqual([]);
  });

  it('lets evaluators import only what a user of the package could', () => {
    const wrong = filesBelow(join(ROOT, 'evaluators'))
      .flatMap(importsOf)
      .filter(({ specifier }) => specifier.startsWith('.'));
    expect(wrong.map(({ from, specifier }) => `${relative(ROOT, from)} imports ${specifier}`)).toEqual([]);
  });

  it('has no import cycle', () => {
    const next = new Map<string, string[]>();
    for (const { from, to } of own) next.set(from, [...(next.get(from) ?? []), to]);
    const state = new Map<string, 'open' | 'done'>();
    const cycles: string[] = [];
    const visit = (file: string, path: string[]): void => {
      if (state.get(file) === 'done') return;
      if (state.get(file) === 'open') {
        cycles.push([...path.slice(path.indexOf(file)), file].map((one) => relative(SRC, one)).join(' -> '));
        return;
      }
      state.set(file, 'open');
      for (const to of next.get(file) ?? []) if (to !== file) visit(to, [...path, file]);
      state.set(file, 'done');
    };
    for (const file of sources) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it('names no file or folder for being a leftover', () => {
    const named = [...sources, ...filesBelow(join(ROOT, 'test'))];
    const wrong = named.filter((file) =>
      relative(ROOT, file)
        .split('/')
        .some((part) => BANNED_NAMES.test(part)),
    );
    expect(wrong.map((file) => relative(ROOT, file))).toEqual([]);
  });

  it('has no barrel files', () => {
    expect(sources.filter((file) => /\/index\.tsx?$/.test(file)).map((file) => relative(ROOT, file))).toEqual([]);
  });

  it('keeps files at sizes that can be read in one sitting', () => {
    const lines = (file: string): number => readFileSync(file, 'utf8').split('\n').length - 1;
    const tooLong = [
      ...sources.filter((file) => {
        const count = lines(file);
        return count > HARD || (count > SOFT && !LONG_FOR_A_REASON[relative(ROOT, file)]);
      }),
      ...filesBelow(join(ROOT, 'test')).filter((file) => lines(file) > 800),
    ];
    expect(tooLong.map((file) => `${relative(ROOT, file)}: ${lines(file)} lines`)).toEqual([]);
  });

  it('opens every source file with a comment that says what it is responsible for', () => {
    const wrong = sources.filter(
      (file) => statSync(file).size > 0 && !/^(#!.*\n)?\/\*\*/.test(readFileSync(file, 'utf8')),
    );
    expect(wrong.map((file) => relative(ROOT, file))).toEqual([]);
  });
});
