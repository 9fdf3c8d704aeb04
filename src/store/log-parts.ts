/** The parts that a log is stored in, the same on every engine: its slot in a block, its properties as JSON, its ids. */
import { BLOCK_BYTES, BLOCK_SLOTS, type SlotParts } from './blocks.ts';
import type { NewLog } from './store.ts';

/** Whatever a client may have called it by. */
export function idsOf(log: NewLog): Set<string> {
  return new Set([log.id, log.requestId, ...(log.providerResponseId === null ? [] : [log.providerResponseId])]);
}

/** JSON.stringify of an object from a map would lose the name `__proto__`. */
export function propertiesJson(properties: Map<string, string>): string {
  let json = '';
  for (const [name, value] of properties)
    json += `${json === '' ? '{' : ','}${JSON.stringify(name)}:${JSON.stringify(value)}`;
  return `${json}}`;
}

export function partsOf(log: NewLog): SlotParts {
  const extras: Record<string, unknown> = { q: log.requestHeaders, r: log.responseHeaders };
  if (log.requestSha256 !== null) extras.qh = log.requestSha256;
  if (log.responseSha256 !== null) extras.rh = log.responseSha256;
  return { extras: Buffer.from(JSON.stringify(extras)), request: log.requestBody, response: log.responseBody };
}

export function byProject(logs: readonly NewLog[]): Iterable<[string, readonly NewLog[]]> {
  const first = logs[0];
  if (first === undefined) return [];
  if (logs.every((log) => log.projectId === first.projectId)) return [[first.projectId, logs]];
  return Map.groupBy(logs, (log) => log.projectId);
}

export function* blocksOf(logs: readonly NewLog[]): Iterable<readonly NewLog[]> {
  let group: NewLog[] = [];
  let bytes = 0;
  for (const log of logs) {
    const size = (log.requestBody?.length ?? 0) + (log.responseBody?.length ?? 0);
    if (group.length > 0 && (group.length >= BLOCK_SLOTS || bytes + size > BLOCK_BYTES)) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(log);
    bytes += size;
  }
  if (group.length > 0) yield group;
}
