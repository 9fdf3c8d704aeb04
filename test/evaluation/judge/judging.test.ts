import { describe, expect, it } from 'vitest';
import type { ModelAnswer, ModelCall } from '../../../src/evaluation/model-call.ts';
import type { Evaluators } from '../../../src/evaluation/evaluators.ts';
import type { Evaluated } from '../../../src/evaluation/kind.ts';
import { READY_MADE_JUDGES } from '../../../src/evaluation/kinds/judge/ready-made.ts';
import type { Log } from '../../../src/model/log.ts';
import { logWith } from '../../evaluators/log-with.ts';
import { type Files, started } from '../evaluator-folder.ts';

const UPSTREAMS = new Map([
  ['openai', 'openai'],
  ['groq', 'openai'],
  ['anthropic', 'anthropic'],
  ['gemini', 'gemini'],
] as const);
const NUMBER = 'model: m\nreturns: number\nrange: { min: 1, max: 5, step: 1 }\nprompt: "{{ log.output_text }}"\n';

type Answering = (call: ModelCall) => Promise<ModelAnswer | undefined> | ModelAnswer | undefined;

async function judges(files: Files, answering: Answering): Promise<Evaluators & { calls: ModelCall[] }> {
  const calls: ModelCall[] = [];
  const callModel = async (call: ModelCall) => {
    calls.push(call);
    return answering(call);
  };
  const evaluators = await started(files, { models: { upstreams: UPSTREAMS, callModel } });
  return Object.assign(evaluators, { calls });
}

async function judged(prepared: Evaluators, subject: Log = logWith()): Promise<Evaluated> {
  const [answer] = await prepared.evaluate([{ id: '1', subject, evaluators: ['j'] }]);
  return answer!;
}

function answer(status: number, body: unknown, headers: Record<string, string> = {}): ModelAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}

function said(content: string | null, more: object = {}, finish = 'stop'): ModelAnswer {
  const message = { role: 'assistant', content, ...more };
  return answer(200, { object: 'chat.completion', choices: [{ index: 0, message, finish_reason: finish }] });
}

const failed = (type: string, code: string) => ({ error: { message: `It is ${code}.`, type, code } });

describe('a judge', () => {
  it('asks for the reason before the verdict, and scores what it is told', async () => {
    const prepared = await judges({ 'j.judge.yaml': NUMBER }, () => said('{"reason":"Right.","verdict":4}'));
    expect((await judged(prepared)).outcome).toMatchObject({
      outcome: 'scored',
      scores: [{ name: 'j', value: 4, reason: 'Right.' }],
    });
    const body = JSON.parse(prepared.calls[0]!.body);
    expect(prepared.calls[0]).toMatchObject({ upstream: 'openai', path: '/v1/chat/completions', evaluator: 'j' });
    expect(Object.keys(body.response_format.json_schema.schema.properties)).toEqual(['reason', 'verdict']);
    expect(body).toMatchObject({ model: 'm', max_completion_tokens: 2048 });
    expect(body).not.toHaveProperty('temperature');
  });

  it('reads Anthropic’s tool and Gemini’s schema', async () => {
    const tool = { type: 'tool_use', id: 't', name: 'give_verdict', input: { reason: 'R', verdict: 'rude' } };
    const anthropic = await judges({ 'j.judge.yaml': 'from: tone\nmodel: c\nupstream: anthropic\n' }, () =>
      answer(200, { type: 'message', role: 'assistant', content: [tool], stop_reason: 'tool_use' }),
    );
    expect((await judged(anthropic)).outcome).toMatchObject({ scores: [{ value: 'rude', reason: 'R' }] });
    expect(JSON.parse(anthropic.calls[0]!.body)).toMatchObject({ tool_choice: { type: 'tool' }, max_tokens: 2048 });
    const parts = [{ text: '{"reason":"R","verdict":false}' }];
    const gemini = await judges({ 'j.judge.yaml': 'from: toxicity\nmodel: g\nupstream: gemini\n' }, () =>
      answer(200, { candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP' }] }),
    );
    expect((await judged(gemini)).outcome).toMatchObject({ scores: [{ value: false }] });
    expect(gemini.calls[0]!.path).toBe('/v1beta/models/g:generateContent');
    const { responseSchema } = JSON.parse(gemini.calls[0]!.body).generationConfig;
    expect(responseSchema).toMatchObject({ propertyOrdering: ['reason', 'verdict'] });
    expect(responseSchema).not.toHaveProperty('additionalProperties');
  });

  it.each([
    ['out of range', said('{"reason":"r","verdict":100}'), 'invalid_result'],
    ['between steps', said('{"reason":"r","verdict":3.5}'), 'invalid_result'],
    ['a text for a number', said('{"reason":"r","verdict":"4"}'), 'invalid_result'],
    ['no verdict', said('{"reason":"r"}'), 'invalid_result'],
    ['no reason', said('{"verdict":4}'), 'invalid_result'],
    ['not JSON', said('I give it a 4.'), 'invalid_result'],
    ['JSON and more', said('{"reason":"r","verdict":4} or rather 5'), 'invalid_result'],
    ['empty', said(null), 'invalid_result'],
    ['cut off', said('{"reason":"r","verdict":4', {}, 'length'), 'judge_truncated'],
    ['cut off behind a whole answer', said('{"reason":"r","verdict":4}', {}, 'length'), 'judge_truncated'],
    ['refused', said(null, { refusal: 'I will not.' }), 'judge_refused'],
    ['filtered', said('{"reason":"r","verdict":4}', {}, 'content_filter'), 'judge_refused'],
    ['no answer in time', undefined, 'timeout'],
    ['not HTTP’s success', answer(500, failed('server_error', 'down')), 'provider_failed'],
    ['unauthorized', answer(401, failed('invalid_request_error', 'invalid_api_key')), 'provider_unauthorized'],
    ['out of credit', answer(429, failed('insufficient_quota', 'insufficient_quota')), 'provider_out_of_credit'],
    [
      'out of credit (Anthropic)',
      answer(400, { error: { message: 'Your credit balance is too low' } }),
      'provider_out_of_credit',
    ],
    ['unknown model', answer(404, failed('invalid_request_error', 'model_not_found')), 'provider_unknown_model'],
    [
      'unknown model as 400',
      answer(400, { error: { message: 'The model `x` does not exist' } }),
      'provider_unknown_model',
    ],
    ['bad request both ways', answer(400, failed('invalid_request_error', 'bad')), 'provider_failed'],
  ])('fails, and never scores, where the answer is %s', async (_name, given, code) => {
    const { outcome } = await judged(await judges({ 'j.judge.yaml': NUMBER }, () => given));
    expect(outcome).toMatchObject({ outcome: 'failed', code });
    expect(outcome).not.toHaveProperty('scores');
  });

  it('asks by the prompt alone where structured output is refused, and remembers that', async () => {
    const prepared = await judges({ 'j.judge.yaml': `${NUMBER}upstream: groq\n` }, ({ body }) =>
      'response_format' in JSON.parse(body)
        ? answer(400, failed('invalid_request_error', 'response_format is not supported'))
        : said('```json\n{"reason":"r","verdict":2}\n```'),
    );
    expect((await judged(prepared)).outcome).toMatchObject({ scores: [{ value: 2 }] });
    expect((await judged(prepared)).outcome).toMatchObject({ scores: [{ value: 2 }] });
    expect(prepared.calls.map(({ body }) => 'response_format' in JSON.parse(body))).toEqual([true, false, false]);
    expect(JSON.parse(prepared.calls[0]!.body)).toHaveProperty('max_tokens');
  });

  it('leaves a provider alone for as long as it asks, and calls it with no other judge meanwhile', async () => {
    const prepared = await judges({ 'j.judge.yaml': NUMBER }, () => answer(429, {}, { 'retry-after': '7' }));
    const first = await judged(prepared);
    expect(first.retryAtMs! - Date.now()).toBeGreaterThan(5000);
    expect(first.retryAtMs! - Date.now()).toBeLessThanOrEqual(7000);
    expect((await judged(prepared)).retryAtMs).toBe(first.retryAtMs);
    expect(prepared.calls).toHaveLength(1);
    // Another project has limits of its own.
    await judged(prepared, logWith({ projectId: 'other' }));
    expect(prepared.calls).toHaveLength(2);
  });

  it('does not spend money on a failed call, unless its prompt is about that', async () => {
    const prepared = await judges({ 'j.judge.yaml': NUMBER }, () => said('{}'));
    expect((await judged(prepared, logWith({ status: 500 }))).outcome).toMatchObject({ outcome: 'skipped' });
    expect(prepared.calls).toHaveLength(0);
    const about = await judges({ 'j.judge.yaml': NUMBER.replace('log.output_text', 'log.status') }, () =>
      said('{"reason":"r","verdict":1}'),
    );
    expect((await judged(about, logWith({ status: 500 }))).outcome).toMatchObject({ outcome: 'scored' });
  });

  it('waits for a thousand answers at once', async () => {
    const waiting: (() => void)[] = [];
    const prepared = await judges(
      { 'j.judge.yaml': NUMBER },
      () => new Promise((resolve) => waiting.push(() => resolve(said('{"reason":"r","verdict":1}')))),
    );
    const subject = logWith();
    const requests = Array.from({ length: 1000 }, (_, index) => ({ id: String(index), subject, evaluators: ['j'] }));
    const work = prepared.evaluate(requests);
    await expect.poll(() => waiting.length).toBe(1000);
    for (const answerOne of waiting) answerOne();
    expect((await work).filter(({ outcome }) => outcome.outcome === 'scored')).toHaveLength(1000);
  });

  it('ends with draining when it is closed while a model thinks', async () => {
    const prepared = await judges({ 'j.judge.yaml': NUMBER }, () => new Promise(() => {}));
    const work = judged(prepared);
    await prepared.close();
    await expect(work).rejects.toMatchObject({ code: 'draining' });
  });
});

describe('a judge’s file', () => {
  it.each([
    ['prompt: x\nreturns: boolean\n', /^model: /],
    ['model: m\n', /^prompt: it has none\..*correctness/],
    ['model: m\nfrom: helpfullness\n', /did you mean helpfulness\?/],
    ['model: m\nfrom: tone\nupstream: opnai\n', /^upstream: there is no "opnai"; there are openai, groq/],
    ['model: m\nprompt: x\n', /^returns: /],
    ['model: m\nprompt: x\nreturns: number\n', /^range: /],
    ['model: m\nprompt: x\nreturns: category\n', /^options: /],
    ['model: m\nprompt: x\nreturns: boolean\nrange: { min: 1, max: 2 }\n', /^range: only/],
    [
      'model: m\nprompt: "{{ log.outputtext }}"\nreturns: boolean\n',
      /^prompt: Line 1, column 1: .*nearest is log\.output_text/,
    ],
    ['model: m\nfrom: correctness\nonline: { sampleRate: 1 }\n', /^online: live logs have no datapoint\.target/],
    ['model: m\nfrom: tone\ntemprature: 1\n', /did you mean temperature\?/],
    ['model: [\n', /./],
    ['', /./],
  ])('that says %j is refused with what to do', async (source, message) => {
    const { list, problems } = await judges({ 'j.judge.yaml': source }, () => undefined);
    expect(list).toEqual([]);
    expect(problems).toEqual([{ file: 'j.judge.yaml', message: expect.stringMatching(message) }]);
  });

  it('makes a new version when what it asks changes, and none for a comment', async () => {
    const version = async (source: string) =>
      (await judges({ 'j.judge.yaml': source }, () => undefined)).list[0]!.version;
    expect(await version(`# said\n${NUMBER}`)).toBe(await version(NUMBER));
    expect(await version(NUMBER.replace('max: 5', 'max: 6'))).not.toBe(await version(NUMBER));
  });

  it('starts from every ready-made judge', async () => {
    const names = Object.keys(READY_MADE_JUDGES);
    const files = Object.fromEntries(names.map((name) => [`${name}.judge.yaml`, `from: ${name}\nmodel: m\n`]));
    const { list, problems } = await judges(files, () => undefined);
    expect(problems).toEqual([]);
    expect(list.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    expect(list.filter(({ needsTarget }) => needsTarget).map(({ name, online }) => [name, online])).toEqual([
      ['correctness', null],
    ]);
  });
});
