/** Scores that the receiver of a webhook evaluator posts later, with the token that came with the log. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AnswerToken, writeAnswerToken } from '../../src/api/leases/answer-token.ts';
import { DEFAULT_PROJECT, type NewLog } from '../../src/store/store.ts';
import { externalDefinition, webhookDefinition } from '../fixtures/definition.ts';
import { newLog } from '../fixtures/new-log.ts';
import { removalAct } from '../fixtures/removal-act.ts';
import { type Answer, type ServedApi, serveApi } from './served-api.ts';

describe('scores that come later', () => {
  let api: ServedApi;
  let log: NewLog;
  beforeEach(async () => {
    api = await serveApi();
    // From here on a key is needed for all else.
    await api.createKey(['admin'], 'other');
    await api.define(webhookDefinition({}, { answer: 'later' }));
    log = newLog();
    await api.store.logs.add([log], Date.now());
  });
  afterEach(() => api.close());

  const tokenFor = (changes: Partial<AnswerToken> = {}): string => {
    const of = { projectId: DEFAULT_PROJECT.id, logId: log.id, evaluator: 'remote', version: '1' };
    const sentAtMs = Date.now() - 5000;
    return writeAnswerToken({ ...of, sentAtMs, expiresAtMs: sentAtMs + 60_000, ...changes }, api.parts.tokenSecret);
  };
  const post = (token: string | undefined, body: unknown): Promise<Answer> =>
    api.call('POST', '/api/v1/answers', body, token === undefined ? {} : { authorization: `Bearer ${token}` });
  const scores = () => api.store.scores.list(DEFAULT_PROJECT.id, log.id);

  it('are those of the evaluator on its log, and what comes again replaces what came before', async () => {
    expect((await api.call('GET', `/api/v1/logs/${log.id}`)).status).toBe(401);
    const token = tokenFor();
    expect(await post(token, { value: 0.5 })).toMatchObject({ status: 200, json: { outcome: 'scored' } });
    expect(await scores()).toMatchObject([
      { name: 'remote', value: 0.5, source: 'evaluator', evaluator: 'remote', evaluatorVersion: '1' },
    ]);
    expect((await scores())[0]!.durationMs).toBeGreaterThanOrEqual(5000);
    await post(token, { scores: { part: { value: 1, reason: 'struck out' } } });
    expect(await scores()).toMatchObject([{ name: 'remote:part', value: 1, reason: '[redacted]' }]);
    const failure = { message: 'could not look', retryable: false };
    expect(await post(token, { failure })).toMatchObject({ status: 200, json: { outcome: 'failed' } });
    expect(await api.store.scores.evaluations(DEFAULT_PROJECT.id, log.id)).toMatchObject([
      { evaluator: 'remote', outcome: 'failed', reason: 'could not look' },
    ]);
  });

  it('are on the evaluator’s scale', async () => {
    const refused = await post(tokenFor(), { value: 7 });
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('expected a number from 0 to 1')]);
    expect(await scores()).toEqual([]);
  });

  it('need the token, whole and not too old, and no key is one', async () => {
    const { token: key } = await api.createKey(['admin']);
    const [said] = tokenFor().split('.');
    for (const token of [undefined, key, 'x', `${said}.${'A'.repeat(43)}`, tokenFor({ expiresAtMs: Date.now() - 1 })]) {
      const answer = await post(token, { value: 1 });
      expect([answer.status, answer.json]).toMatchObject([401, { error: { code: 'unauthorized' } }]);
    }
    expect(await scores()).toEqual([]);
  });

  it('are refused where the log is gone, and for an evaluator that is no webhook', async () => {
    await api.define(externalDefinition());
    expect(await post(tokenFor({ evaluator: 'toxicity' }), { value: 1 })).toMatchObject({ status: 404 });
    expect(await post(tokenFor({ version: '2' }), { value: 1 })).toMatchObject({ status: 404 });
    await api.store.removals.removeLogs(DEFAULT_PROJECT.id, [log.id], removalAct());
    expect(await post(tokenFor(), { value: 1 })).toMatchObject({ status: 404 });
  });
});
