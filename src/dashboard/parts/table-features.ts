/** What of TanStack's table is used: sorting. */
import { createSortedRowModel, rowSortingFeature, sortFns, tableFeatures } from '@tanstack/react-table';

export const tableOptions = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns,
});
export type TableFeatures = typeof tableOptions;
