/** Whether code can be read by its language at all, which is found out where it would run: in a child, in a guest. */
import { GatewayError } from '../../../errors.ts';
import type { SandboxPool } from '../../../sandbox/pool.ts';
import type { Death } from '../../../sandbox/sandbox.ts';
import type { CallsFrame, FromChild, ToChild } from './protocol.ts';

/** As many as fit into a frame however large they are. */
const SOURCES_AT_ONCE = 20;

/** What is wrong with each of these sources, with line and column; undefined where nothing is. Rejects as the pool does. */
export async function checkSources(
  pool: SandboxPool,
  language: CallsFrame['language'],
  sources: readonly string[],
): Promise<(string | undefined)[]> {
  const faults: (string | undefined)[] = [];
  while (faults.length < sources.length)
    await pool.use(async (sandbox) => {
      const some = sources.slice(faults.length, faults.length + SOURCES_AT_ONCE);
      const until = faults.length + some.length;
      const done = Promise.withResolvers<undefined>();
      sandbox.onFrame = (frame) => {
        const said = frame as FromChild;
        if ('fault' in said) faults.push(said.fault ?? undefined);
        if ('done' in said) done.resolve(undefined);
      };
      sandbox.busy(true);
      sandbox.send({ language, check: some } satisfies ToChild);
      const death: Death | undefined = await Promise.race([done.promise, sandbox.died]);
      sandbox.busy(false);
      if (death?.why === 'closed') throw new GatewayError('draining');
      // Whatever ended the child is what it was reading.
      if (death && faults.length < until) faults.push(`It cannot be read. ${death.message}`);
      return { reusable: death === undefined };
    });
  return faults;
}
