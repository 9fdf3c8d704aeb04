/** The store on PostgreSQL: the contract, on a real server. */
import { afterAll, beforeAll, describe } from 'vitest';
import { budgetsContract } from './budgets-contract.ts';
import { storeContract } from './contract.ts';
import { datasetsContract } from './datasets-contract.ts';
import { runsContract } from './runs-contract.ts';
import { deadLettersContract } from './dead-letters-contract.ts';
import { evaluationsContract } from './evaluations-contract.ts';
import { leasesContract } from './leases-contract.ts';
import { fairClaimContract } from './fair-claim-contract.ts';
import { removalsContract } from './removals-contract.ts';
import { definitionsContract } from './definitions-contract.ts';
import { pausesContract } from './pauses-contract.ts';
import { rulesContract } from './rules-contract.ts';
import { foreignRecordsContract } from './foreign-records-contract.ts';
import { ruleDaysContract } from './rule-days-contract.ts';
import { webhookContract } from './webhook-contract.ts';
import { openStoreHere } from './postgres-here.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.close());

// Each in a block of its own: what one opens before its tests, the others need not open.
describe.each(
  Object.entries({
    storeContract,
    webhookContract,
    deadLettersContract,
    evaluationsContract,
    leasesContract,
    datasetsContract,
    definitionsContract,
    runsContract,
    budgetsContract,
    rulesContract,
    foreignRecordsContract,
    fairClaimContract,
    pausesContract,
    removalsContract,
  }),
)('the store on PostgreSQL: %s', (_name, contract) => {
  contract(async () => openStoreHere(await server.createDatabase()));
});

describe('the store on PostgreSQL: ruleDaysContract', () => {
  ruleDaysContract(async () => {
    const url = await server.createDatabase();
    return [await openStoreHere(url), await openStoreHere(url)];
  });
});
