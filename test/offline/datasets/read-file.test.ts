import { describe, expect, it } from 'vitest';
import { type DatasetFormat, formatOf, readDatapoints } from '../../../src/offline/datasets/read-file.ts';
import type { LineReading } from '../../../src/offline/datasets/read-row.ts';

/** In pieces that fall into the middle of characters and lines. */
async function* piecesOf(text: string, size = 3): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function read(text: string, format: DatasetFormat): Promise<LineReading[]> {
  return Array.fromAsync(readDatapoints(piecesOf(text), format));
}

const plain = { messages: null, target: null, metadata: {}, id: undefined };

describe('JSONL', () => {
  it('is read line by line, with what is wrong in its place', async () => {
    const lines = [
      '{"inputs":{"q":"é"},"target":{"a":[1]},"metadata":{"m":true}}',
      '',
      '{"inputs":{"q":1}',
      '{"messages":[{"role":"user","content":"Hi"}],"id":"0190F3A0-0000-7000-8000-000000000001"}',
      '[1]',
      '{"inputs":{}}',
      '{"inputs":{"q":1},"tagret":2}',
      '{"messages":[{"content":"no role"}]}',
    ];
    expect(await read(lines.join('\r\n'), 'jsonl')).toEqual([
      { line: 1, datapoint: { ...plain, inputs: { q: 'é' }, target: { a: [1] }, metadata: { m: true } } },
      { line: 3, problem: expect.stringContaining('it is not JSON') },
      {
        line: 4,
        datapoint: {
          ...plain,
          inputs: {},
          messages: [{ role: 'user', content: 'Hi' }],
          id: '0190f3a0-0000-7000-8000-000000000001',
        },
      },
      { line: 5, problem: expect.stringContaining('it is not an object') },
      { line: 6, problem: 'it has neither inputs nor messages; give it at least one of them' },
      { line: 7, problem: '"tagret" is not a member of a datapoint; did you mean target?' },
      { line: 8, problem: expect.stringContaining('messages.0.role') },
    ]);
  });

  it("understands what OpenAI's evals, LangSmith and Braintrust call their members", async () => {
    const rows = await read(
      [
        '{"input":[{"role":"system","content":"S"},{"role":"user","content":"U"}],"ideal":"yes"}',
        '{"input":"2+2","expected":"4","metadata":{"level":1}}',
        '{"input":{"city":"Bonn"},"expected_output":{"country":"DE"}}',
        '{"input":"a","inputs":{"b":1}}',
      ].join('\n'),
      'jsonl',
    );
    expect(rows).toEqual([
      {
        line: 1,
        datapoint: {
          ...plain,
          inputs: {},
          messages: [
            { role: 'system', content: 'S' },
            { role: 'user', content: 'U' },
          ],
          target: 'yes',
        },
      },
      { line: 2, datapoint: { ...plain, inputs: { input: '2+2' }, target: '4', metadata: { level: 1 } } },
      { line: 3, datapoint: { ...plain, inputs: { city: 'Bonn' }, target: { country: 'DE' } } },
      { line: 4, problem: 'inputs: it gives inputs a second time' },
    ]);
  });

  it('takes an object without such members as a row of inputs', async () => {
    expect(await read('{"question":"why?","target":"because","metadata.source":"faq"}', 'jsonl')).toEqual([
      {
        line: 1,
        datapoint: { ...plain, inputs: { question: 'why?' }, target: 'because', metadata: { source: 'faq' } },
      },
    ]);
  });

  it('keeps members with dangerous names as ordinary ones', async () => {
    const [row] = await read('{"inputs":{"__proto__":"x","constructor":"y"}}', 'jsonl');
    const { inputs } = (row as { datapoint: { inputs: object } }).datapoint;
    expect(Object.getPrototypeOf(inputs)).toBe(Object.prototype);
    expect(Object.hasOwn(inputs, 'constructor')).toBe(true);
  });

  it('refuses what is nested too deeply', async () => {
    const deep = `{"inputs":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`;
    const [row] = await Array.fromAsync(readDatapoints(piecesOf(deep, 65_536), 'jsonl'));
    expect(row).toEqual({ line: 1, problem: 'it is nested deeper than 200 levels' });
  });

  it('ends at a line without end instead of gathering it', async () => {
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.alloc(1 << 20, 'a');
    };
    const rows = await Array.fromAsync(readDatapoints(endless(), 'jsonl'));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toHaveProperty('problem');
  });
});

describe('CSV', () => {
  it('has inputs in its columns, and the target and metadata by their names', async () => {
    const text =
      '\ufeffquestion,target,metadata.level,messages\r\n"What, is ""it""?\nSay.",yes,1,\r\nb,,2,"[{""role"":""user"",""content"":""x""}]"\r\n';
    expect(await read(text, 'csv')).toEqual([
      {
        line: 3,
        datapoint: { ...plain, inputs: { question: 'What, is "it"?\nSay.' }, target: 'yes', metadata: { level: '1' } },
      },
      {
        line: 4,
        datapoint: {
          ...plain,
          inputs: { question: 'b' },
          messages: [{ role: 'user', content: 'x' }],
          metadata: { level: '2' },
        },
      },
    ]);
  });

  it('has a target of several columns', async () => {
    expect(await read('q,target.a,target.b\n1,2,3\n', 'csv')).toEqual([
      { line: 2, datapoint: { ...plain, inputs: { q: '1' }, target: { a: '2', b: '3' } } },
    ]);
  });

  it.each([
    ['a,b\n1\n', 2, 'it is not CSV'],
    ['a,a\n1,2\n', 1, 'twice'],
    ['a,\n1,2\n', 1, 'without a name'],
    ['a\n"open\n', 2, 'it is not CSV'],
  ])('says what is wrong with %j', async (text, line, problem) => {
    const rows = await read(text, 'csv');
    expect(rows.at(-1)).toMatchObject({ problem: expect.stringContaining(problem) });
    expect(rows.at(-1)!.line).toBeGreaterThanOrEqual(line - 1);
  });
});

describe("a promptfoo file's tests", () => {
  it('are read with their defaults, assertions as target and metadata, a datapoint for each combination', async () => {
    const text = `prompts: [p.txt]
defaultTest:
  vars: {language: French}
  assert: [{type: latency, threshold: 100}]
tests:
  - description: greets
    vars: {body: Hello}
    assert:
      - {type: contains, value: Bonjour}
      - {type: equals, value: Bonjour monde}
  - vars: {body: [a, b], language: German}
`;
    expect(await read(text, 'promptfoo')).toEqual([
      {
        line: 6,
        datapoint: {
          ...plain,
          inputs: { language: 'French', body: 'Hello' },
          target: 'Bonjour monde',
          metadata: {
            description: 'greets',
            assert: [
              { type: 'latency', threshold: 100 },
              { type: 'contains', value: 'Bonjour' },
              { type: 'equals', value: 'Bonjour monde' },
            ],
          },
        },
      },
      ...['a', 'b'].map((body) => ({
        line: 11,
        datapoint: {
          ...plain,
          inputs: { language: 'German', body },
          metadata: { assert: [{ type: 'latency', threshold: 100 }] },
        },
      })),
    ]);
  });

  it.each([
    ['tests: tests.csv', 1, 'no list `tests`'],
    ['tests:\n  - vars: {a: file://a.txt}', 2, 'file://a.txt'],
    ['tests: [', 1, 'neither YAML nor JSON'],
    ['tests:\n  - vars: {}', 2, 'neither inputs nor messages'],
    [
      `tests:\n  - vars: {${['a', 'b', 'c'].map((name) => `${name}: [${Array(11).fill(1).join(',')}]`).join(', ')}}`,
      2,
      '1000',
    ],
  ])('say what is wrong: %j', async (text, line, problem) => {
    expect(await read(text, 'promptfoo')).toEqual([{ line, problem: expect.stringContaining(problem) }]);
  });
});

it("a promptfoo file's tests that are nested too deeply are refused", async () => {
  const [row] = await read(`tests: ${'['.repeat(20_000)}${']'.repeat(20_000)}`, 'promptfoo');
  expect(row).toMatchObject({ line: 1, problem: expect.stringMatching(/nested too deeply|neither YAML nor JSON/) });
});

describe('the format of a file', () => {
  it('is known by its ending', () => {
    expect(['a.jsonl', 'a.NDJSON', 'a.csv', 'a.yaml', 'a.json', 'a.txt'].map(formatOf)).toEqual([
      'jsonl',
      'jsonl',
      'csv',
      'promptfoo',
      'promptfoo',
      undefined,
    ]);
  });
});
