/**
 * The keys that let callers in, held in memory so that a call waits for no query: read again every two seconds (a revoked
 * key works no longer than that), and at once when a well-formed key is unknown. Which scope a call needs is said by its
 * route; what a key looks like, by keys.ts.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Logger } from '../diagnostics.ts';
import { type Principal, SCOPES } from '../model/key.ts';
import { DEFAULT_PROJECT, type KeyStore } from '../store/store.ts';
import { KeyUses } from './key-uses.ts';
import { hashOf, looksLikeKey } from './keys.ts';

const REFRESH_MS = 2000;
/** Unknown keys cause at most this many reads a second, however many of them come. */
const LEAST_BETWEEN_READS_MS = 100;
const UNKNOWN_REMEMBERED = 4096;

/** Everybody, while no key was ever created: Gradeway then listens on loopback only. */
const ANYBODY: Principal = Object.freeze({ projectId: DEFAULT_PROJECT.id, keyId: null, scopes: SCOPES });

interface HeldKey {
  digest: Buffer;
  principal: Principal;
}

export interface KeyRingOptions {
  keys: Pick<KeyStore, 'list' | 'used'>;
  /** Told when the store did not answer; the keys known so far stay valid meanwhile. */
  logger?: Pick<Logger, 'warn'>;
  refreshMs?: number;
}

export class KeyRing {
  readonly #store: Pick<KeyStore, 'list'>;
  readonly #uses: KeyUses;
  readonly #logger: Pick<Logger, 'warn'> | undefined;
  readonly #timer: NodeJS.Timeout;
  #held = new Map<string, HeldKey>();
  #byId = new Map<string, Principal>();
  #required = false;
  /** Hashes of well-formed keys that are not in the store; forgotten at every read. */
  #unknown = new Set<string>();
  #reading: Promise<void> | undefined;
  /** A read that has not begun yet; all who missed wait for the same one. */
  #next: Promise<void> | undefined;
  #lastReadMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  private constructor(options: KeyRingOptions) {
    this.#store = options.keys;
    this.#logger = options.logger;
    this.#uses = new KeyUses(options.keys, options.logger);
    this.#timer = setInterval(() => {
      void this.#uses.flush();
      if (this.#reading === undefined) void this.refresh();
    }, options.refreshMs ?? REFRESH_MS);
    this.#timer.unref();
  }

  /** A ring with the store's keys in it. Rejects where they cannot be read: an unknown state must not let anybody in. */
  static async open(options: KeyRingOptions): Promise<KeyRing> {
    const ring = new KeyRing(options);
    try {
      await ring.#read();
    } catch (error) {
      await ring.close();
      throw error;
    }
    return ring;
  }

  /** Whether callers need a key: so once any was ever created, even when all of them are revoked by now. */
  required(): boolean {
    return this.#required;
  }

  /**
   * Who shows this key; undefined where nobody. Answers at once for known keys, malformed ones and none at all; a
   * well-formed unknown one waits for a read of the store, because it may have been created a moment ago.
   */
  authenticate(token: string | undefined): Principal | undefined | Promise<Principal | undefined> {
    if (token === undefined) return this.#required ? undefined : ANYBODY;
    if (!looksLikeKey(token)) return this.#required ? undefined : ANYBODY;
    const digest = hashOf(token);
    const hash = digest.toString('hex');
    const known = this.#find(hash, digest);
    if (known) return known;
    if (this.#unknown.has(hash)) return this.#required ? undefined : ANYBODY;
    return this.#readSoon().then(() => {
      const found = this.#find(hash, digest);
      if (found) return found;
      if (this.#unknown.size < UNKNOWN_REMEMBERED) this.#unknown.add(hash);
      return this.#required ? undefined : ANYBODY;
    });
  }

  /** Who holds the key of this id, as far as it is valid. */
  holderOf(keyId: string): Principal | undefined {
    const principal = this.#byId.get(keyId);
    if (principal !== undefined) this.#uses.note(keyId);
    return principal;
  }

  /** Reads the store's keys now. Never rejects: where the store does not answer, what was known stays. */
  async refresh(): Promise<void> {
    try {
      await this.#read();
    } catch (error) {
      if (!this.#closed) this.#logger?.warn({ err: error }, 'keys could not be read; those known so far stay valid');
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#uses.flush();
  }

  #find(hash: string, digest: Buffer): Principal | undefined {
    const held = this.#held.get(hash);
    if (held === undefined || !timingSafeEqual(held.digest, digest)) return undefined;
    this.#uses.note(held.principal.keyId!);
    return held.principal;
  }

  /** A read that begins after this call, and not too soon after the last one. */
  #readSoon(): Promise<void> {
    this.#next ??= this.#wait().then(() => {
      this.#next = undefined;
      return this.refresh();
    });
    return this.#next;
  }

  async #wait(): Promise<void> {
    const waitMs = this.#lastReadMs + LEAST_BETWEEN_READS_MS - performance.now();
    if (waitMs > 0) await new Promise((done) => setTimeout(done, waitMs));
  }

  /** Reads follow each other: an old answer that comes late would bring a revoked key back. */
  async #read(): Promise<void> {
    const before = this.#reading;
    const reading = (async () => {
      await before?.catch(() => undefined);
      this.#lastReadMs = performance.now();
      await this.#load();
    })();
    this.#reading = reading;
    try {
      await reading;
    } finally {
      if (this.#reading === reading) this.#reading = undefined;
    }
  }

  async #load(): Promise<void> {
    const rows = await this.#store.list();
    const held = new Map<string, HeldKey>();
    for (const { hash, id, projectId, scopes, revokedAtMs } of rows) {
      if (revokedAtMs !== null) continue;
      const principal: Principal = Object.freeze({ projectId, keyId: id, scopes: [...scopes] });
      held.set(hash, { digest: Buffer.from(hash, 'hex'), principal });
    }
    this.#held = held;
    this.#byId = new Map([...held.values()].map(({ principal }) => [principal.keyId!, principal]));
    this.#unknown.clear();
    this.#required ||= rows.length > 0;
  }
}
