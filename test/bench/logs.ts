/** Seeded logs: the same ones in every run, as the recorder would hand them to the store. */
import { DEFAULT_PROJECT, type NewLog } from '../../src/store/store.ts';
import { newId } from '../../src/model/id.ts';
import { MODEL, requestBody, responseBody } from './payloads.ts';
import type { Random } from './random.ts';

const ENVIRONMENTS = ['production', 'staging', 'test'];

/** Ids are of the time given, so that they sort as real ones would. */
export function seededLog(random: Random, startedAtMs: number, changes: Partial<NewLog>): NewLog {
  const id = newId(startedAtMs);
  const outputTokens = 20 + random.below(600);
  return {
    id,
    requestId: id,
    projectId: DEFAULT_PROJECT.id,
    upstream: 'openai',
    provider: 'openai',
    target: 'https://api.openai.com',
    method: 'POST',
    path: '/v1/chat/completions',
    modelAsked: 'gpt-4o-mini',
    modelAnswered: MODEL,
    model: MODEL,
    status: random.below(50) === 0 ? 429 : 200,
    errorCode: null,
    ending: 'ended',
    stream: random.below(2) === 0,
    startedAtMs,
    firstByteMs: 100 + random.below(900),
    firstTokenMs: null,
    durationMs: 200 + random.below(20_000),
    usage: {
      inputTokens: 100 + random.below(2000),
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      audioInputTokens: 0,
      outputTokens,
      reasoningTokens: 0,
      audioOutputTokens: 0,
      estimated: false,
    },
    costUsd: outputTokens * 6e-7,
    finishReason: 'stop',
    userId: `user-${random.below(5000)}`,
    sessionId: null,
    sessionName: null,
    sessionPath: null,
    providerResponseId: null,
    requestSize: 1700,
    responseSize: 1600,
    requestTruncated: false,
    responseTruncated: false,
    requestOmitted: false,
    responseOmitted: false,
    requestSha256: null,
    responseSha256: null,
    requestHeaders: { 'content-type': 'application/json', 'user-agent': 'OpenAI/JS 7.55.0' },
    responseHeaders: { 'content-type': 'application/json', 'x-request-id': 'req_5f2d8a6b3c914e0c8f7e6d5c4b3a2918' },
    propertiesDropped: 0,
    parseError: null,
    properties: new Map(),
    requestBody: undefined,
    responseBody: undefined,
    evaluators: [],
    ...changes,
  };
}

/** A log of 3.3 kB with five properties and one job: four properties of few values, one of ten thousand. */
export function fullLog(random: Random, startedAtMs: number): NewLog {
  return seededLog(random, startedAtMs, {
    providerResponseId: `chatcmpl-${random.below(2 ** 31).toString(36)}${random.below(2 ** 31).toString(36)}`,
    requestBody: varied(requestBody('json'), random),
    responseBody: varied(responseBody(), random),
    properties: new Map([
      ['environment', ENVIRONMENTS[random.below(ENVIRONMENTS.length)]!],
      ['feature', `feature-${random.below(20)}`],
      ['customer', `customer-${random.below(10_000)}`],
      ['region', `region-${random.below(6)}`],
      ['release', `2024.11.${random.below(10)}`],
    ]),
    evaluators: ['finished'],
  });
}

/** The same JSON around a text of its own, so that logs compress no better together than real ones. */
function varied(body: string, random: Random): Buffer {
  const { length } = LONG_TEXT.exec(body)![1]!;
  return Buffer.from(body.replace(LONG_TEXT, `"content":"${random.text(length)}"`));
}

const LONG_TEXT = /"content":"([^"]{200,})"/;
