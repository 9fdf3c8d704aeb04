/** Alerts as a part of the process: those of gradeway.yaml are put into the store, then all are checked again and again. */
import type { Config } from '../config.ts';
import type { Logger } from '../diagnostics.ts';
import { addressPolicy } from '../outbound/address-policy.ts';
import { AlertChecks, type AlertChecksOptions } from './alert-checks.ts';
import { applyConfiguredAlerts, type ConfiguredAlertsOptions } from './configured-alerts.ts';
import { withOwnNetworks } from './webhooks.ts';

export interface AlertsOptions extends Pick<AlertChecksOptions, 'holder' | 'publicUrl' | 'wake'> {
  store: AlertChecksOptions['store'] & ConfiguredAlertsOptions['store'];
  config: Pick<Config, 'alerts' | 'alertChecks' | 'server' | 'webhooks'>;
  logger: Logger;
}

/** Answers how to end it. Rejects with `invalid_setting` where an alert of gradeway.yaml cannot be. */
export async function startAlerts({ store, config, logger, ...options }: AlertsOptions): Promise<() => Promise<void>> {
  const policy = addressPolicy(withOwnNetworks(config.webhooks, config.server).allowedNetworks);
  await applyConfiguredAlerts({ store, configured: config.alerts, policy, logger, nowMs: Date.now() });
  const checks = new AlertChecks({ ...options, store, logger, everyMs: config.alertChecks.everyMs });
  void checks.look();
  return () => checks.close();
}
