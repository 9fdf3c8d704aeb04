/** Settings of drizzle-kit for SQLite: `npm run generate` writes the difference of the schema as a migration. */
import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  schema: './src/store/sqlite/*schema.ts',
  out: './drizzle/sqlite',
});
