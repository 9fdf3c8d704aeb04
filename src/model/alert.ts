/** Alerts: a number of a project that is watched, the condition on it, and where it stands. Who is told is told by a webhook. */
import { z } from 'zod';
import { EVALUATOR_NAME, type ManagedBy } from './evaluator.ts';
import { filterSchema } from './filter.ts';

const scoreName = z.string().min(1).max(300);
const minutes = (from: number, to: number): z.ZodNumber => z.number().int().min(from).max(to);
const WEEK = 7 * 24 * 60;
const DAY = 24 * 60;

/** Alerts of one project: each is a question to the store, again and again. */
export const MOST_ALERTS = 50;

/** What is watched: over a window, where it is an estimate and judged by its interval; a fact is as it is at the moment. */
export const watchSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('mean').describe('The mean of a score; of booleans the share of true.'),
      score: scoreName,
    }),
    z.strictObject({
      kind: z.literal('share').describe('The share of true, or of one category, among the values of a score.'),
      score: scoreName,
      of: z.union([z.literal(true), z.string().min(1).max(200)], { error: 'send true, or the name of a category' }),
    }),
    z.strictObject({
      kind: z.literal('failures').describe("The share of an evaluator's looks that failed, of those that ran."),
      evaluator: z.string().regex(EVALUATOR_NAME),
    }),
    z.strictObject({ kind: z.literal('errors').describe('The share of calls that failed.') }),
    z.strictObject({
      kind: z.literal('queue_age').describe("For how many seconds the oldest of an evaluator's jobs has been due."),
      evaluator: z.string().regex(EVALUATOR_NAME),
    }),
    z.strictObject({
      kind: z.literal('paused').describe('How many evaluators are paused: 0 or 1 where one is named.'),
      evaluator: z.string().regex(EVALUATOR_NAME).nullable().default(null),
    }),
    z.strictObject({
      kind: z
        .literal('budget')
        .describe('What a rule that has a budget has spent, in US dollars, in the day or the month that it is (UTC).'),
      rule: z.string().min(1).max(200).describe('Its name; `online:NAME` is the rule that an evaluator brings along.'),
      of: z.enum(['day', 'month']),
    }),
  ])
  .meta({ id: 'AlertWatch' });
export type AlertWatch = z.infer<typeof watchSchema>;

const limit = z.number();
const margin = z.number().min(0);

/** Against a fixed threshold, or against the window before by more than a margin (0: any difference that is shown). */
export const conditionSchema = z
  .union(
    [
      z.strictObject({ above: limit }),
      z.strictObject({ below: limit }),
      z.strictObject({ rises: margin }),
      z.strictObject({ falls: margin }),
      z.strictObject({ changes: margin }),
    ],
    {
      error:
        'send one of { "above": threshold }, { "below": threshold }, { "rises": margin }, { "falls": margin }, { "changes": margin }',
    },
  )
  .meta({ id: 'AlertCondition' });
export type AlertCondition = z.infer<typeof conditionSchema>;

/** Of an alert as it is given; `consistent` holds its members together. */
export const ALERT_SHAPE = {
  name: z
    .string()
    .regex(EVALUATOR_NAME, 'letters, digits, `.`, `_` and `-`, at most 100')
    .describe('Its name in the project.'),
  description: z.string().max(1000).nullable().default(null),
  watch: watchSchema,
  when: conditionSchema,
  filter: filterSchema.nullable().default(null).describe('Which logs; null: all.'),
  windowMinutes: minutes(1, WEEK).default(60).describe('How far back it looks. A score counts in the time of its log.'),
  minCount: z
    .number()
    .int()
    .min(2)
    .max(1_000_000)
    .default(30)
    .describe(
      'With fewer values in the window, or in the one before where that is compared, it says nothing: `no_data`.',
    ),
  level: z
    .number()
    .min(0.5)
    .max(0.9999)
    .default(0.99)
    .describe(
      'Of the interval that has to lie beyond the limit. Above the usual 0.95, for it is looked at again and again.',
    ),
  fireAfterMinutes: minutes(0, DAY).default(0).describe('For so long every check must find it before it fires.'),
  resolveAfterMinutes: minutes(0, DAY)
    .default(5)
    .describe('For so long the value itself must be back within the limit before it is resolved.'),
  repeatAfterMinutes: minutes(1, WEEK)
    .nullable()
    .default(null)
    .describe('Told again after so long while it fires; null: once.'),
  destination: z.string().max(2048).describe('The URL that is told, by a signed POST.'),
  enabled: z.boolean().default(true),
};

/** Watches that are facts: they have no window, no spread and no logs of their own. */
const FACTS: ReadonlySet<AlertWatch['kind']> = new Set(['queue_age', 'paused', 'budget']);

export function isFact({ kind }: Pick<AlertWatch, 'kind'>): boolean {
  return FACTS.has(kind);
}

/** For `superRefine`. */
export function consistent(
  { watch, when, filter }: { watch: AlertWatch; when: AlertCondition; filter: unknown },
  context: z.RefinementCtx,
): void {
  if (!isFact(watch)) return;
  const say = (member: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [member], message: `${message} where ${watch.kind} is watched` });
  if (!('above' in when)) say('when', 'send { "above": threshold }');
  if (filter !== null) say('filter', 'leave it out');
}

export const alertSpecSchema = z.strictObject(ALERT_SHAPE).superRefine(consistent).meta({ id: 'AlertSpec' });
export type AlertSpec = z.infer<typeof alertSpecSchema>;

/** The numbers that one check found. */
export interface Found {
  /**
   * breached: the interval lies beyond the limit; within: the value is not beyond it; unclear: the value is, but the interval is
   * not; no_data: too few values.
   */
  verdict: 'breached' | 'within' | 'unclear' | 'no_data';
  fromMs: number;
  toMs: number;
  /** How many values the window has. */
  count: number;
  /** Null where there are none. */
  value: number | null;
  /** Of the value; where the window before is compared, of the difference. */
  interval: { low: number; high: number; level: number } | null;
  /** Null where none is compared. */
  before: { count: number; value: number | null } | null;
  /** The window less the one before; null where none is compared, or one is empty. */
  difference: number | null;
}

/** The same with the sentence that says it, as the alert was then. */
export interface Finding extends Found {
  sentence: string;
}

export const ALERT_STATES = ['ok', 'firing', 'no_data'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/** Where an alert stands. */
export interface Standing {
  state: AlertState;
  sinceMs: number;
  /** What the last checks say in place of the state, and since when; null where they agree with it. */
  turning: { to: AlertState; sinceMs: number } | null;
  /** Since when it has fired without having been resolved, also while there is no data; null where it has not. */
  openSinceMs: number | null;
  /** When it was last told that it fires; null where it was not since it was resolved. */
  toldAtMs: number | null;
  checkedAtMs: number | null;
  finding: Finding | null;
  /** Why it could not be checked the last time; null where it could. */
  problem: string | null;
}

export interface Alert {
  id: string;
  projectId: string;
  spec: AlertSpec;
  /** What signatures are made with: 32 random bytes, hex. */
  hmacKey: string;
  managedBy: Exclude<ManagedBy, 'file'>;
  createdAtMs: number;
  changedAtMs: number;
  /** Grows with everything that is written to it: who checked an older one changes nothing. */
  revision: number;
  standing: Standing;
}

/** Of a new alert, and of one that was changed: what it fired for before is then still to be resolved. */
export function unchecked(nowMs: number, before?: Standing): Standing {
  return {
    state: 'no_data',
    sinceMs: nowMs,
    turning: null,
    openSinceMs: before?.openSinceMs ?? null,
    toldAtMs: before?.toldAtMs ?? null,
    checkedAtMs: null,
    finding: null,
    problem: null,
  };
}

/** What became of an alert: a state that it came into, or that it was told again while firing. */
export interface AlertEvent {
  id: string;
  alertId: string;
  state: AlertState;
  /** True where it only was told again. */
  isRepeat: boolean;
  atMs: number;
  finding: Finding;
  /** What is sent of it, JSON; null where nobody is told. */
  message: string | null;
}
