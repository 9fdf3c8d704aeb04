/** Bodies of evaluators that use up what they can get hold of, and how each may end. */
import type { CodeSettings } from '../../../src/model/definition.ts';

type End = 'scored' | 'timeout' | 'crashed' | 'threw' | 'invalid_result' | 'not_loaded';
export interface Bomb {
  body: string;
  ends: End[];
}

const of = (ends: End[], ...bodies: string[]): Bomb[] => bodies.map((body) => ({ body, ends }));

const JAVASCRIPT_BOMBS: Bomb[] = [
  ...of(
    ['timeout'],
    'while (true);',
    'for (;;) { try { for (;;); } catch {} }',
    'const f = async () => { for (;;) await null }; return f()',
    'const p = () => Promise.resolve().then(p); return p()',
    '/(a+)+$/.test("a".repeat(40) + "b")',
    '/^(.*?,){30}P/.test("1,".repeat(60))',
    'return { get value() { for (;;); } }',
    'return { toJSON() { for (;;); } }',
    'return new Proxy({}, { ownKeys() { for (;;); } })',
    'const e = new Error(); Object.defineProperty(e, "message", { get() { for (;;); } }); throw e',
    'throw { toJSON() { for (;;); } }',
    'console.log({ toJSON() { for (;;); } })',
    'for (;;) console.log("x".repeat(1000))',
    'function* g() { for (;;) yield 1 } for (const one of g());',
  ),
  ...of(
    ['timeout', 'crashed', 'threw'],
    'const a = []; for (;;) a.push(new Uint8Array(1e6))',
    'const a = []; for (;;) a.push({ a: [1, 2, 3] })',
    'let s = "x"; for (;;) s += s',
    'new ArrayBuffer(2 ** 31)',
    'Array(2 ** 28).join("x")',
    '"x".repeat(2 ** 29)',
    'Array(2 ** 27).fill(1)',
    'const m = new Map(); for (let i = 0; ; i += 1) m.set(i, "x" + i)',
    '2n ** (2n ** 30n)',
    'let b = 3n; for (;;) b *= b',
    'const f = () => f() + 1; f()',
    'const o = {}; o.toString = () => String(o); String(o)',
    'JSON.parse("[".repeat(100000) + "]".repeat(100000))',
    'let a = []; for (let i = 0; i < 1e6; i += 1) a = [a]; JSON.stringify(a)',
    'eval("(".repeat(100000))',
    'new RegExp("(".repeat(100000) + ")".repeat(100000)).test("a")',
    'const a = [...Array(1e6).keys()]; a.sort(() => { for (;;); })',
  ),
  ...of(
    ['invalid_result', 'timeout'],
    'return Object.fromEntries([...Array(1e5).keys()].map((k) => ["k" + k, 1]))',
    'return "x".repeat(2e6)',
  ),
];

const PYTHON_BOMBS: Bomb[] = [
  ...of(
    ['timeout'],
    'while True: pass',
    'while True:\n  try:\n    while True: pass\n  except BaseException: pass',
    'import re\nre.match("(a+)+$", "a" * 40 + "b")',
    'while True: print("x" * 1000)',
    'import os\nwhile True: os.write(1, b"x" * 65536)',
    'class E(Exception):\n  def __str__(self):\n    while True: pass\nraise E',
    'sum(range(10 ** 12))',
    'import itertools\nfor one in itertools.count(): pass',
  ),
  ...of(
    ['timeout', 'crashed', 'threw', 'invalid_result', 'scored'],
    '10 ** 10 ** 8',
    'x = 3\nwhile True: x *= x',
    'x = []\nwhile True: x.append(bytearray(10 ** 6))',
    'x = "x"\nwhile True: x += x',
    'len("x" * 10 ** 9)',
    'x = {}\nwhile True: x[len(x)] = "x" * 100',
    'evaluate(log)',
    'import sys\nsys.setrecursionlimit(10 ** 9)\nevaluate(log)',
    'x = []\nfor i in range(10 ** 6): x = [x]\nreturn x',
    'import json\njson.loads("[" * 10 ** 5 + "]" * 10 ** 5)',
    'eval("(" * 10 ** 5)',
    'int("9" * 10 ** 7)',
    'return {str(k): True for k in range(10 ** 5)}',
    'return "x" * (2 * 10 ** 6)',
  ),
];

/** All of them, as sources. */
export function bombs(): (Bomb & CodeSettings)[] {
  return [
    ...JAVASCRIPT_BOMBS.map((bomb) => ({
      ...bomb,
      language: 'javascript' as const,
      source: `export default function (log) { ${bomb.body} }`,
    })),
    ...PYTHON_BOMBS.map((bomb) => ({
      ...bomb,
      language: 'python' as const,
      source: `def evaluate(log):\n${bomb.body.replaceAll(/^/gm, '  ')}`,
    })),
  ];
}
