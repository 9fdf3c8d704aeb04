/** Watching a real gateway: a call and its evaluators' scores as they land, to the end of the process. */
import { expect, it } from 'vitest';
import { eventsOf } from '../fixtures/read-events.ts';
import { gatewayIn, say, scene } from '../recording/real-gateway.ts';

it('tells a watcher of a call and of its scores, and ends at SIGTERM without holding it up', async () => {
  const at = await scene({
    evaluators: { 'polite.mjs': `export default { returns: 'boolean', evaluate: () => true };` },
  });
  const gateway = await gatewayIn(at);
  const source = await eventsOf(`http://127.0.0.1:${gateway.port}/api/v1/logs/stream`);
  await say(gateway);
  const log = await source.next();
  expect(log).toMatchObject({ event: 'log', data: { status: 200, ending: 'ended' } });
  expect(await source.next(10_000)).toMatchObject({
    event: 'score',
    data: { logId: (log.data as { id: string }).id, name: 'polite', scores: [{ value: true, source: 'evaluator' }] },
  });
  const askedMs = Date.now();
  gateway.signal('SIGTERM');
  const { events, broken } = await source.rest();
  expect([events.map(({ event, data }) => [event, data]), broken]).toEqual([[['end', { reason: 'draining' }]], false]);
  expect((await gateway.ended).code).toBe(0);
  // An open call would be waited for, half a minute by default.
  expect(Date.now() - askedMs).toBeLessThan(10_000);
});
