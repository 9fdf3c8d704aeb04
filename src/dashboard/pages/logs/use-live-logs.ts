/** Logs and scores as they land, on top of those that were asked for. */
import { useEffect, useState } from 'react';
import type { Filter } from '../../../model/filter.ts';
import type { GivenScore, LogRow } from '../../../model/log-row.ts';
import { queryOf } from '../../api/client.ts';

const SHOWN_EVERY_MS = 500;
/** Beyond so many the oldest are left to the list that was asked for. */
const MOST = 500;

interface Landed {
  logs: LogRow[];
  /** Of a log, by name of the score. */
  scores: Map<string, Map<string, GivenScore[]>>;
}

const NONE: Landed = { logs: [], scores: new Map() };

/** Rows with what landed since; the same rows while it is not on. */
export function useLiveLogs(rows: readonly LogRow[], filter: Filter | null, isOn: boolean): LogRow[] {
  const [landed, setLanded] = useState(NONE);
  const asked = filter === null ? null : JSON.stringify(filter);
  useEffect(() => {
    setLanded(NONE);
    if (!isOn) return undefined;
    const source = new EventSource(`/api/v1/logs/stream${queryOf({ filter: asked })}`);
    let waiting: ((before: Landed) => Landed)[] = [];
    source.addEventListener('log', ({ data }: MessageEvent<string>) => {
      const log = JSON.parse(data) as LogRow;
      waiting.push((before) => ({ ...before, logs: [log, ...before.logs].slice(0, MOST) }));
    });
    source.addEventListener('score', ({ data }: MessageEvent<string>) => {
      const { logId, name, scores } = JSON.parse(data) as { logId: string; name: string; scores: GivenScore[] };
      waiting.push((before) => ({ ...before, scores: withScore(before.scores, { logId, name, scores }) }));
    });
    // Many may come at once: they are drawn together.
    const timer = setInterval(() => {
      if (waiting.length === 0) return;
      const steps = waiting;
      waiting = [];
      setLanded((before) => steps.reduce((now, step) => step(now), before));
    }, SHOWN_EVERY_MS);
    return () => {
      clearInterval(timer);
      source.close();
    };
  }, [asked, isOn]);
  return merged(rows, landed);
}

function withScore(
  before: Landed['scores'],
  { logId, name, scores }: { logId: string; name: string; scores: GivenScore[] },
): Landed['scores'] {
  return new Map(before).set(logId, new Map(before.get(logId)).set(name, scores));
}

function merged(rows: readonly LogRow[], { logs, scores }: Landed): LogRow[] {
  const ids = new Set(rows.map(({ id }) => id));
  const fresh = new Map(logs.map((log) => [log.id, log]));
  const all = [...[...fresh.values()].filter(({ id }) => !ids.has(id)), ...rows];
  if (scores.size === 0) return all;
  return all.map((log) => {
    const changed = scores.get(log.id);
    if (changed === undefined) return log;
    return {
      ...log,
      scores: [...log.scores.filter(({ name }) => !changed.has(name)), ...[...changed.values()].flat()],
    };
  });
}
