/** Whether a write failed for the store's sake (it may be tried again later) or for what was written. */

/** SQLite's own failures, by the codes of better-sqlite3. */
const SQLITE = /^SQLITE_(FULL|BUSY|LOCKED|IOERR|CORRUPT|NOTADB|READONLY|CANTOPEN|NOMEM|PROTOCOL|PERM|INTERRUPT)/;
/** SQLSTATE; what is about the data are classes 22 (its values), 23 (constraints) and 54 (its size). */
const SQLSTATE = /^[0-9A-Z]{5}$/;
const ABOUT_DATA = /^(22|23|54)/;
/** Node's own, of sockets and names. */
const NETWORK = /^E(CONN|TIMEDOUT|PIPE|NOTFOUND|AI_|HOST|NET|ADDR)/;

export function isStoreFailure(error: unknown): boolean {
  const code = String((error as { code?: unknown }).code);
  return SQLITE.test(code) || NETWORK.test(code) || (SQLSTATE.test(code) && !ABOUT_DATA.test(code));
}
