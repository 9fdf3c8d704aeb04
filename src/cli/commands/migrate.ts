/** `gradeway migrate`: brings the database to this version's schema, creating it where there is none. */
import { Command } from 'commander';
import { shownDatabase } from '../../config/database-url.ts';
import { settingsHere, withStore } from './settings.ts';

export function migrateCommand(): Command {
  return new Command('migrate').description("bring the database to this version's schema").action(async () => {
    const config = settingsHere();
    await withStore(config, (store) => store.probe(Date.now()));
    process.stdout.write(`${shownDatabase(config.database.url)} is up to date.\n`);
  });
}
