import { answering, logWith } from './log-with.ts';
import { describeEvaluator } from './shipped.ts';

const person = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 0 } },
  required: ['name', 'age'],
  additionalProperties: false,
};
const chat = (schema: unknown) => ({ response_format: { type: 'json_schema', json_schema: { name: 'p', schema } } });
const anyObject = { response_format: { type: 'json_object' } };

describeEvaluator('json-valid', [
  { name: 'abstains where no JSON was asked for', log: answering('{}'), value: null, reason: /did not ask/ },
  { name: 'abstains where the request is not JSON itself', log: answering('{}', { requestBody: null }), value: null },
  {
    name: 'abstains where text was asked for',
    log: answering('hi', { requestBody: { response_format: { type: 'text' } } }),
    value: null,
  },
  { name: 'accepts an object', log: answering('{"a":1}', { requestBody: anyObject }), value: true },
  { name: 'accepts white space around it', log: answering('\n {"a":1}\n', { requestBody: anyObject }), value: true },
  {
    name: 'refuses JSON in a code fence',
    log: answering('```json\n{"a":1}\n```', { requestBody: anyObject }),
    value: false,
    reason: /^Not JSON/,
  },
  {
    name: 'refuses a bare number',
    log: answering('42', { requestBody: anyObject }),
    value: false,
    reason: /must be object/,
  },
  {
    name: 'refuses an array where an object was promised',
    log: answering('[{"a":1}]', { requestBody: anyObject }),
    value: false,
    reason: /must be object/,
  },
  {
    name: 'refuses JSON that was cut by the token limit',
    log: answering('{"a": [1, 2', { requestBody: anyObject, finishReason: 'length' }),
    value: false,
  },
  { name: 'refuses an empty answer', log: answering('', { requestBody: anyObject }), value: false },
  {
    name: 'accepts what follows the schema',
    log: answering('{"name":"Ada","age":36}', { requestBody: chat(person) }),
    value: true,
  },
  {
    name: 'names what does not follow the schema',
    log: answering('{"name":"Ada","age":-1}', { requestBody: chat(person) }),
    value: false,
    reason: /\/age must be >= 0/,
  },
  {
    name: 'refuses additional properties where the schema does',
    log: answering('{"name":"Ada","age":1,"x":1}', { requestBody: chat(person) }),
    value: false,
  },
  {
    name: 'follows references and definitions',
    log: answering('{"child":{"child":{"child":5}}}', {
      requestBody: chat({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $ref: '#/$defs/node',
        $defs: { node: { type: 'object', properties: { child: { $ref: '#/$defs/node' } } } },
      }),
    }),
    value: false,
    reason: /must be object/,
  },
  {
    name: 'takes a schema of draft 7',
    log: answering('{"a":"x"}', {
      requestBody: chat({ $schema: 'http://json-schema.org/draft-07/schema#', properties: { a: { type: 'string' } } }),
    }),
    value: true,
  },
  {
    name: 'abstains where the schema is not one',
    log: answering('{}', { requestBody: chat({ type: 'thing' }) }),
    value: null,
    reason: /not usable/,
  },
  {
    name: 'abstains where the schema refers to something that is not there',
    log: answering('{}', { requestBody: chat({ $ref: 'https://example.com/schema.json' }) }),
    value: null,
  },
  {
    name: 'takes any JSON where the schema is null',
    log: answering('[]', { requestBody: chat(null) }),
    value: true,
  },
  {
    name: 'reads the responses API',
    log: answering('{"name":"Ada"}', {
      requestBody: { text: { format: { type: 'json_schema', name: 'p', schema: person } } },
    }),
    value: false,
    reason: /required property 'age'/,
  },
  {
    name: "reads Anthropic's form",
    log: answering('{"name":"Ada","age":1}', {
      requestBody: { output_config: { format: { type: 'json_schema', schema: person } } },
    }),
    value: true,
  },
  {
    name: "reads Gemini's form",
    log: answering('[1]', { requestBody: { generationConfig: { responseMimeType: 'application/json' } } }),
    value: true,
  },
  {
    name: "refuses what does not follow Gemini's own schema",
    log: answering('{"name":"Ada","age":"36"}', {
      requestBody: {
        generationConfig: {
          responseMimeType: 'application/json',
          responseSchema: {
            type: 'OBJECT',
            properties: { name: { type: 'STRING' }, age: { type: 'INTEGER', nullable: true } },
          },
        },
      },
    }),
    value: false,
    reason: /\/age must be integer/,
  },
  {
    name: 'abstains where the call failed',
    log: answering('', { requestBody: anyObject, status: 429 }),
    value: null,
    reason: /failed/,
  },
  {
    name: 'abstains where the model refused',
    log: logWith({ requestBody: anyObject, output: { text: '', reasoning: null, refusal: 'No.' } }),
    value: null,
  },
  {
    name: 'abstains where the model called tools instead',
    log: answering('', { requestBody: anyObject, toolCalls: [{ id: 'c', name: 'f', arguments: '{}' }] }),
    value: null,
  },
  {
    name: 'abstains where the answer was not kept whole',
    log: answering('{"a":', { requestBody: anyObject, responseTruncated: true }),
    value: null,
  },
]);
