/** The yes-or-no columns of a log, as the bits of one integer. */
import type { LogRow } from './store.ts';

const STREAM = 1;
const REQUEST_TRUNCATED = 2;
const RESPONSE_TRUNCATED = 4;
const REQUEST_OMITTED = 8;
const RESPONSE_OMITTED = 16;
const USAGE_ESTIMATED = 32;
/** `model_asked` is null because nothing was asked, not because it equals `model`. */
const NONE_ASKED = 64;
const NONE_ANSWERED = 128;

export interface Flags {
  stream: boolean;
  requestTruncated: boolean;
  responseTruncated: boolean;
  requestOmitted: boolean;
  responseOmitted: boolean;
  usageEstimated: boolean;
  noneAsked: boolean;
  noneAnswered: boolean;
}

export function flagsOf(log: LogRow): number {
  return (
    (log.stream ? STREAM : 0) |
    (log.requestTruncated ? REQUEST_TRUNCATED : 0) |
    (log.responseTruncated ? RESPONSE_TRUNCATED : 0) |
    (log.requestOmitted ? REQUEST_OMITTED : 0) |
    (log.responseOmitted ? RESPONSE_OMITTED : 0) |
    (log.usage?.estimated ? USAGE_ESTIMATED : 0) |
    (log.modelAsked === null ? NONE_ASKED : 0) |
    (log.modelAnswered === null ? NONE_ANSWERED : 0)
  );
}

export function readFlags(bits: number): Flags {
  return {
    stream: (bits & STREAM) !== 0,
    requestTruncated: (bits & REQUEST_TRUNCATED) !== 0,
    responseTruncated: (bits & RESPONSE_TRUNCATED) !== 0,
    requestOmitted: (bits & REQUEST_OMITTED) !== 0,
    responseOmitted: (bits & RESPONSE_OMITTED) !== 0,
    usageEstimated: (bits & USAGE_ESTIMATED) !== 0,
    noneAsked: (bits & NONE_ASKED) !== 0,
    noneAnswered: (bits & NONE_ANSWERED) !== 0,
  };
}

/** The bits of a log whose bodies have been removed: as if its client had asked for omission. */
export function withoutBodies(bits: number): number {
  return bits | REQUEST_OMITTED | RESPONSE_OMITTED;
}
