/** Removing the rollups of names that are no longer rolled up, a few hours at a time. */
import type { Caller } from '../calls.ts';
import { HOURS_A_DAY } from '../rollups/hours.ts';
import type { Connection } from './connection.ts';

/** With at most 200 values a name, about 2 ms of the writer's time. */
const HOURS_A_SWEEP = 8;

/** Takes up what an earlier run left. Ends early where `closing` says so. */
export async function sweepDropped(connection: Connection, store: Caller, closing: () => boolean): Promise<void> {
  const names = connection.prepare('select project, name from rolled_names where dropped = 1').raw().all();
  for (const [project, name] of names as [number, string][]) {
    const measures = connection.prepare('select id from measures where project = ?').pluck().all(project) as number[];
    for (const measure of measures) {
      const { first, last } = connection
        .prepare(
          `select min(hour) as first, max(hour) as last from (
             select min(hour) as hour from rollups where measure = @measure
             union all select max(hour) from rollups where measure = @measure
             union all select min(day) * ${HOURS_A_DAY} from rolled_days where measure = @measure
             union all select max(day) * ${HOURS_A_DAY} from rolled_days where measure = @measure)`,
        )
        .get({ measure }) as { first: number | null; last: number | null };
      for (let hour = first ?? 0; hour <= (last ?? -1); hour += HOURS_A_SWEEP) {
        if (closing()) return;
        await store.call('sweepRollups', [project, name, measure, hour, hour + HOURS_A_SWEEP]);
      }
    }
    await store.call('sweptRollups', [project, name]);
    let after: number | null = 0;
    while (after !== null && !closing()) after = await store.call<number | null>('sweepPairs', [project, name, after]);
  }
}
