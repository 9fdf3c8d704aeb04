/** All datapoints of a version, one after the other, page by page: of a dataset of any size a page is in memory. */
import type { DatasetStore, PlacedDatapoint } from '../../store/datasets.ts';

const PAGE = 200;

export async function* datapointsOf(
  datasets: DatasetStore,
  { projectId, name, version }: { projectId: string; name: string; version: number },
): AsyncGenerator<PlacedDatapoint> {
  for (let after: number | null = null; ;) {
    const page: PlacedDatapoint[] = await datasets.datapoints(projectId, name, version, { after, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!.position;
  }
}
