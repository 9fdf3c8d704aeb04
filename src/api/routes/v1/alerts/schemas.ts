/** What the routes of alerts take and give back. */
import { z } from 'zod';
import {
  type Alert,
  ALERT_STATES,
  ALERT_SHAPE,
  consistent,
  conditionSchema,
  watchSchema,
} from '../../../../model/alert.ts';
import { DELIVERY_STATES } from '../../../../model/delivery.ts';
import { EVALUATOR_NAME, MANAGED_BY } from '../../../../model/evaluator.ts';
import { filterNode } from '../../../../model/filter.ts';
import type { AlertRecord } from '../../../../store/alerts.ts';
import { intervalSchema } from '../../../../model/shown-statistics.ts';

export const alertParams = z.object({
  alert: z.string().regex(EVALUATOR_NAME, { error: 'it must be the name of an alert' }),
});

const { name: _name, ...nameless } = ALERT_SHAPE;
export const namelessAlertSchema = z.strictObject(nameless).superRefine(consistent).meta({ id: 'NamelessAlertSpec' });

const maybe = z.number().nullable();

export const findingSchema = z
  .object({
    verdict: z
      .enum(['breached', 'within', 'unclear', 'no_data'])
      .describe(
        'breached: the interval lies beyond the limit. within: the value does not. unclear: the value does, its interval does not; that neither fires nor resolves. no_data: there are fewer values than `minCount`.',
      ),
    fromMs: z.number(),
    toMs: z.number(),
    count: z.number().describe('Of values in the window.'),
    value: maybe,
    interval: intervalSchema.describe('Of the value; of the difference, where the window before is compared.'),
    before: z
      .object({ count: z.number(), value: maybe })
      .nullable()
      .describe('The window before, where it is compared.'),
    difference: maybe.describe('The window less the one before.'),
    sentence: z.string().describe('The same in words.'),
  })
  .meta({ id: 'AlertFinding' });

export const alertSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    watch: watchSchema,
    when: conditionSchema,
    filter: filterNode.nullable(),
    windowMinutes: z.number(),
    minCount: z.number(),
    level: z.number(),
    fireAfterMinutes: z.number(),
    resolveAfterMinutes: z.number(),
    repeatAfterMinutes: maybe,
    destination: z
      .string()
      .describe('Whole for keys with the scope admin; its origin alone for others, since the rest may be a secret.'),
    enabled: z.boolean(),
    managedBy: z.enum(MANAGED_BY).describe('`config`: gradeway.yaml, and to be changed there.'),
    createdAtMs: z.number(),
    changedAtMs: z.number(),
    state: z.enum(ALERT_STATES),
    sinceMs: z.number().describe('Since when it has been in this state.'),
    firingSinceMs: maybe.describe('Since when it has fired without having been resolved, also while there is no data.'),
    turning: z
      .object({ to: z.enum(ALERT_STATES), sinceMs: z.number() })
      .nullable()
      .describe('What the last checks say in place of the state, while that is waited for.'),
    checkedAtMs: maybe.describe('Null where it was not checked since it was put.'),
    problem: z.string().nullable().describe('Why it could not be checked the last time.'),
    finding: findingSchema.nullable().describe('What the last check found.'),
  })
  .meta({ id: 'Alert' });
export type ShownAlert = z.infer<typeof alertSchema>;

export const alertEventSchema = z
  .object({
    id: z.string(),
    state: z.enum(ALERT_STATES).describe('What it came into.'),
    isRepeat: z.boolean().describe('It only was told again that it fires.'),
    atMs: z.number(),
    finding: findingSchema,
    delivery: z
      .object({
        state: z.enum(DELIVERY_STATES),
        attempts: z.number(),
        last: z
          .object({
            atMs: z.number(),
            status: maybe,
            error: z.string().nullable(),
            answer: z.string().nullable(),
            durationMs: z.number(),
          })
          .nullable(),
        nextAttemptAtMs: maybe,
      })
      .nullable()
      .describe('Of the message that tells of it; null where nobody was to be told.'),
  })
  .meta({ id: 'AlertEvent' });

export function shownAlert(
  { id, spec, standing, managedBy, createdAtMs, changedAtMs }: Alert,
  isAdmin: boolean,
): ShownAlert {
  const { openSinceMs, toldAtMs: _toldAtMs, ...rest } = standing;
  return {
    id,
    ...spec,
    destination: isAdmin ? spec.destination : `${new URL(spec.destination).origin}/...`,
    managedBy,
    createdAtMs,
    changedAtMs,
    ...rest,
    firingSinceMs: openSinceMs,
  };
}

export function shownEvent({ alertId: _alertId, ...record }: AlertRecord): z.infer<typeof alertEventSchema> {
  return record;
}
