/** A log as filters see it before it is committed. Texts are read from the bodies only when a filter asks for one. */
import type { FilterField } from '../model/filter.ts';
import type { Filterable } from '../model/filter-match.ts';
import { readCall } from '../providers/read-call.ts';
import type { StoredLog } from '../store/store.ts';

type UsageField = 'inputTokens' | 'cachedInputTokens' | 'outputTokens' | 'reasoningTokens';
const USAGE = new Set<string>(['inputTokens', 'cachedInputTokens', 'outputTokens', 'reasoningTokens']);

export function filterable(log: StoredLog): Filterable {
  let reading: ReturnType<typeof readCall> | undefined;
  return {
    field: (name) => fieldOf(log, name),
    property: (name) => log.properties.get(name),
    text: (which) => {
      reading ??= readCall(log as Parameters<typeof readCall>[0]);
      return which === 'output' ? reading.output.text : reading.input.map((message) => message.text).join('\n\n');
    },
  };
}

function fieldOf(log: StoredLog, name: FilterField): string | number | boolean | null | undefined {
  if (name === 'totalTokens') return log.usage && log.usage.inputTokens + log.usage.outputTokens;
  if (USAGE.has(name)) return log.usage?.[name as UsageField];
  return log[name as Exclude<typeof name, UsageField>];
}
