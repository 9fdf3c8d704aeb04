/**
 * Settings of drizzle-kit for PostgreSQL. What it writes is edited by hand where it creates a partitioned table: drizzle-kit
 * knows no PARTITION BY, and neither loses nor undoes it later.
 */
import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: ['./src/store/postgres/schema.ts', './src/store/postgres/score-schema.ts', './src/store/postgres/webhook-schema.ts',
    './src/store/postgres/text-schema.ts', './src/store/postgres/removal-schema.ts', './src/store/postgres/dataset-schema.ts', './src/store/postgres/definition-schema.ts'],
  out: './drizzle/postgres',
});
