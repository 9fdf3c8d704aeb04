/** What a shop's assistant has left behind in a day: logs of three models and two prompts, with scores. The same in every run, but for the time. */
import type { NewEvaluation } from '../../src/store/evaluations.ts';
import type { NewLog } from '../../src/store/store.ts';
import { type Random, seededRandom } from '../fakes/random.ts';
import { newLog } from '../fixtures/new-log.ts';

const MODELS = [
  { model: 'gpt-4o-mini', quality: 78, ms: 700, usd: 0.0000004 },
  { model: 'gpt-4o', quality: 88, ms: 1400, usd: 0.000006 },
  { model: 'claude-sonnet-4', quality: 91, ms: 1900, usd: 0.000009 },
];
const TURNS = [
  ['Where is my parcel?', 'It left the warehouse this morning and is with the carrier now.'],
  ['I want to send a mug back.', 'Of course. Put it into its box, and the label is in your account.'],
  ['Is the blue lamp in stock?', 'Yes, three of them. They ship tomorrow.'],
  ['Opening hours?', 'Monday to Friday from nine until six.'],
] as const;
const TONES = ['friendly', 'neutral', 'curt'];

/** `count` logs that end at `untilMs`, spread over a day. */
export function sampleLogs(count: number, untilMs: number): NewLog[] {
  const random = seededRandom(7);
  return Array.from({ length: count }, (_, index) =>
    sampleLog(random, index, untilMs - Math.round(((count - index) / count) * 86_000_000)),
  );
}

function sampleLog(random: Random, index: number, startedAtMs: number): NewLog {
  const { model, quality, ms, usd } = random.pick(MODELS);
  const version = index % 3 === 0 ? 'v1' : 'v2';
  const [asked, answered] = random.pick(TURNS);
  const failed = random.next() < 0.04;
  const [inputTokens, outputTokens] = [random.between(40, 400), random.between(10, 300)];
  const durationMs = Math.round(ms * (0.5 + random.next() * random.next() * 4));
  const log = newLog({
    startedAtMs,
    model,
    modelAsked: model,
    modelAnswered: model,
    stream: index % 2 === 0,
    status: failed ? 429 : 200,
    durationMs,
    firstByteMs: Math.round(durationMs / 5),
    firstTokenMs: index % 2 === 0 ? Math.round(durationMs / 4) : null,
    costUsd: failed ? null : (inputTokens + 4 * outputTokens) * usd,
    userId: `customer-${random.between(1, 12)}`,
    sessionId: `visit-${Math.floor(index / 4)}`,
    sessionName: 'visit',
    sessionPath: `/visit/${index % 4}`,
    properties: new Map([
      ['environment', index % 5 === 0 ? 'staging' : 'production'],
      ['promptversion', version],
    ]),
    requestBody: Buffer.from(
      JSON.stringify({
        model,
        messages: [
          { role: 'system', content: `You are the assistant of a shop (${version}).` },
          { role: 'user', content: asked },
        ],
      }),
    ),
    responseBody: Buffer.from(
      JSON.stringify(
        failed
          ? { error: { message: 'Rate limit reached', type: 'rate_limit_error' } }
          : { id: 'c', choices: [{ message: { role: 'assistant', content: answered }, finish_reason: 'stop' }] },
      ),
    ),
  });
  const usage = { ...log.usage!, inputTokens, outputTokens };
  return {
    ...log,
    usage: failed ? null : usage,
    evaluations: failed ? [] : evaluations(random, quality, version, log),
  };
}

function evaluations(random: Random, quality: number, version: string, log: NewLog): NewEvaluation[] {
  const ran = { durationMs: random.between(2, 40), printed: '' };
  const accuracy = Math.min(100, Math.max(0, quality + (version === 'v2' ? 4 : 0) + (random.next() - 0.5) * 30));
  const scored = (name: string, value: boolean | number | string, reason: string | null = null): NewEvaluation => ({
    evaluator: name,
    evaluatorVersion: 'v1',
    outcome: { outcome: 'scored', scores: [{ name, value, reason }], ...ran },
    attempt: 1,
    atMs: log.startedAtMs + 2000,
    source: 'evaluator',
    givenBy: null,
  });
  return [
    random.next() < 0.05
      ? { ...scored('accuracy', 0), outcome: { outcome: 'abstained', reason: 'Nothing to compare with.', ...ran } }
      : scored('accuracy', Math.round(accuracy * 10) / 10, 'Compared with the answer of the handbook.'),
    scored('is_safe', random.next() > 0.03),
    scored('tone', random.pick(TONES)),
  ];
}
