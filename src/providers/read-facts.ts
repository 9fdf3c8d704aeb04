/** The facts of a call that its log's row needs, read cheaply. The conversation itself is left to `read-call.ts`. */
import { type CallFacts, read } from './reading.ts';
import { eventParser } from './repeated-events.ts';
import type { WireCall } from './wire-call.ts';

export type { CallFacts };

/** Reads the facts of a call, whatever its bodies hold; what cannot be read is null and named in `parseError`. */
export function readFacts(call: WireCall): CallFacts {
  return read(call, eventParser()).facts;
}
