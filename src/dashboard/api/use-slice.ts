/** What a page's address says of time and filter, as a slice that the API is asked for. */
import { useMemo } from 'react';
import { type Range, readRange } from '../words/time-range.ts';
import { filterOf } from '../words/where.ts';
import type { Slice } from './logs.ts';
import { useKnownNames } from './names.ts';

export interface AskedSlice {
  range: Range;
  slice: Slice & Range;
  /** False until it is known which names are scores and which are properties. */
  isReady: boolean;
}

export function useSlice(rangeText: string, where: string | undefined): AskedSlice {
  const known = useKnownNames();
  const names = JSON.stringify(known);
  // Asked for anew each minute at most: what is shown stays while one looks.
  const minute = Math.floor(Date.now() / 60_000);
  return useMemo(() => {
    const range = readRange(rangeText) ?? readRange('24h')!;
    const filter = known === undefined ? null : filterOf(where, known);
    return { range, slice: { filter, ...range }, isReady: known !== undefined };
  }, [rangeText, where, names, minute]);
}
