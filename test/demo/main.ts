/**
 * `npm run demo`: a simulated provider, the gateway before it, varied traffic through it, and each log with its scores.
 * In a terminal it then stays, so that one can look around; `--once` ends it, `--keep` keeps it also without a terminal.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, styleText } from 'node:util';
import { startGradeway } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import { defineEvaluators } from './defined-evaluators.ts';
import { averageLines, logLines, type Paint, plain, type ShownLog } from './report.ts';
import { startSimulatedProvider } from './simulated-provider.ts';
import { scoreByHand, type Sent, sendTraffic } from './traffic.ts';

const EVALUATORS = join(import.meta.dirname, '../../evaluators');
const PATIENCE_MS = 60_000;

const paint: Paint = (style, text) => styleText(style, text, { stream: process.stdout });
const say = (...lines: string[]): void => {
  process.stdout.write(`${lines.join('\n')}\n`);
};

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { once: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
  });
  const stays = values.keep || (process.stdout.isTTY && !values.once);
  const asked = stopSignal();
  const folder = await mkdtemp(join(tmpdir(), 'gradeway-demo-'));
  const provider = await startSimulatedProvider();
  try {
    // Not the surroundings' settings: the demo must neither find nor change the user's own database and upstreams.
    const config = loadConfig({
      env: {
        GRADEWAY_PORT: '0',
        GRADEWAY_DATABASE_URL: `sqlite:${join(folder, 'demo.db')}`,
        GRADEWAY_EVALUATORS: EVALUATORS,
        GRADEWAY_LOG_LEVEL: 'error',
        GRADEWAY_UPSTREAM_OPENAI_URL: provider.url,
        // What the judge asks with; the application has a key of its own.
        GRADEWAY_UPSTREAM_OPENAI_KEY: 'sk-of-the-demo',
      },
      cwd: folder,
    });
    const gradeway = await startGradeway(config, { role: 'serve' });
    try {
      const url = gradeway.url!;
      say('', `Gradeway listens on ${url}; its upstream is a simulated provider on ${provider.url}.`);
      await defineEvaluators(url);
      const sent = await sendTraffic(url);
      await scoreByHand(url, sent[0]!);
      await evaluated(url);
      await show(url, sent);
      say(...(stays ? whereToLook(url, sent[0]!) : ENDED));
      if (stays) await asked;
    } finally {
      await gradeway.close();
    }
  } finally {
    await provider.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function show(url: string, sent: readonly Sent[]): Promise<void> {
  const logs = await Promise.all(sent.map((one) => readLog(url, one)));
  for (const [index, log] of logs.entries())
    say('', ...logLines({ ...log, title: `${index + 1}. ${log.title}` }, paint));
  say('', paint('bold', 'Means per prompt version (over what was scored)'), ...averageLines(logs));
}

const ENDED = ['', 'All of it is removed now. To look around in it: npm run demo -- --keep', ''];

function whereToLook(url: string, { requestId }: Sent): string[] {
  const json = '-H "Content-Type: application/json"';
  return [
    '',
    paint('bold', 'Where to look next'),
    `  curl -s "${url}/v1/request/${plain(requestId)}?includeBody=true"`,
    `  curl -s "${url}/v1/evals/scores"`,
    `  curl -s "${url}/api/v1/evaluators/pleasantries"`,
    `  curl -s "${url}/v1/request/${plain(requestId)}/score" ${json} -d '{"scores":{"accuracy":75}}'`,
    `  curl -si "${url}/v1/chat/completions" ${json} -d '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hello"}]}'`,
    `  curl -s "${url}/readyz"`,
    '',
    `Evaluators are the files in ${EVALUATORS}; one that is changed or added there takes effect at once.`,
    'Ctrl-C ends the demo and removes its database.',
    '',
  ];
}

/** Waits until no job is left. */
async function evaluated(url: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    // The last calls may still be on their way to the store.
    await sleep(600);
    const response = await fetch(`${url}/readyz`);
    const { checks } = (await response.json()) as { checks: { pendingJobs?: number; leasedJobs?: number } };
    if (checks.pendingJobs === 0 && checks.leasedJobs === 0) return;
    if (Date.now() > deadline) throw new Error(`Evaluations are not done after a minute: ${JSON.stringify(checks)}`);
  }
}

async function readLog(url: string, { title, requestId }: Sent): Promise<ShownLog> {
  const response = await fetch(`${url}/v1/request/${requestId}?includeBody=true`);
  const { data } = (await response.json()) as { data: { gradeway: Omit<ShownLog, 'title'> } | null };
  if (data === null) throw new Error(`The log of "${title}" (${requestId}) is not there`);
  return { title, ...data.gradeway };
}

function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
  return promise;
}

await main();
