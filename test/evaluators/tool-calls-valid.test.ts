import type { ToolCall } from '../../src/model/message.ts';
import { logWith } from './log-with.ts';
import { describeEvaluator } from './shipped.ts';

const schema = {
  type: 'object',
  properties: {
    city: { type: 'string' },
    days: { type: 'array', items: { type: 'object', properties: { date: { type: 'string' } }, required: ['date'] } },
    unit: { enum: ['celsius', 'fahrenheit'] },
  },
  required: ['city'],
  additionalProperties: false,
};
const geminiSchema = {
  type: 'OBJECT',
  properties: {
    city: { type: 'STRING' },
    type: { type: 'STRING', enum: ['STRING'] },
    days: { type: 'ARRAY', items: { type: 'OBJECT', properties: { date: { type: 'STRING' } } } },
  },
  required: ['city'],
};
const chatTools = [{ type: 'function', function: { name: 'weather', parameters: schema } }];
const call = (args: string, name = 'weather'): ToolCall => ({ id: 'call_1', name, arguments: args });
const calling = (toolCalls: ToolCall[], requestBody: unknown = { tools: chatTools }) =>
  logWith({ toolCalls, requestBody, finishReason: 'tool_calls' });

describeEvaluator('tool-calls-valid', [
  { name: 'abstains without tool calls', log: logWith({ requestBody: { tools: chatTools } }), value: null },
  { name: 'accepts good arguments', log: calling([call('{"city":"Paris","unit":"celsius"}')]), value: true },
  {
    name: 'refuses a missing argument',
    log: calling([call('{}')]),
    value: false,
    reason: /^weather: must have required/,
  },
  { name: 'refuses one too many', log: calling([call('{"city":"Paris","x":1}')]), value: false },
  { name: 'refuses a wrong type', log: calling([call('{"city":5}')]), value: false, reason: /\/city must be string/ },
  {
    name: 'refuses what is not in the enumeration',
    log: calling([call('{"city":"P","unit":"kelvin"}')]),
    value: false,
  },
  {
    name: 'looks into nested objects',
    log: calling([call('{"city":"P","days":[{"date":"a"},{"day":"b"}]}')]),
    value: false,
    reason: /\/days\/1/,
  },
  {
    name: 'refuses arguments that are not JSON',
    log: calling([call("{'city':'Paris'}")]),
    value: false,
    reason: /not JSON/,
  },
  { name: 'refuses arguments that were cut', log: calling([call('{"city":"Par')]), value: false },
  { name: 'refuses arguments that are no object', log: calling([call('"Paris"')]), value: false },
  { name: 'looks at every call', log: calling([call('{"city":"Paris"}'), call('{}')]), value: false },
  {
    name: 'refuses a tool that was not offered',
    log: calling([call('{}', 'rockets')]),
    value: false,
    reason: /no such tool/,
  },
  { name: 'refuses all where no tools were offered', log: calling([call('{}')], {}), value: false },
  {
    name: 'takes no arguments for an empty object',
    log: calling([call('', 'now')], { tools: [{ type: 'function', function: { name: 'now' } }] }),
    value: true,
  },
  {
    name: 'reads the responses API',
    log: calling([call('{}')], { tools: [{ type: 'function', name: 'weather', parameters: schema }] }),
    value: false,
  },
  {
    name: "reads Anthropic's tools, custom ones included",
    log: calling([call('{}')], { tools: [{ type: 'custom', name: 'weather', input_schema: schema }] }),
    value: false,
  },
  {
    name: "reads Gemini's tools",
    log: calling([call('{}')], {
      tools: [{ functionDeclarations: [{ name: 'weather', parametersJsonSchema: schema }] }],
    }),
    value: false,
  },
  ...[
    { args: '{"city":"Paris","type":"STRING"}', value: true },
    { args: '{"city":5}', value: false, reason: /\/city must be string/ },
    { args: '{"city":"Paris","days":[{"date":1}]}', value: false, reason: /\/days\/0\/date must be string/ },
  ].map(({ args, ...expected }) => ({
    name: `reads Gemini's own types in upper case: ${args}`,
    log: calling([call(args)], { tools: [{ functionDeclarations: [{ name: 'weather', parameters: geminiSchema }] }] }),
    ...expected,
  })),
  {
    name: 'reads the old functions',
    log: calling([call('{"city":"Paris"}')], { functions: [{ name: 'weather', parameters: schema }] }),
    value: true,
  },
  {
    name: 'lets tools that take free text be',
    log: calling([call('print(1)', 'code')], { tools: [{ type: 'custom', custom: { name: 'code' } }] }),
    value: true,
  },
  {
    name: 'abstains where the schema is not one',
    log: calling([call('{}')], {
      tools: [{ type: 'function', function: { name: 'weather', parameters: { type: 'what' } } }],
    }),
    value: null,
    reason: /not usable/,
  },
  {
    name: 'takes a name like __proto__ for a name',
    log: calling([call('{"__proto__":1}', '__proto__')]),
    value: false,
    reason: /no such tool/,
  },
  { name: 'abstains for errors', log: logWith({ status: 500, toolCalls: [call('{}')] }), value: null },
  {
    name: 'abstains where the answer was not kept whole',
    log: logWith({ responseTruncated: true, toolCalls: [call('{')] }),
    value: null,
  },
]);
