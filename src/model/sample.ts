/**
 * Sampling: a log is in a sample or not by a hash of its id, the same for everybody who asks. So the sample of one at 10 %
 * lies within that of another at 20 %, and nothing changes when a log is looked at again.
 */
import { hash } from 'node:crypto';

/** Where a log lies among all, 0 to 1: it is in every sample of a larger rate. */
export function sampleOf(logId: string): number {
  // 53 bits are what a number holds exactly: 13 hex digits and a bit.
  const digits = hash('sha256', logId, 'hex').slice(0, 14);
  return Math.floor(Number.parseInt(digits, 16) / 8) / 2 ** 53;
}
