/**
 * Which provider a call goes to: base URL, wire format and credential, from the route and, where switched on, from
 * Helicone-Target-URL. A stored key goes to its own upstream's origin and nowhere else, and never in place of a
 * credential that the client sent. Sending is left to forward.ts.
 */
import { GatewayError } from '../errors.ts';
import type { Provider } from '../model/exchange.ts';
import { isReserved } from '../model/reserved-names.ts';
import { credentialHeader } from '../providers/credential.ts';
import { hasQueryCredential } from '../providers/query-secrets.ts';
import type { GatewayOptions, Upstream } from './options.ts';
import { readRoute } from './routes.ts';

export interface Target {
  name: string;
  provider: Provider;
  origin: string;
  /** Path of the base URL without its last slash; empty for most. */
  basePath: string;
  /** Origin and base path, as the log says it; the path of a call has the base path again. */
  url: string;
  /** Header name and value of the stored credential. */
  credential: readonly [string, string] | undefined;
  key: string | undefined;
  /** Named by the client and no upstream of the settings: its address is judged before it is connected to. */
  chosenByClient: boolean;
}

export interface Destination {
  target: Target;
  /** Path and query, base path included. */
  path: string;
}

/** Prepares the targets of the configured upstreams, so that no URL is parsed per call. */
export function readTargets(upstreams: ReadonlyMap<string, Upstream>): Map<string, Target> {
  return new Map([...upstreams].map(([name, upstream]) => [name, toTarget(upstream)]));
}

/**
 * Where a call goes. Throws: `upstream_unknown`, `not_found` (a name of our own), `upstream_not_configured`, `invalid_directive` (a URL that is none),
 * `target_not_allowed`.
 */
export function findDestination(
  path: string,
  targetUrl: string | undefined,
  targets: ReadonlyMap<string, Target>,
  options: Pick<GatewayOptions, 'defaultUpstream' | 'targetUrl' | 'unconfigured'>,
): Destination {
  if (targetUrl !== undefined) return { target: readTargetUrl(targetUrl, targets, options.targetUrl), path };
  const route = readRoute(path);
  const name = route.name ?? options.defaultUpstream;
  const target = targets.get(name);
  if (target === undefined) {
    if (options.unconfigured.has(name)) throw new GatewayError('upstream_not_configured', notConfigured(name));
    if (isReserved(name)) throw new GatewayError('not_found', reserved(name, targets));
    throw new GatewayError('upstream_unknown', unknown(name, targets));
  }
  const whole = target.basePath + route.rest;
  return { target, path: whole.startsWith('/') ? whole : `/${whole}` };
}

/** The header that the stored key adds; undefined where the client brought its own credential or none is stored. */
export function storedCredential(
  destination: Destination,
  clientHasCredential: boolean,
): readonly [string, string] | undefined {
  const { credential } = destination.target;
  return clientHasCredential || hasQueryCredential(destination.path) ? undefined : credential;
}

/** What is said of an address that may not be connected to: what a name stands for in our network is nothing that a caller is told. */
export function refusedTarget({ target }: Destination): string {
  return (
    `${target.name} of Helicone-Target-URL does not lead to the public internet with TLS, and no network of ` +
    'targetUrl.allowedNetworks has its address.'
  );
}

function toTarget(upstream: Upstream): Target {
  const url = new URL(upstream.url);
  const basePath = url.pathname.replace(/\/+$/, '');
  return {
    name: upstream.name,
    provider: upstream.provider,
    origin: url.origin,
    basePath,
    url: url.origin + basePath,
    credential: upstream.key === undefined ? undefined : credentialHeader(upstream.provider, upstream.key),
    key: upstream.key,
    chosenByClient: false,
  };
}

/** Of the URL only the origin counts, as at Helicone: the path is the request's own. */
function readTargetUrl(
  value: string,
  targets: ReadonlyMap<string, Target>,
  settings: GatewayOptions['targetUrl'],
): Target {
  if (!settings.enabled) throw new GatewayError('target_not_allowed');
  const url = parseUrl(value);
  if (!settings.allowedHosts.some((allowed) => allows(allowed, url)))
    throw new GatewayError('target_not_allowed', {
      message: `The host ${url.host} of Helicone-Target-URL is not in targetUrl.allowedHosts of gradeway.yaml.`,
    });
  for (const target of targets.values())
    if (target.origin === url.origin) return { ...target, basePath: '', url: url.origin };
  return {
    name: url.host,
    provider: 'openai',
    origin: url.origin,
    basePath: '',
    url: url.origin,
    credential: undefined,
    key: undefined,
    chosenByClient: true,
  };
}

function parseUrl(value: string): URL {
  const invalid = (what: string): GatewayError =>
    new GatewayError('invalid_directive', {
      message: `Helicone-Target-URL ${what}. Send an origin such as https://api.example.com.`,
    });
  // WHATWG parsing drops tabs and line ends and turns backslashes into slashes: such a value is not what it looks like.
  if (/[\s\\]/.test(value)) throw invalid('has blanks or backslashes in it');
  if (!URL.canParse(value)) throw invalid('is not a URL');
  const url = new URL(value);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw invalid('is neither https nor http');
  if (url.username !== '' || url.password !== '') throw invalid('carries credentials, which belong into a header');
  if (url.hostname === '') throw invalid('names no host');
  return url;
}

/** `api.example.com` (any port), `api.example.com:8443`, or `*.example.com` (whatever is below, any port). */
function allows(allowed: string, url: URL): boolean {
  const wanted = allowed.toLowerCase();
  if (wanted.startsWith('*.')) return url.hostname.endsWith(wanted.slice(1)) && url.hostname.length > wanted.length - 1;
  return url.hostname === wanted || url.host === wanted || `${url.hostname}:${url.port || defaultPort(url)}` === wanted;
}

function defaultPort(url: URL): string {
  return url.protocol === 'https:' ? '443' : '80';
}

function notConfigured(name: string): { message: string } {
  const variable = `GRADEWAY_UPSTREAM_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_URL`;
  return { message: `The upstream ${name} has no URL. Set ${variable} or upstreams.${name}.url in gradeway.yaml.` };
}

function reserved(name: string, targets: ReadonlyMap<string, Target>): { message: string } {
  const place =
    name === 'v1'
      ? 'Nothing is at /v1 itself'
      : `/${name} is Gradeway's own and no upstream, and nothing is at this path`;
  return { message: `${place}. ${advice(targets)}` };
}

/** What the client wrote is not echoed unless it can be nothing but a name. */
function unknown(name: string, targets: ReadonlyMap<string, Target>): { message: string } {
  const shown = /^[A-Za-z0-9._/-]{1,64}$/.test(name) ? ` ${name}` : '';
  return { message: `There is no upstream${shown}. ${advice(targets)}` };
}

function advice(targets: ReadonlyMap<string, Target>): string {
  const known = [...targets.keys()].slice(0, 20).join(', ');
  return `Use /v1/* for the default upstream, or /{name}/* for one of: ${known}. gradeway.yaml can name others.`;
}
