/**
 * The thread of evaluation: loads the evaluators, claims their jobs and commits what came of them. It runs apart from the
 * proxy and at a lower priority, and talks to the store's writer and reader without passing through the serving
 * thread. Its parent is `evaluation.ts`.
 */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { attempt } from '../evaluation/attempt.ts';
import { evaluateJobs } from '../evaluation/evaluate.ts';
import { Budgets } from '../evaluation/budgets.ts';
import { type Evaluators, startEvaluators } from '../evaluation/evaluators.ts';
import { shareOut } from '../evaluation/share-out.ts';
import type { Rule } from '../model/rule.ts';
import type { Outcome } from '../model/outcome.ts';
import { Runs } from '../offline/runs/runs.ts';
import { Consumer, type ConsumerEvent, type ConsumerOptions } from '../queue/consumer.ts';
import { jobsOf } from '../queue/jobs-of.ts';
import { connectStore } from '../store/open.ts';
import type { NoticeEffect } from '../store/alerts.ts';
import type { Store } from '../store/store.ts';
import type { DeliveryEffect } from '../store/webhooks.ts';
import type { Deliveries } from './deliveries.ts';
import type {
  EvaluationAnswer,
  EvaluationQuestion,
  EvaluationThreadData,
  FromEvaluationThread,
  ToEvaluationThread,
} from './evaluation-messages.ts';
import { InlineLooks } from './inline-looks.ts';
import { ModelCalls } from './model-calls.ts';
import { ReceiverCalls } from './receivers.ts';
import type { DeliverySettings } from './webhooks.ts';

/** How often jobs of evaluators that no longer exist are looked for, to be ended with that reason. */
const ORPHAN_LOOK_MS = 60_000;
const PROGRESS_MS = 1000;
/** What evaluators of the store are called together in counters: no label of a metric comes from a request. */
const DEFINED = '(defined)';
/** Small enough that claiming them takes the writer about a millisecond. */
const BATCH_JOBS = 128;
/** A thousand judgments wait for their models at once; small batches, for each has its place until its last is there. */
const JUDGING = { batchSize: 16, concurrency: 64 };

const data = workerData as EvaluationThreadData;
const parent = parentPort!;
let closing = false;
const post = (message: FromEvaluationThread): void => parent.postMessage(message);

try {
  // On Linux this sets the calling thread alone.
  if (process.platform === 'linux') setPriority(0, 19);
} catch {
  // Not allowed here: the thread keeps its priority.
}

async function main(): Promise<void> {
  const calls = new ModelCalls((number, request) => post({ call: { number, request } }));
  const { upstreams, replica, allowedNetworks, ...settings } = data;
  const receivers = new ReceiverCalls(allowedNetworks);
  let store: Store | undefined;
  const start = (more: { processes?: number } = {}): Promise<Evaluators> =>
    startEvaluators({
      ...settings,
      ...more,
      models: { upstreams, callModel: (call) => calls.make(call) },
      receivers,
      findVersion: async (...which) => store?.definitions.findVersion(...which),
      readScores: async (...which) => (await store?.scores.list(...which)) ?? [],
    });
  const evaluators = await start();
  const looks = new InlineLooks(start, (looked) => post({ looked }));
  const tell = (): void => post({ loaded: { evaluators: evaluators.list, problems: evaluators.problems } });
  tell();
  evaluators.onChange(tell);
  let budgets: Budgets | undefined;
  let rules: Rule[] = [];
  const payByRules = (): void => budgets?.use(rules, evaluators.list);
  evaluators.onChange(payByRules);
  let consumers: Consumer[] = [];
  let deliveries: Deliveries | undefined;
  let runs: Runs | undefined;
  parent.on('message', (message: ToEvaluationThread) => {
    if ('consume' in message) {
      receivers.useLater(message.deliveries);
      store = connectStore(message.consume);
      budgets = new Budgets(store.budgets, { onTrouble: (error) => tellFailure({ step: 'budget', error }) });
      payByRules();
      consumers = consume(store, evaluators, budgets);
      runs = new Runs({
        store,
        evaluators,
        callModel: (call) => calls.make(call),
        upstreams,
        holder: replica,
        onTrouble: (error) => tellFailure({ step: 'run', error }),
      });
      runs.start();
      void deliver(store, message.deliveries).then((started) => {
        deliveries = started;
      });
    } else if ('definitions' in message) {
      evaluators.useDefinitions(message.definitions);
      looks.useDefinitions(message.definitions);
      post({ defined: true });
    } else if ('rules' in message) {
      rules = message.rules;
      payByRules();
    } else if ('ask' in message) {
      const { number, question } = message.ask;
      answer(question, evaluators)
        .then((said) => post({ answer: { number, answer: said } }))
        .catch((error: Error) => post({ answer: { number, error: error.message } }));
    } else if ('look' in message) looks.look(message.look);
    else if ('guard' in message) void looks.open().then((error) => post({ guarding: { error } }));
    else if ('wake' in message) {
      for (const consumer of consumers) consumer.wake();
      deliveries?.wake();
    } else if ('answered' in message) calls.answer(message.answered.call, message.answered.answer);
    else
      void (async () => {
        closing = true;
        const { graceMs } = message.close;
        const ending = consumers.map((one) => one.close(graceMs));
        if (deliveries) ending.push(deliveries.close(graceMs));
        if (runs) ending.push(runs.close());
        await Promise.all(ending);
        await Promise.all([evaluators.close(), looks.close()]);
        await receivers.close();
        process.exit(0);
      })();
  });
}

async function answer(question: EvaluationQuestion, evaluators: Evaluators): Promise<EvaluationAnswer> {
  if ('check' in question) return { checked: await evaluators.check(question.check) };
  return { attempted: await attempt(evaluators, question.attempt) };
}

async function deliver(store: Store, settings: DeliverySettings): Promise<Deliveries> {
  // Loaded late: the start waits for evaluators, and this brings an HTTP client along.
  const { startDeliveries } = await import('./deliveries.ts');
  return startDeliveries(store, settings, reportTries);
}

/** Judges wait for others most of the time: with a consumer of their own, nothing else waits for them. */
function consume(store: Store, evaluators: Evaluators, budgets: Budgets): Consumer[] {
  let withJobs: string[] = [];
  const look = async (): Promise<void> => {
    // A file that does not load at the moment keeps its jobs: somebody is probably mending it.
    const broken = new Set(
      evaluators.problems.map(({ file, projectId }) =>
        projectId === undefined ? file.replace(/(?:\.judge|\.code|\.composite)?\.[^.]+$/, '') : file,
      ),
    );
    withJobs = (await store.jobs.evaluators()).filter((name) => !broken.has(name));
  };
  const perform: ConsumerOptions['perform'] = (jobs, onEarly) =>
    evaluateJobs(jobs, { logs: store.logs, evaluators, budgets, onEarly });
  const shares = (): ReturnType<typeof shareOut> => shareOut(evaluators.known, withJobs);
  const onEvent = (event: ConsumerEvent): void => report(event, evaluators);
  const consumers: [Consumer, Consumer] = [
    new Consumer({
      jobs: jobsOf(store.jobs, () => shares().run),
      batchSize: BATCH_JOBS,
      perform,
      onEvent,
    }),
    new Consumer({ jobs: jobsOf(store.jobs, () => shares().call), ...JUDGING, perform, onEvent }),
  ];
  const timers = [
    setInterval(() => void look().catch(() => {}), ORPHAN_LOOK_MS),
    setInterval(() => post({ progress: healthOf(consumers) }), PROGRESS_MS),
  ];
  for (const timer of timers) timer.unref();
  void look()
    .catch(() => {})
    .then(() => {
      for (const consumer of consumers) consumer.start();
    });
  return consumers;
}

/** Progress is that of the first: where all that the others hold waits for a slow provider, it is not us who stand still. */
function healthOf(consumers: [Consumer, ...Consumer[]]): { lastProgressAtMs: number; holding: number } {
  const all = consumers.map((consumer) => consumer.health());
  return {
    lastProgressAtMs: all[0]!.lastProgressAtMs,
    holding: all.reduce((sum, { holding }) => sum + holding, 0),
  };
}

function report(event: ConsumerEvent, evaluators: Evaluators): void {
  if (event.event === 'failed') return tellFailure(event);
  const files = new Set(evaluators.list.filter(({ projectId }) => projectId === null).map(({ name }) => name));
  const counts = new Map<string, [string, Outcome['outcome'], number]>();
  for (const { job, outcome, deferredBy } of event.effects) {
    // It was not looked at.
    if (deferredBy !== undefined) continue;
    const evaluator = files.has(job.evaluator) ? job.evaluator : DEFINED;
    const key = `${outcome.outcome}\0${evaluator}`;
    const row = counts.get(key) ?? [evaluator, outcome.outcome, 0];
    row[2] += 1;
    counts.set(key, row);
  }
  post({ ended: [...counts.values()], fenced: event.fenced });
}

function tellFailure({ step, error }: { step: string; error: unknown }): void {
  // What is cut short by the end is given back and no trouble.
  if (!closing) post({ trouble: { step, message: (error as Error).message } });
}

function reportTries(event: ConsumerEvent<DeliveryEffect> | ConsumerEvent<NoticeEffect>): void {
  if (event.event === 'failed') return tellFailure(event);
  const tried = { delivered: 0, failed: 0, dead: 0 };
  for (const { attempt, retryAtMs, dead } of event.effects) {
    if (dead) tried.dead += 1;
    else if (retryAtMs === undefined) tried.delivered += 1;
    else if (attempt !== undefined) tried.failed += 1;
  }
  post({ tried });
}

main().catch((error: Error) => post({ failure: { message: error.message } }));
