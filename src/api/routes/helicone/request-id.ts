/** The id by which a client names a log: its request id, its own id, or the provider's (`chatcmpl-...`). */
import { refuse } from '../../answers.ts';

const REQUEST_ID = /^[A-Za-z0-9._:-]{1,200}$/;

/** The id, or 422 naming `field`. */
export function readRequestId(value: unknown, field: string): string {
  if (typeof value === 'string' && REQUEST_ID.test(value)) return value;
  const message = 'an id has 1 to 200 letters, digits, dots, colons, hyphens and underscores';
  refuse(new Map([[field, { message, value: typeof value === 'string' ? value.toWellFormed() : value }]]));
  return '';
}
