/** A 100 MB upload and a stream of 1 GB: how much memory they take beyond what the process has when it is warm. */
import { sleep } from '../clock.ts';
import type { Contestant } from '../contestants/contestant.ts';
import { type Bench, type Figure, type Row } from '../figure.ts';
import { requestBytes, uploadHead } from '../payloads.ts';
import { forgetPeak, memoryOf } from '../process-tree.ts';
import { withContestants } from '../rounds.ts';

const MB = 1e6;
const SETTLE_MS = 500;

export const bulk: Figure = {
  name: 'bulk',
  title: 'Large bodies: extra memory of the gateway',
  run: (bench) =>
    withContestants(bench, 'bulk', ['durable'], async ([gateway]) => {
      const [uploadMb, streamMb] = bench.quick ? [20, 100] : [100, 1000];
      await warm(bench, gateway!);
      const rows: Row[] = [];
      for (const [name, megabytes] of [
        ['upload', uploadMb],
        ['stream', streamMb],
      ] as const) {
        const { extraBytes, tookMs } = await pass(bench, gateway!, name, megabytes * MB);
        const extra = extraBytes / 2 ** 20;
        rows.push(
          {
            measure: `bulk: extra memory, ${name} of ${megabytes} MB`,
            unit: 'MiB',
            values: [extra],
            goal: { text: 'under 32 MB', actual: extra, most: 32 },
          },
          { measure: `bulk: speed, ${name} of ${megabytes} MB`, unit: 'MB/s', values: [(megabytes * 1000) / tookMs] },
        );
      }
      return rows;
    }),
};

/** So that code, heap and buffers which every traffic needs are there already. */
async function warm({ generator }: Bench, { port }: Contestant): Promise<void> {
  const request = requestBytes(port, 'json');
  await generator.run({ kind: 'closed', port, request, connections: 16, ms: 500 });
  await sleep(SETTLE_MS);
}

async function pass(
  { generator }: Bench,
  { port, pid }: Contestant,
  way: 'upload' | 'stream',
  bytes: number,
): Promise<{ extraBytes: number; tookMs: number }> {
  forgetPeak(pid);
  const before = memoryOf(pid).rssBytes;
  const request = way === 'upload' ? uploadHead(port, bytes) : requestBytes(port, { bytes });
  const { receivedBytes, tookMs } = await generator.run({
    kind: 'bulk',
    port,
    request,
    uploadBytes: way === 'upload' ? bytes : 0,
  });
  if (way === 'stream' && receivedBytes < bytes) throw new Error(`only ${receivedBytes} of ${bytes} bytes came`);
  const extraBytes = memoryOf(pid).peakBytes - before;
  await sleep(SETTLE_MS);
  return { extraBytes, tookMs };
}
