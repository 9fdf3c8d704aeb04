/** What the store has that every process keeps up with, each with who must hear of it: webhooks, evaluators, rules. */
import type { Config } from '../config.ts';
import type { Logger } from '../diagnostics.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { Store } from '../store/store.ts';
import { applyConfiguredDefinitions } from './configured-definitions.ts';
import { DefinitionWatch } from './definitions.ts';
import type { Evaluation } from './evaluation.ts';
import { checkConfigured, RuleWatch } from './rules.ts';
import { WebhookWatch } from './webhooks.ts';

export interface Watches {
  webhooks: WebhookWatch;
  definitions: DefinitionWatch;
  rules: RuleWatch;
  close(): void;
}

export interface WatchedParts {
  store: Store;
  recorder: Pick<Recorder, 'useRules' | 'useWebhooks'>;
  evaluation: Pick<Evaluation, 'check' | 'evaluators' | 'useDefinitions' | 'useRules'>;
  config: Pick<Config, 'definitions' | 'rules'>;
  logger: Logger;
}

/** Resolves when all have been read once. Rejects with `invalid_setting` where an evaluator or a rule of gradeway.yaml cannot be. */
export async function startWatches({ store, recorder, evaluation, config, logger }: WatchedParts): Promise<Watches> {
  const webhooks = new WebhookWatch({ store, onRules: (rules) => recorder.useWebhooks(rules), logger });
  const definitions = new DefinitionWatch({ store, onChange: (all) => evaluation.useDefinitions(all), logger });
  const rules = new RuleWatch({
    store,
    configured: config.rules,
    onRules: (all) => {
      recorder.useRules(all);
      evaluation.useRules(all);
    },
    logger,
  });
  const watches = [webhooks, definitions, rules];
  const close = (): void => {
    for (const watch of watches) watch.close();
  };
  try {
    const configured = config.definitions;
    // Composites of gradeway.yaml may name what the API was given.
    if (configured !== undefined) await definitions.refresh();
    await applyConfiguredDefinitions({ store, configured, evaluation, logger, nowMs: Date.now() });
    await Promise.all(watches.map((watch) => watch.refresh()));
    checkConfigured(config.rules, evaluation.evaluators, logger);
  } catch (error) {
    close();
    throw error;
  }
  return { webhooks, definitions, rules, close };
}
