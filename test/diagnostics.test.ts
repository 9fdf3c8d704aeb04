import { describe, expect, it } from 'vitest';
import { createLogger, createMetrics, statusClass, withoutSecrets } from '../src/diagnostics.ts';

function written(write: (logger: ReturnType<typeof createLogger>) => void, level: 'info' | 'warn' = 'info') {
  const lines: string[] = [];
  const logger = createLogger(level, { write: (line: string) => void lines.push(line) });
  write(logger);
  return lines;
}

describe('logger', () => {
  it('writes one JSON object a line, with the level by name and an ISO time', () => {
    const [line] = written((logger) => logger.info({ upstream: 'openai' }, 'started'));
    expect(JSON.parse(line!)).toMatchObject({ level: 'info', upstream: 'openai', msg: 'started' });
    expect(Date.parse((JSON.parse(line!) as { time: string }).time)).toBeGreaterThan(0);
  });

  it('writes nothing below its level', () => {
    expect(written((logger) => logger.info('quiet'), 'warn')).toEqual([]);
  });

  it.each([
    { name: 'a key in the text', write: (l: ReturnType<typeof createLogger>) => l.info('used sk-canary1234567890') },
    {
      name: 'a key in an error',
      write: (l: ReturnType<typeof createLogger>) => l.error({ err: new Error('Bearer canary1234567890') }, 'x'),
    },
    {
      name: 'a key in the cause of an error',
      write: (l: ReturnType<typeof createLogger>) =>
        l.error({ err: new Error('outer', { cause: new Error('gw_canary1234567890') }) }, 'x'),
    },
    {
      name: 'headers and body hung on an error',
      write: (l: ReturnType<typeof createLogger>) =>
        l.error(
          { err: Object.assign(new Error('x'), { headers: { a: 'canary1234567890' }, body: 'canary1234567890' }) },
          'x',
        ),
    },
    {
      name: 'a token as a field',
      write: (l: ReturnType<typeof createLogger>) => l.info({ token: 'canary1234567890' }, 'x'),
    },
    {
      name: 'a nested key',
      write: (l: ReturnType<typeof createLogger>) => l.info({ upstream: { key: 'canary1234567890' } }, 'x'),
    },
  ])('never writes $name', ({ write }) => {
    const lines = written(write);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('canary1234567890');
  });

  it('keeps the code and the causes of an error', () => {
    const error = new Error('outer', { cause: Object.assign(new Error('inner'), { code: 'ECONNREFUSED' }) });
    const [line] = written((logger) => logger.error({ err: error }, 'x'));
    expect(JSON.parse(line!)).toMatchObject({
      err: { message: 'outer', cause: { message: 'inner', code: 'ECONNREFUSED' } },
    });
  });
});

describe('withoutSecrets', () => {
  it.each([
    {
      name: 'a vendor key',
      text: 'Incorrect API key provided: sk-proj-abcdefgh1234',
      expected: 'Incorrect API key provided: sk-[secret]',
    },
    { name: 'a bearer token', text: 'Authorization: Bearer abc.def', expected: 'Authorization: Bearer [secret]' },
    { name: 'nothing in ordinary text', text: 'the risk-averse asked', expected: 'the risk-averse asked' },
  ])('strikes out $name', ({ text, expected }) => {
    expect(withoutSecrets(text)).toBe(expected);
  });
});

describe('metrics', () => {
  it('shows every counter of ours and those of the process', async () => {
    const metrics = createMetrics();
    metrics.proxiedCalls.inc({ upstream: 'openai', status_class: statusClass(204), ending: 'ended' });
    const text = await metrics.registry.metrics();
    expect(text).toContain('gradeway_proxied_calls_total{upstream="openai",status_class="2xx",ending="ended"} 1');
    expect(text).toContain('process_cpu_user_seconds_total');
    for (const name of ['calls_in_flight', 'log_commit_seconds', 'spooled_logs', 'spool_bytes', 'dropped_logs_total'])
      expect(text).toContain(`gradeway_${name}`);
    for (const name of ['jobs', 'oldest_pending_job_age_seconds', 'evaluations_total', 'scores_kept_total'])
      expect(text).toContain(`gradeway_${name}`);
  });

  it('keeps two registries apart', async () => {
    const [one, other] = [createMetrics({ processMetrics: false }), createMetrics({ processMetrics: false })];
    one.scoresKept.inc(3);
    expect(await one.registry.metrics()).toContain('gradeway_scores_kept_total 3');
    expect(await other.registry.metrics()).toContain('gradeway_scores_kept_total 0');
  });

  it.each([
    { status: 200, expected: '2xx' },
    { status: 599, expected: '5xx' },
    { status: undefined, expected: 'none' },
  ])('labels status $status as $expected', ({ status, expected }) => {
    expect(statusClass(status)).toBe(expected);
  });
});
