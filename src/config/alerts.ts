/** Alerts in gradeway.yaml: a list under `alerts`, each as the API takes it, with the project that it is of. */
import { z } from 'zod';
import { ALERT_SHAPE, consistent } from '../model/alert.ts';
import type { SettingsFile } from './file.ts';
import { readNamedList } from './named-list.ts';
import type { Problem } from './problem.ts';

const MOST_CONFIGURED = 1000;

const schema = z
  .strictObject({
    ...ALERT_SHAPE,
    /** By name. */
    project: z.string().min(1).max(200).default('default'),
  })
  .superRefine(consistent);
export type ConfiguredAlert = z.infer<typeof schema>;

/** What is wrong with them is added to `problems`. */
export function readAlerts({ alerts }: SettingsFile, problems: Problem[]): ConfiguredAlert[] {
  const key = ({ project, name }: ConfiguredAlert): string => JSON.stringify([project, name]);
  return readNamedList(alerts, { section: 'alerts', one: 'alert', schema, most: MOST_CONFIGURED, key }, problems);
}
