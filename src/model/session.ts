/** Who a browser is signed in as: what the dashboard asks first. */
import { z } from 'zod';
import { scopeSchema } from './key.ts';

export const sessionSchema = z
  .object({
    keyRequired: z
      .boolean()
      .describe('False while no key was ever created: then everybody on this machine may do all.'),
    signedIn: z.boolean().describe('Whether the caller may ask for anything, by a key or because none is needed.'),
    scopes: z.array(scopeSchema).describe('What the caller may do.'),
    untilMs: z.number().nullable().describe('When the sign-in of this browser ends; null where there is none.'),
  })
  .meta({ id: 'Session' });

export type Session = z.infer<typeof sessionSchema>;
