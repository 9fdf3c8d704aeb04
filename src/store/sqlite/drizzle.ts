/**
 * What is used of drizzle, loaded as CommonJS. Node's loader of ES modules reads the package's large export map again for
 * each of its 150 files: 850 ms on every thread that needs it, against 110 this way.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const { and, count, eq, inArray, isNotNull, isNull, or, sql } =
  require('drizzle-orm') as typeof import('drizzle-orm');
export const { blob, customType, index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } =
  require('drizzle-orm/sqlite-core') as typeof import('drizzle-orm/sqlite-core');
export const { drizzle } = require('drizzle-orm/better-sqlite3') as typeof import('drizzle-orm/better-sqlite3');
export const { migrate } =
  require('drizzle-orm/better-sqlite3/migrator') as typeof import('drizzle-orm/better-sqlite3/migrator');
