/** What the parent and the child of the kind `code` say to each other. */
import type { NamedScore } from '../../../model/outcome.ts';
import type { Bounds } from '../../../model/scale.ts';
import type { ScoreKind } from '../../../model/score.ts';
import type { GuestEnd } from '../../../sandbox/guest.ts';

/** Calls of one version of one evaluator: what runs in one guest. */
export interface CallsFrame {
  language: 'python' | 'javascript';
  source: string;
  /** The evaluator's, which its scores are named after. */
  name: string;
  returns: ScoreKind;
  bounds: Bounds;
  deadlineMs: number;
  memoryMb: number;
  /** `call` is a `GuestCall` as JSON. */
  calls: { id: number; call: string }[];
}

export type ToChild =
  | CallsFrame
  /** Makes these ready; answered by `ready`. */
  | { warm: CallsFrame['language'][] }
  /** Sources to be read and not run; answered by a `fault` each, and `done`. */
  | { language: CallsFrame['language']; check: string[] };

export type CodeResult =
  | { outcome: 'scored'; scores: NamedScore[] }
  | { outcome: 'abstained'; reason: string | null }
  | { outcome: 'failed'; why: Extract<GuestEnd, { end: 'failed' }>['why']; message: string };

/** A frame of calls ends with `done`, which may be before the last of them is answered. */
export type FromChild =
  | { id: number; durationMs: number; printed: string; result: CodeResult }
  | { fault: string | null }
  | { ready: true }
  | { done: true };

export const FRAME_BYTES = 64 * 1024 * 1024;
/** How much later than the guest itself the parent ends JavaScript that runs over its deadline. */
export const GRACE_MS = 100;
/** After so long no further call of a frame is begun: what is left comes again when it is its turn. */
export const SLICE_MS = 2000;
/** Longest time that it takes to get ready, on a machine that is busy with other things. */
export const WARM_DEADLINE_MS = 60_000;
export const CHECK_DEADLINE_MS = 5000;
