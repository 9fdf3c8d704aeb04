/**
 * Logs that the store refuses for what they hold: kept as lines of JSON in `<database>.rejected`, each with the reason, for
 * somebody to look at. Bodies are base64, as they may be any bytes.
 */
import { appendFileSync, closeSync, fsyncSync, openSync, statSync } from 'node:fs';
import type { NewLog } from '../store/store.ts';

export interface RejectedOptions {
  path: string;
  /** The file grows no larger. */
  fileBytes: number;
}

/** Whether it was kept. */
export function reject(log: NewLog, reason: string, { path, fileBytes }: RejectedOptions): boolean {
  const line = Buffer.from(`${JSON.stringify({ reason, log: readable(log) })}\n`);
  try {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) + line.length > fileBytes) return false;
    // Appended in one write: another process on the same database may do so at the same time.
    const file = openSync(path, 'a', 0o600);
    try {
      appendFileSync(file, line);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    return true;
  } catch {
    return false;
  }
}

function readable(log: NewLog): unknown {
  const base64 = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString('base64');
  return {
    ...log,
    properties: [...log.properties],
    requestBody: base64(log.requestBody),
    responseBody: base64(log.responseBody),
  };
}
