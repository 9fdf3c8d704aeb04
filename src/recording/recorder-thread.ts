/**
 * The recorder's thread: assembles logs and commits them, with the jobs of the evaluators whose rules match
 * and the deliveries of the webhooks that are told, and holds
 * the store's writer, which it also serves to others. While the store fails it spools. Its parent is `recorder.ts`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { serialize, deserialize } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import type { Exchange, StartedExchange } from '../model/exchange.ts';
import { prepareRules, type RuleParts } from '../evaluation/rules.ts';
import { openWriter } from '../store/open-writer.ts';
import { Presence } from '../store/presence.ts';
import type { NewLog, StoredLog } from '../store/store.ts';
import { prepareSelection } from '../webhooks/select.ts';
import { assemble } from './assemble.ts';
import { unpackBatch } from './batch.ts';
import { filterable } from '../evaluation/filterable.ts';
import type { NewEvaluation } from '../store/evaluations.ts';
import { inlineEvaluations, jobsBeside } from './inline-evaluations.ts';
import { Keeper, RETRY_MS } from './keeper.ts';
import { prepareRedaction } from './redaction/redaction.ts';
import { ReplicatedDays } from './replicated-days.ts';
import type { FromThread, RecorderThreadData, ToThread } from './recorder-messages.ts';

/** How often it is looked for calls of processes that are no more. */
const LOOK_MS = 10_000;

const data = workerData as RecorderThreadData;
const parent = parentPort!;
const post = (message: FromThread): void => parent.postMessage(message);

async function main(): Promise<void> {
  const { replica } = data;
  const writer = await openWriter(data.location, { replica, onJobs: () => post({ jobs: true }) });
  const presence = new Presence(data.location.path, data.replica);
  const keeper = new Keeper(writer, data, (state) => post({ state }));
  const redaction = prepareRedaction(data.redaction);
  const days = new ReplicatedDays(writer);
  const deciders: RuleParts = { evaluators: [], rules: [], days: days.numbers };
  let rules = prepareRules(deciders);
  let webhooksOf = prepareSelection([]);
  let isClosing = false;
  /** Calls of our own judges are not judged: there would be no end to it. */
  const withConsumers = (log: StoredLog, { isOurs, evaluations, later }: Looked): NewLog => {
    const decided = isOurs === true ? [] : rules.decide(filterable(log), log);
    const evaluators = jobsBeside(decided, log, { evaluations, later });
    const result: NewLog = { ...log, evaluators, webhooks: webhooksOf(log) };
    if (evaluations !== undefined) result.evaluations = evaluations;
    return result;
  };
  const lookedAt = (exchange: StartedExchange): Looked => {
    const { isOurs, later } = exchange;
    return { isOurs, later, evaluations: inlineEvaluations(exchange, redaction) };
  };

  parent.on('message', (message: ToThread) => {
    if ('batch' in message) {
      const exchanges = unpackBatch(message.batch);
      void keeper
        .keep(
          exchanges.map((exchange) => withConsumers(assemble(exchange, redaction), lookedAt(exchange))),
          message.batch.startedIds,
        )
        .then(() => {
          const state = keeper.state();
          post({ safe: message.batch.number, logs: exchanges.length, state });
          // Nobody holds the bytes of what was committed. Freed at once: V8 would let tens of megabytes of them pile up.
          if (state.place === 'store' && state.waiting === 0) message.batch.bytes.buffer.transfer(0);
        });
    } else if ('started' in message) {
      // Assembled now, as what it would be if the process died: nothing is written that redaction has not passed.
      const log = assemble(interrupted(message.started), redaction);
      keeper.start({ id: log.id, replica: data.replica, log: serialize({ ...log, ...lookedAt(message.started) }) });
    } else if ('recover' in message) {
      deciders.evaluators = message.recover;
      rules = prepareRules(deciders);
      void days.begin();
      void recover();
    } else if ('evaluators' in message) {
      deciders.evaluators = message.evaluators;
      rules = prepareRules(deciders);
    } else if ('rules' in message) {
      deciders.rules = message.rules;
      rules = prepareRules(deciders);
    } else if ('webhooks' in message) webhooksOf = prepareSelection(message.webhooks);
    else if ('port' in message) writer.serve(message.port);
    else if ('finishCheckpoint' in message) writer.finishCheckpoint();
    else {
      isClosing = true;
      void keeper.close().then(async () => {
        await days.close();
        await writer.close();
        presence.close();
        process.exit(0);
      });
    }
  });

  /** Records what processes that are no more left unfinished. Whether the store could be asked. */
  const look = async (): Promise<boolean> => {
    const rows = await writer.call('orphans', data.replica, Date.now()).catch(() => undefined);
    if (rows !== undefined && rows.length > 0) {
      const logs = rows.map((row) => {
        const { isOurs, evaluations, later, ...log } = deserialize(row.log) as StoredLog & Looked;
        return withConsumers(log, { isOurs, evaluations, later });
      });
      await keeper.keepInterrupted(
        logs,
        rows.map((row) => row.id),
      );
    }
    return rows !== undefined;
  };
  /** A store that cannot be read now does not hold up the start: it is asked again until it answers. */
  const recover = async (): Promise<void> => {
    for (;;) {
      const isDone = await look();
      post({ recovered: true });
      if (isDone || isClosing) break;
      await sleep(RETRY_MS);
    }
    // Other replicas may die later; those of the same machine are not all started anew.
    setInterval(() => void look(), LOOK_MS).unref();
  };
  post({ ready: true });
}

/** What is known of who looked at a call, or may. */
interface Looked extends Pick<StartedExchange, 'isOurs' | 'later'> {
  evaluations: NewEvaluation[] | undefined;
}

/** How long it ran is not known; the time of the last byte that was seen is the least it can have been. */
function interrupted(exchange: StartedExchange): Exchange {
  return {
    ...exchange,
    status: undefined,
    errorCode: undefined,
    ending: 'interrupted',
    firstByteMs: exchange.arrivals[1],
    durationMs: exchange.arrivals.at(-1) ?? 0,
    response: { parts: [], kept: 0, size: exchange.arrivals.at(-2) ?? 0, truncated: false, sha256: undefined },
  };
}

main().catch((error: unknown) => {
  const { code = 'store_unusable', message } = error as { code?: string; message: string };
  post({ failure: { code, message } });
});
