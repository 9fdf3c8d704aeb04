/** The load generator's process: takes one command after the other from its parent and answers each with its result. */
import { bulk, type Bulk, type BulkResult } from './bulk.ts';
import { closedLoop, type ClosedLoop, type ClosedLoopResult } from './closed-loop.ts';
import { openLoop, type OpenLoop, type OpenLoopResult } from './open-loop.ts';
import { manyStreams, type Streams, type StreamsResult } from './streams.ts';

export interface Results {
  closed: ClosedLoopResult;
  open: OpenLoopResult;
  streams: StreamsResult;
  bulk: BulkResult;
}

export type Command = ClosedLoop | OpenLoop | Streams | Bulk;
export type Reply = { result: Results[keyof Results] } | { failure: string };

function run(command: Command): Promise<Results[keyof Results]> {
  if (command.kind === 'closed') return closedLoop(command);
  if (command.kind === 'open') return openLoop(command);
  if (command.kind === 'streams') return manyStreams(command);
  return bulk(command);
}

process.on('message', (command: Command) => {
  run(command).then(
    (result) => process.send!({ result } satisfies Reply),
    (error: Error) => process.send!({ failure: error.message } satisfies Reply),
  );
});
process.on('disconnect', () => process.exit(0));
