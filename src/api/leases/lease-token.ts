/** What whoever works on a job elsewhere holds as the proof of its lease: the job with its fencing token, signed. */
import type { ClaimedJob } from '../../model/job.ts';
import { readToken, signToken } from '../signed-token.ts';

export interface Lease {
  job: ClaimedJob;
  /** The evaluator's version that shall look. */
  version: string;
  /** Who took it, as he said. */
  by: string | null;
  leasedAtMs: number;
}

const PURPOSE = 'lease';

export function writeLease(lease: Lease, secret: Uint8Array): string {
  return signToken(PURPOSE, lease, secret);
}

/** Undefined where it is no lease, or one of another evaluator or project. */
export function readLease(
  token: string,
  of: { projectId: string; evaluator: string },
  secret: Uint8Array,
): Lease | undefined {
  const lease = readToken(PURPOSE, token, secret) as Lease | undefined;
  const isOwn = lease?.job.projectId === of.projectId && lease.job.evaluator === of.evaluator;
  return isOwn ? lease : undefined;
}
