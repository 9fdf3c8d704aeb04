import { describe, expect, it } from 'vitest';
import { callFor, wantsScores } from '../../../src/evaluation/kinds/code/call.ts';
import type { Score } from '../../../src/model/score.ts';
import { logWith } from '../../evaluators/log-with.ts';

const score = (name: string, value: Score['value'], atMs: number): Score => ({
  name,
  value,
  atMs,
  reason: null,
  source: 'api',
  evaluator: null,
  evaluatorVersion: null,
  durationMs: null,
});
const seen = (...given: Parameters<typeof callFor>): Record<string, unknown> =>
  (JSON.parse(callFor(...given)) as { log: Record<string, unknown> }).log;

describe('what code is called with', () => {
  it('has in Python the members that Humanloop gave, and ours', () => {
    const log = logWith({ properties: { environment: 'production' }, durationMs: 1500, startedAtMs: 0, status: 503 });
    expect(seen('python', log, { scores: [] })).toEqual({
      id: log.id,
      model_config: { model: log.model, provider: log.provider, stream: log.stream },
      inputs: { environment: 'production' },
      messages: log.input.map(({ role, text }) => ({ role, content: text })),
      output: log.output.text,
      tool_calls: [],
      provider_latency: 1.5,
      metadata: { environment: 'production' },
      created_at: '1970-01-01T00:00:00.000Z',
      feedback: [],
      error: 'status 503',
      finish_reason: log.finishReason,
      properties: { environment: 'production' },
      usage: log.usage,
      cost: log.costUsd,
      scores: {},
    });
  });

  it.each([
    ['python', 'created_at'],
    ['javascript', 'createdAt'],
  ] as const)('has in %s the newest score of each name, and all feedback', (language, at) => {
    const name = 'helicone-score-feedback';
    const scores = [score('a', 2, 20), score('a', 1, 10), score(name, false, 2000), score(name, true, 1000)];
    expect(seen(language, logWith(), { scores })).toMatchObject({
      scores: { a: 2, [name]: false },
      feedback: [
        { type: 'rating', value: true, [at]: '1970-01-01T00:00:01.000Z' },
        { type: 'rating', value: false, [at]: '1970-01-01T00:00:02.000Z' },
      ],
    });
  });

  it('has scores only where the source asks for them', () => {
    expect(wantsScores('def e(log): return log["scores"]["a"]')).toBe(true);
    expect(wantsScores('export default ({ feedback }) => feedback.length')).toBe(true);
    expect(wantsScores('def underscores(log): return "outscores" in log["output"]')).toBe(false);
    expect(seen('python', logWith(), {})).not.toHaveProperty('scores');
  });

  it.each(['python', 'javascript'] as const)('has in %s nothing of a body that was not to be stored', (language) => {
    const log = logWith({ requestOmitted: true, responseOmitted: true, properties: { a: 'b' } });
    const all = Object.keys(seen(language, log, {}));
    for (const member of ['messages', 'input', 'output', 'requestBody', 'responseBody', 'tool_calls', 'toolCalls'])
      expect(all).not.toContain(member);
    expect(all).toContain('properties');
  });
});
