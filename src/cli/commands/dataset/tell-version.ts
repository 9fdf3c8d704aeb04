/** What a change made of a dataset, in a line. */
import type { DatasetVersion } from '../../../model/datapoint.ts';

export function tellVersion(name: string, { version, datapoints, added, edited, removed }: DatasetVersion): void {
  const change = `${added} added, ${edited} edited, ${removed} removed`;
  process.stdout.write(`${name} version ${version} has ${datapoints} datapoints: ${change}.\n`);
}
