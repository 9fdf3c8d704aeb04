/** The body of an async log, as Helicone's loggers send it. */
import { z } from 'zod';

const time = z.object({ seconds: z.number().min(0).max(1e11), milliseconds: z.number().min(0).max(1e14) });
const object = z.custom<object>((value) => typeof value === 'object' && value !== null, {
  error: 'an object is needed',
});
/** As many as a request's headers may be. Counted before any is looked at: for 400,000 that took nine seconds. */
const MOST_MEMBERS = 2000;
const members = z.unknown().superRefine((value, context) => {
  if (typeof value === 'object' && value !== null && Object.keys(value).length > MOST_MEMBERS)
    context.addIssue({ code: 'custom', message: `send at most ${MOST_MEMBERS} members` });
});
const error = 'send a text, a number or a boolean';
const texts = members.pipe(
  z.record(z.string(), z.union([z.string(), z.number(), z.boolean()], { error }).transform(String)),
);
const headerError = 'send a text, a number or a list of texts';

/** What Helicone calls AsyncLogModel. Keys that it does not know are left alone. */
export const asyncLogSchema = z.object({
  providerRequest: z.object({
    /** Where the call went; its path says which wire format the bodies have. */
    url: z.string().min(1).max(8192),
    json: object,
    /** Helicone-* and Gradeway-* directives. */
    meta: texts.default({}),
  }),
  providerResponse: z.object({
    json: object.nullish(),
    /** The answer as text, such as the events of a stream; counts instead of `json` where it is not empty. */
    textBody: z.string().nullish(),
    status: z.number().int().min(-999).max(999),
    headers: members
      .pipe(
        z.record(
          z.string(),
          z.union([z.string(), z.number(), z.array(z.string())], { error: headerError }).transform(String),
        ),
      )
      .default({}),
  }),
  timing: z
    .object({
      /** Milliseconds. */
      timeToFirstToken: z.number().min(0).nullish(),
      startTime: time,
      endTime: time,
    })
    .optional(),
});
export type AsyncLog = z.infer<typeof asyncLogSchema>;
