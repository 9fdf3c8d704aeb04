/**
 * Settings of drizzle-kit for PostgreSQL. What it writes is edited by hand where it creates a partitioned table: drizzle-kit
 * knows no PARTITION BY, and neither loses nor undoes it later.
 */
import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './src/store/postgres/*schema.ts',
  out: './drizzle/postgres',
});
