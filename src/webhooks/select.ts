/** Which webhooks are told of a log. Runs for every log before it is committed, so all that can be worked out beforehand is. */
import { sampleOf } from '../model/sample.ts';
import { propertyName } from '../model/property.ts';
import type { WebhookRule } from '../model/webhook.ts';
import type { LogRow } from '../store/store.ts';

type Told = Pick<LogRow, 'id' | 'projectId' | 'properties' | 'sessionId' | 'sessionName' | 'sessionPath'>;

/** On Helicone's side these are properties like any others. */
const SESSION = new Map<string, 'sessionId' | 'sessionName' | 'sessionPath'>([
  ['helicone-session-id', 'sessionId'],
  ['helicone-session-name', 'sessionName'],
  ['helicone-session-path', 'sessionPath'],
]);

/** Ids of the webhooks that shall be told of a log; to be prepared again when webhooks change. */
export function prepareSelection(rules: readonly WebhookRule[]): (log: Told) => string[] {
  const prepared = rules.map((rule) => ({
    ...rule,
    propertyFilters: rule.propertyFilters.map(({ key, value }) => ({ name: propertyName(key), value })),
  }));
  const byProject = Map.groupBy(prepared, ({ projectId }) => projectId);
  return (log) => {
    const own = byProject.get(log.projectId);
    if (own === undefined) return [];
    const told = own.filter(
      ({ samplePercent, propertyFilters }) =>
        propertyFilters.every(({ name, value }) => propertyOf(log, name) === value) &&
        (samplePercent >= 100 || sampleOf(log.id) * 100 < samplePercent),
    );
    return told.map(({ id }) => id);
  };
}

function propertyOf(log: Told, name: string): string | undefined {
  const field = SESSION.get(name);
  return log.properties.get(name) ?? (field === undefined ? undefined : (log[field] ?? undefined));
}
