/** What a hostile client puts where a value is expected, and how it is written as JSON that JSON.stringify would not write. */

/** Texts that a statement, a path, a pattern, an object or a header may trip over. */
export const HOSTILE_TEXTS = [
  "' or '1'='1",
  "'; drop table logs; --",
  '"; delete from logs; --',
  "x') union select hash, last4 from keys --",
  '1); update logs set project = 1 where (1=1',
  "%' escape '\\' or 1=1 --",
  '`logs`; vacuum; --',
  '$1; select pg_sleep(9)',
  '?1',
  ':name',
  '%_\\',
  '[[:alpha:]]*(a+)+$',
  '\0',
  'a\0b',
  '\ud800',
  'x\udc00y',
  '\uffff\u202e\u0000',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '\u0001model',
  '',
  ' ',
  '\r\nX-Injected: yes',
  '../../../../etc/passwd',
  '..%2f..%2fgradeway.db',
  '${7*7}{{7*7}}<script>alert(1)</script>',
  '=cmd|calc!A1',
  'NaN',
  '-Infinity',
  '1e309',
  '9007199254740993',
  '+275760-09-13T00:00:00.001Z',
  '0000-00-00T00:00:00Z',
  '2026-02-30',
  '\u{1f600}'.repeat(300),
  'x'.repeat(20_000),
  '{"$gt":""}',
  '[object Object]',
  'true',
  'İ',
] as const;

/** Tokens of JSON that stand for themselves. */
export class Written {
  readonly json: string;
  constructor(json: string) {
    this.json = json;
  }
}

const nested = (depth: number, open: string, inside: string, close: string): Written =>
  new Written(open.repeat(depth) + inside + close.repeat(depth));

export const HOSTILE_VALUES: readonly unknown[] = [
  ...HOSTILE_TEXTS,
  null,
  true,
  false,
  0,
  -1,
  1.5,
  new Written('-0'),
  new Written('9007199254740993'),
  new Written('-9223372036854775809'),
  new Written('1e309'),
  new Written('-1e309'),
  new Written('1e-400'),
  new Written('1e308'),
  new Written(`1${'0'.repeat(400)}`),
  [],
  {},
  [[]],
  [null],
  { length: 1e9 },
  new Written('{"__proto__":{"filter":"all","admin":true},"constructor":{"prototype":{}}}'),
  new Written('{"toJSON":1,"then":1,"valueOf":1,"toString":1}'),
  nested(30, '{"and":[', '{"field":"status","gte":400}', ']}'),
  nested(200, '{"not":', '{"field":"status","gte":400}', '}'),
  nested(200, '{"left":"all","operator":"and","right":', '"all"', '}'),
  nested(250, '[', '', ']'),
  nested(100_000, '[', '', ']'),
  nested(100_000, '{"a":', '1', '}'),
  { and: Array.from({ length: 600 }, () => ({ field: 'status', gte: 0 })) },
  { field: 'id', in: Array.from({ length: 1000 }, (_, index) => `x${index}`) },
  { property: "'; drop table logs; --", contains: "%' or 1=1 --" },
  { score: '__proto__', equals: '__proto__' },
  { text: 'any', contains: '" OR "' },
  { request_response_rmt: { properties: { "'; drop table logs; --": { equals: "' or 1=1 --" } } } },
  { request_response_rmt: new Written('{"__proto__":{"equals":1}}') },
  { 'sort"; drop table logs; --': 'asc' },
];

export const HOSTILE_KEYS = [
  ...HOSTILE_TEXTS,
  'filter',
  'limit',
  'offset',
  'sort',
  'cursor',
  'then',
  'toJSON',
] as const;

/** JSON of a value in which tokens may stand for themselves. */
export function written(value: unknown): string {
  if (value instanceof Written) return value.json;
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, one]) => `${JSON.stringify(key)}:${written(one)}`)
      .join(',')}}`;
  return value === undefined ? 'null' : JSON.stringify(value);
}
