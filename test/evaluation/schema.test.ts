import { describe, expect, it } from 'vitest';
import { schemaProblem } from '../../src/evaluation/define.ts';

let nested: unknown = {};
for (let depth = 0; depth < 100_000; depth += 1) nested = { not: nested };

describe('a value by a JSON schema', () => {
  it.each([
    { name: 'any value', schema: {}, value: 5 },
    { name: 'any value by true', schema: true, value: null },
    { name: 'the right type', schema: { type: ['integer', 'null'] }, value: null },
    { name: 'a format, which is not looked at', schema: { type: 'string', format: 'date' }, value: 'soon' },
    { name: "Gemini's type", schema: { type: 'ARRAY', items: { type: 'NUMBER' } }, value: [1.5] },
    { name: "Gemini's null", schema: { type: 'STRING', nullable: true }, value: null },
    { name: 'a constant that looks like one', schema: { const: { type: 'STRING' } }, value: { type: 'STRING' } },
  ])('has no problem: $name', ({ schema, value }) => {
    expect(schemaProblem(schema, value)).toBeUndefined();
  });

  it.each([
    { name: 'a wrong type', schema: { type: 'object' }, value: [], problem: { value: 'must be object' } },
    { name: "Gemini's type", schema: { type: 'OBJECT' }, value: [], problem: { value: 'must be object' } },
    { name: 'false', schema: false, value: 1, problem: { value: 'boolean schema is false' } },
    { name: 'a type there is not', schema: { type: 'Object' }, value: {}, problem: { schema: /type/ } },
    { name: 'no schema', schema: undefined, value: {}, problem: { schema: /./ } },
    { name: 'null for a schema', schema: null, value: {}, problem: { schema: /null/ } },
    { name: 'a reference to nowhere', schema: { $ref: '#/$defs/a' }, value: {}, problem: { schema: /can't resolve/ } },
    { name: 'a schema nested 100,000 deep', schema: nested, value: {}, problem: { schema: /stack/ } },
    { name: "ajv's own asynchronous schemas", schema: { $async: true }, value: 1, problem: { schema: /\$async/ } },
  ])('has one: $name', ({ schema, value, problem }) => {
    const expected = Object.entries(problem).map(([key, text]) => [key, expect.stringMatching(text)]);
    expect(schemaProblem(schema, value)).toEqual(Object.fromEntries(expected));
  });

  it('has the same problem each time', () => {
    const schema = { type: 'object', required: ['a'], $id: 'https://example.com/a' };
    for (let time = 0; time < 3; time += 1)
      expect(schemaProblem({ ...schema }, {})).toEqual({ value: "must have required property 'a'" });
    expect(schemaProblem({ ...schema, required: ['b'] }, {})).toEqual({ value: "must have required property 'b'" });
  });
});
