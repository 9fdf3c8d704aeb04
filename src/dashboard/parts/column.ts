/** One column of a table. */
import type { ReactNode } from 'react';

export interface Column<Row> {
  id: string;
  head: ReactNode;
  /** Pixels; the one without a width takes what is left. */
  width?: number;
  numeric?: boolean;
  cell: (row: Row) => ReactNode;
  /** By what a head that is clicked sorts. */
  sortBy?: (row: Row) => string | number | null;
}
