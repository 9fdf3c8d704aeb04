/** What several routes of /api/v1 take, as schemas: they describe it in the OpenAPI document. What they give stands in model/. */
import { z } from 'zod';

export const idParams = z.object({
  id: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,200}$/, {
      error: 'an id has 1 to 200 letters, digits, dots, colons, hyphens and underscores',
    })
    .describe("The log's own id, its request id (then its newest log), or the provider's id of its answer."),
});

export const pageLimit = z
  .string()
  .regex(/^([1-9]\d{0,2}|1000)$/, { error: 'it must be a whole number from 1 to 1000' })
  .transform(Number)
  .default(100)
  .describe('1 to 1000.');

export const pageCursor = z.string().max(200).optional().describe('The `next` of the page before.');
