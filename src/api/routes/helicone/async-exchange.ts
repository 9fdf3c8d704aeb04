/** From a posted log to the exchange that a proxied call would have been. Recording it is left to whoever asks. */
import type { Directives } from '../../../model/directives.ts';
import type { Ending } from '../../../model/ending.ts';
import type { Capture, Exchange, Provider } from '../../../model/exchange.ts';
import { hideSecrets } from '../../../providers/query-secrets.ts';
import type { AsyncLog } from './async-model.ts';

export interface Around {
  id: string;
  projectId: string;
  upstream: string;
  provider: Provider;
  directives: Directives;
  credentials: string[];
  loggedResponseHeaders: readonly string[];
  nowMs: number;
}

export function exchangeOf({ providerRequest, providerResponse, timing }: AsyncLog, around: Around): Exchange {
  const { loggedResponseHeaders, nowMs, ...rest } = around;
  const request = Buffer.from(JSON.stringify(providerRequest.json));
  const isText = Boolean(providerResponse.textBody);
  const response = Buffer.from(isText ? providerResponse.textBody! : JSON.stringify(providerResponse.json ?? null));
  const startedAtMs = timing ? instant(timing.startTime) : nowMs;
  const endedAtMs = timing ? instant(timing.endTime) : nowMs;
  const firstByteMs = timing?.timeToFirstToken ?? undefined;
  const { target, path, credentials } = splitUrl(providerRequest.url);
  const { status, ending } = endingOf(providerResponse.status);
  return {
    ...rest,
    target,
    method: 'POST',
    path,
    status,
    errorCode: undefined,
    ending,
    startedAtMs,
    firstByteMs,
    durationMs: Math.max(0, endedAtMs - startedAtMs),
    arrivals: firstByteMs === undefined ? [] : [response.length, firstByteMs],
    requestHeaders: { 'content-type': 'application/json' },
    responseHeaders: {
      ...headersOf(providerResponse.headers, loggedResponseHeaders),
      'content-type': isText ? textType(providerResponse.textBody!) : 'application/json',
    },
    request: whole(request),
    response: whole(response),
    credentials: [...around.credentials, ...credentials],
  };
}

/** Some loggers send seconds with a fraction; times are whole milliseconds. */
function instant({ seconds, milliseconds }: { seconds: number; milliseconds: number }): number {
  return Math.round(seconds * 1000 + milliseconds);
}

/** Helicone's clients report a cancelled stream as -3 and one that fell silent as -2. */
function endingOf(status: number): { status: number | undefined; ending: Ending } {
  if (status >= 100) return { status, ending: 'ended' };
  const ending = status === -3 ? 'client_aborted' : status === -2 ? 'timeout' : 'upstream_aborted';
  return { status: undefined, ending };
}

function whole(bytes: Buffer): Capture {
  return { parts: [bytes], kept: bytes.length, size: bytes.length, truncated: false, sha256: undefined };
}

/** The body is stored decoded, so its content-encoding and length are not kept. */
function headersOf(given: Record<string, string>, logged: readonly string[]): Record<string, string> {
  const entries = Object.entries(given).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(entries.filter(([name]) => logged.includes(name) && name !== 'content-encoding'));
}

function textType(body: string): string {
  return /^\s*(data|event|id|retry|):/m.test(body.slice(0, 1000)) ? 'text/event-stream' : 'text/plain';
}

/** Origin and path, without user name and password and with secret query values struck out; any text is taken. */
function splitUrl(text: string): { target: string; path: string; credentials: string[] } {
  const credentials: string[] = [];
  const url = URL.parse(text);
  if (url === null || url.host === '') {
    const bare = text.replace(
      /^((?:\w[\w.+-]*:)?\/\/)?([^/?#@:]*):([^/?#@]*)@/,
      (_all, scheme: string | undefined, ...given) => {
        credentials.push(...given.slice(0, 2).filter((value: string) => value !== ''));
        return scheme ?? '';
      },
    );
    return { target: 'custom', path: hideSecrets(bare, credentials), credentials };
  }
  credentials.push(...[url.username, url.password].filter((value) => value !== ''));
  // Not url.origin, which is `null` for other schemes than HTTP's.
  const target = `${url.protocol}//${url.host}`;
  return { target, path: hideSecrets(url.pathname + url.search, credentials), credentials };
}
