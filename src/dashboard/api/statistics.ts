/** Questions about scores and about logs in numbers. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { AskedMeasure, LogOrScore } from '../../model/asked-measure.ts';
import type { Dimension } from '../../model/measure.ts';
import type {
  Binned,
  ComparisonAnswer,
  LogStatisticsRow,
  ScoreStatisticsRow,
  SeriesAnswer,
} from '../../model/statistics-answers.ts';
import type { Bucket } from '../words/time-range.ts';
import { ask } from './client.ts';
import type { Slice } from './logs.ts';

export interface Grouped extends Slice {
  groupBy?: Dimension | null;
  groupLimit?: number;
}

export const scoreStatisticsQuery = (asked: Grouped & { scores?: string[] }) =>
  queryOptions({
    queryKey: ['statistics', 'scores', asked],
    queryFn: ({ signal }) => ask<{ rows: ScoreStatisticsRow[] }>('POST', '/statistics/scores', asked, signal),
    placeholderData: keepPreviousData,
  });

export const logStatisticsQuery = (asked: Grouped) =>
  queryOptions({
    queryKey: ['statistics', 'logs', asked],
    queryFn: ({ signal }) => ask<{ rows: LogStatisticsRow[] }>('POST', '/statistics/logs', asked, signal),
    placeholderData: keepPreviousData,
  });

export interface AskedSeries extends Grouped {
  fromMs: number;
  toMs: number;
  measures: AskedMeasure[];
  bucket: Bucket;
}

/** In the zone of who looks. */
export const seriesQuery = (asked: AskedSeries) =>
  queryOptions({
    queryKey: ['statistics', 'series', asked],
    queryFn: ({ signal }) =>
      ask<SeriesAnswer>(
        'POST',
        '/statistics/series',
        { ...asked, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone },
        signal,
      ),
    placeholderData: keepPreviousData,
  });

export const histogramQuery = (asked: Grouped & { measure: LogOrScore }) =>
  queryOptions({
    queryKey: ['statistics', 'histogram', asked],
    queryFn: ({ signal }) => ask<{ histograms: Binned[] }>('POST', '/statistics/histogram', asked, signal),
    placeholderData: keepPreviousData,
  });

export interface AskedComparison {
  before: Slice & { name: string };
  after: Slice & { name: string };
  measures: (LogOrScore & { higherIsBetter?: boolean | null })[] | null;
}

export const slicesQuery = (asked: AskedComparison) =>
  queryOptions({
    queryKey: ['statistics', 'compare', asked],
    queryFn: ({ signal }) => ask<ComparisonAnswer>('POST', '/statistics/compare', asked, signal),
    placeholderData: keepPreviousData,
  });
