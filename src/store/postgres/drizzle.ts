/** What is used of drizzle and pg, loaded as CommonJS for the reason that stands in ../sqlite/drizzle.ts. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const { and, count, eq, getTableColumns, inArray, isNotNull, isNull, or, sql } =
  require('drizzle-orm') as typeof import('drizzle-orm');
const core = require('drizzle-orm/pg-core') as typeof import('drizzle-orm/pg-core');
export const { doublePrecision, index, integer, jsonb, pgSequence, pgTable, primaryKey, text, uniqueIndex, uuid } =
  core;
export const { drizzle } = require('drizzle-orm/node-postgres') as typeof import('drizzle-orm/node-postgres');
export const { migrate } =
  require('drizzle-orm/node-postgres/migrator') as typeof import('drizzle-orm/node-postgres/migrator');
export const pg = require('pg') as typeof import('pg');

/** A bigint whose values stay below 2^53. */
export const big = (name: string) => core.bigint(name, { mode: 'number' });

export const bytea = core.customType<{ data: Buffer }>({ dataType: () => 'bytea' });
