/** A log as filters see it, before it is committed or when it is asked why one did not hold. Texts are read from the bodies only when a filter asks for one. */
import type { FilterField } from '../model/filter.ts';
import type { Filterable } from '../model/filter-match.ts';
import { type LogTexts, readTexts } from '../providers/log-texts.ts';
import type { StoredLog } from '../store/store.ts';

type UsageField = 'inputTokens' | 'cachedInputTokens' | 'outputTokens' | 'reasoningTokens';
const USAGE = new Set<string>(['inputTokens', 'cachedInputTokens', 'outputTokens', 'reasoningTokens']);

export function filterable(log: StoredLog): Filterable {
  let texts: LogTexts | undefined;
  return {
    field: (name) => fieldOf(log, name),
    property: (name) => log.properties.get(name),
    text: (which) => {
      texts ??= readTexts(log as Parameters<typeof readTexts>[0]);
      return texts[which];
    },
  };
}

function fieldOf(log: StoredLog, name: FilterField): string | number | boolean | null | undefined {
  if (name === 'totalTokens') return log.usage && log.usage.inputTokens + log.usage.outputTokens;
  if (USAGE.has(name)) return log.usage?.[name as UsageField];
  return log[name as Exclude<typeof name, UsageField>];
}
