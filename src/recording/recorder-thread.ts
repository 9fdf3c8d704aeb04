/**
 * The recorder's thread: assembles logs and commits them, with the jobs of the evaluators whose rules match, and holds
 * the store's writer, which it also serves to others. While the store fails it spools. Its parent is `recorder.ts`.
 */
import { serialize, deserialize } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import type { Exchange, StartedExchange } from '../model/exchange.ts';
import { prepareRules } from '../evaluation/rules.ts';
import { openWriter } from '../store/open-writer.ts';
import type { NewLog } from '../store/store.ts';
import { assemble } from './assemble.ts';
import { unpackBatch } from './batch.ts';
import { filterable } from './filterable.ts';
import { Keeper } from './keeper.ts';
import type { FromThread, RecorderThreadData, ToThread } from './recorder-messages.ts';
import { redact } from './redact.ts';

const data = workerData as RecorderThreadData;
const parent = parentPort!;
const post = (message: FromThread): void => parent.postMessage(message);

function main(): void {
  const writer = openWriter(data.location, () => post({ jobs: true }));
  const keeper = new Keeper(writer, data, (state) => post({ state }));
  let rules = prepareRules([]);
  const complete = (exchange: Exchange): NewLog => {
    const log = assemble(exchange);
    return { ...log, evaluators: rules.decide(filterable(log), log.id).run };
  };

  parent.on('message', (message: ToThread) => {
    if ('batch' in message) {
      const exchanges = unpackBatch(message.batch);
      void keeper
        .keep(exchanges.map(complete), message.batch.startedIds)
        .then(() => post({ safe: message.batch.number, logs: exchanges.length, state: keeper.state() }));
    } else if ('started' in message) {
      const { credentials, request, ...exchange } = message.started;
      const bytes = redact(request.bytes, credentials);
      const safe: StartedExchange = { ...exchange, request: { ...request, bytes }, credentials: [] };
      keeper.start({ id: exchange.id, pid: process.pid, instance: data.instance, exchange: serialize(safe) });
    } else if ('recover' in message) {
      rules = prepareRules(message.recover);
      // A store that cannot be read now will be spooled around; what was interrupted waits for the next start.
      void recover()
        .catch(() => {})
        .then(() => post({ recovered: true }));
    } else if ('evaluators' in message) rules = prepareRules(message.evaluators);
    else if ('port' in message) writer.serve(message.port);
    else if ('finishCheckpoint' in message) writer.finishCheckpoint();
    else
      void keeper.close().then(() => {
        writer.close();
        process.exit(0);
      });
  });

  const recover = async (): Promise<void> => {
    const rows = await writer.call('orphans', data.instance);
    const logs = rows.map((row) => complete(interrupted(deserialize(row.exchange) as StartedExchange)));
    const ids = rows.map((row) => row.id);
    if (logs.length > 0) await keeper.keep(logs, ids);
  };
  post({ ready: true });
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
    response: { bytes: new Uint8Array(), size: exchange.arrivals.at(-2) ?? 0, truncated: false, sha256: undefined },
  };
}

try {
  main();
} catch (error) {
  const { code = 'store_unusable', message } = error as { code?: string; message: string };
  post({ failure: { code, message } });
}
