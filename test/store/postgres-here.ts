/** A store on PostgreSQL whose writer and reader run on the calling thread: threads take longer to start than most tests to run. */
import { MessageChannel } from 'node:worker_threads';
import { readTexts } from '../../src/providers/log-texts.ts';
import { newId } from '../../src/model/id.ts';
import { answer, type Call } from '../../src/store/calls.ts';
import { storeThrough } from '../../src/store/client.ts';
import { coded, openPool } from '../../src/store/postgres/connection.ts';
import { changeOperations } from '../../src/store/postgres/read-changes.ts';
import { questionOperations } from '../../src/store/postgres/question-operations.ts';
import { readOperations } from '../../src/store/postgres/read-operations.ts';
import { PostgresWriter } from '../../src/store/postgres/writer.ts';
import type { Store } from '../../src/store/store.ts';

export async function openStoreHere(
  url: string,
  options: { replica?: string; poolSize?: number } = {},
): Promise<Store> {
  const { replica = newId(), poolSize = 6 } = options;
  const writer = await PostgresWriter.open({ url, poolSize }, { replica, onJobs: () => {} });
  const pool = openPool({ url, size: 2, statementTimeoutMs: 10_000 });
  const operations = {
    ...readOperations(pool),
    ...changeOperations(pool),
    ...questionOperations(pool, readTexts),
  } as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>;
  const [writing, reading] = [new MessageChannel(), new MessageChannel()];
  writer.serve(writing.port1);
  reading.port1.on('message', (call: Call) => {
    void answer(reading.port1, call, () =>
      operations[call.name]!(...call.parameters).catch((error: unknown) => {
        throw coded(error);
      }),
    );
  });
  return storeThrough({
    writer: writing.port2,
    reader: reading.port2,
    close: async () => {
      writing.port1.close();
      reading.port1.close();
      await Promise.all([writer.close(), pool.end()]);
    },
  });
}
