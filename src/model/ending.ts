/** How a proxied call ended, as its log says it. */
import { z } from 'zod';

export const ENDINGS = [
  /** The upstream's answer went to the client whole, whatever its status. */
  'ended',
  /** The client went away first. */
  'client_aborted',
  /** The upstream's answer broke off, or none came because it could not be reached. */
  'upstream_aborted',
  /** The upstream was silent for too long. */
  'timeout',
  /** Gradeway refused the call; nothing went upstream, or a guardrail kept the answer back. */
  'refused',
  /** Gradeway itself stopped in the middle. */
  'interrupted',
] as const;

export const endingSchema = z.enum(ENDINGS);
export type Ending = z.infer<typeof endingSchema>;
