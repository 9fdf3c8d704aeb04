/**
 * Webhooks on the serving side: keeps the recorder told of which there are (again every two seconds, for other processes
 * change them too), and holds what the API needs of them. Deliveries themselves run on the thread of evaluation.
 */
import { signedBodyPath } from '../api/body-url.ts';
import type { WebhookParts } from '../api/route.ts';
import type { Config } from '../config.ts';
import { isLoopback } from '../config/binding.ts';
import type { Logger } from '../diagnostics.ts';
import type { WebhookRule } from '../model/webhook.ts';
import type { Store } from '../store/store.ts';
import { addressPolicy, LOOPBACK } from '../outbound/address-policy.ts';
import { Sender } from '../webhooks/sender.ts';

/** What a thread needs in order to deliver. */
export interface DeliverySettings {
  allowedNetworks: string[];
  timeoutMs: number;
  /** Where this gateway can be reached from outside; undefined where that is not known. */
  publicUrl: string | undefined;
  bodySecret: Uint8Array;
  /** Signs what scores may be posted with later. */
  tokenSecret: Uint8Array;
}

const REFRESH_MS = 2000;
/** How long the address of a log's bodies in a delivery works. */
const BODY_URL_SECONDS = 24 * 3600;

/** Settings with the networks that they allow; a gateway that only this machine can reach may call this machine. */
export function withOwnNetworks<Of extends { allowedNetworks: string[] }>(
  settings: Of,
  { host }: Pick<Config['server'], 'host'>,
): Of {
  return isLoopback(host) ? { ...settings, allowedNetworks: [...settings.allowedNetworks, ...LOOPBACK] } : settings;
}

/** The setting, else where it listens. An address that means all of a machine's is none that somebody could ask. */
export function publicUrlOf({ server }: Pick<Config, 'server'>, listening: string | undefined): string | undefined {
  if (server.publicUrl !== '') return server.publicUrl.replace(/\/$/, '');
  return ['0.0.0.0', '::'].includes(server.host) ? undefined : listening;
}

/** The address of a log's bodies for the receiver of a delivery. */
export function bodyUrl(
  { id, projectId }: { id: string; projectId: string },
  { publicUrl, bodySecret }: Pick<DeliverySettings, 'publicUrl' | 'bodySecret'>,
  nowMs: number,
): string | undefined {
  if (publicUrl === undefined) return undefined;
  const expiresAt = Math.floor(nowMs / 1000) + BODY_URL_SECONDS;
  return publicUrl + signedBodyPath({ projectId, logId: id, expiresAt }, bodySecret);
}

export interface WebhookWatchOptions {
  store: Pick<Store, 'webhooks'>;
  /** Told of all webhooks whenever they have changed. */
  onRules(rules: WebhookRule[]): void;
  logger: Pick<Logger, 'warn'>;
}

export class WebhookWatch {
  readonly #options: WebhookWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #told = '[]';
  #reading: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: WebhookWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.refresh(), REFRESH_MS).unref();
  }

  /** Reads them now; what the recorder is sent afterwards it matches against these. Never rejects. */
  refresh(): Promise<void> {
    // One after another: an old answer must not replace a newer one.
    this.#reading = this.#reading.then(() => this.#read());
    return this.#reading;
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
  }

  async #read(): Promise<void> {
    const { store, logger } = this.#options;
    try {
      const webhooks = await store.webhooks.enabled();
      const rules = webhooks.map(({ id, projectId, samplePercent, propertyFilters }): WebhookRule => ({
        id,
        projectId,
        samplePercent,
        propertyFilters,
      }));
      const text = JSON.stringify(rules);
      if (text === this.#told || this.#isClosed) return;
      this.#told = text;
      this.#options.onRules(rules);
    } catch (error) {
      if (!this.#isClosed) logger.warn({ err: error }, 'webhooks could not be read; those known so far are told');
    }
  }
}

/** What the API is given. The sender is for tests of a webhook, which are sent while the caller waits. */
export function webhookParts(
  config: Config,
  { watch, wake }: { watch: WebhookWatch; wake: () => void },
): WebhookParts & { close(): Promise<void> } {
  const policy = addressPolicy(withOwnNetworks(config.webhooks, config.server).allowedNetworks);
  const sender = new Sender({ policy, timeoutMs: config.webhooks.timeoutMs });
  return {
    policy,
    send: (message) => sender.send(message),
    changed: () => watch.refresh(),
    wake,
    close: () => sender.close(),
  };
}
