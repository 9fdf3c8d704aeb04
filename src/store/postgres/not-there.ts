/** What is answered where an operation is asked for that this engine does not have. */
import { GatewayError } from '../../errors.ts';

export function notThere(): GatewayError {
  return new GatewayError('not_implemented', {
    message: 'This is not there on PostgreSQL yet. On SQLite it is: see the README, From SQLite to PostgreSQL.',
  });
}
