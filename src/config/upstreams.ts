/**
 * Which upstreams there are: the ready-made ones, those of gradeway.yaml, and those of GRADEWAY_UPSTREAM_<NAME>_URL and
 * _KEY, in rising order of precedence. Keys come from the environment only and are never quoted in a message. How a path
 * is joined to an upstream's URL is the gateway's matter.
 */
import { PROVIDERS, type Provider } from '../model/exchange.ts';
import { RESERVED_NAMES, isReserved } from '../model/reserved-names.ts';
import { READY_MADE } from '../providers/ready-made.ts';
import type { SettingsFile } from './file.ts';
import { nearest } from '../model/nearest.ts';
import { type Problem, quoted } from './problem.ts';

export interface Upstream {
  name: string;
  /** Scheme, host, port and base path; no slash at its end. */
  url: string;
  provider: Provider;
  /** Sent where the client sends no credential of its own; to this upstream's own origin only. */
  key: string | undefined;
}

export interface UpstreamSettings {
  upstreams: Map<string, Upstream>;
  /** Ready-made ones without a URL: they exist once somebody gives them one. */
  unconfigured: Set<string>;
  /** What `gradeway doctor` shows: `upstreams.<name>.url` and `.key` -> where the value comes from. */
  sources: Map<string, string>;
}

const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const VARIABLE = /^GRADEWAY_UPSTREAM_(.*)_(URL|KEY)$/;

/** Whether a variable is one of the two of an upstream, whatever its name. */
export function isUpstreamVariable(variable: string): boolean {
  return VARIABLE.test(variable);
}

/** Puts the upstreams together; what is wrong is added to `problems`. */
export function readUpstreams(
  file: SettingsFile,
  env: Readonly<Record<string, string | undefined>>,
  problems: Problem[],
): UpstreamSettings {
  const draft = new Map<string, Draft>();
  for (const [name, { url, provider }] of Object.entries(READY_MADE))
    draft.set(name, { url: url ?? undefined, provider, urlFrom: 'ready-made', keyFrom: undefined, at: '' });
  addFile(draft, file, env, problems);
  addEnvironment(draft, env, problems);

  const result: UpstreamSettings = { upstreams: new Map(), unconfigured: new Set(), sources: new Map() };
  for (const [name, one] of draft) {
    if (one.url === undefined) {
      if (Object.hasOwn(READY_MADE, name)) result.unconfigured.add(name);
      else problems.push({ at: one.at, message: missingUrl(name) });
      continue;
    }
    const key = one.keyFrom === undefined ? undefined : readKey(one.keyFrom, env, problems);
    result.upstreams.set(name, { name, url: one.url, provider: one.provider, key });
    result.sources.set(`upstreams.${name}.url`, one.urlFrom);
    if (key !== undefined) result.sources.set(`upstreams.${name}.key`, one.keyFrom!);
  }
  return result;
}

interface Draft {
  url: string | undefined;
  provider: Provider;
  urlFrom: string;
  keyFrom: string | undefined;
  at: string;
}

function addFile(
  draft: Map<string, Draft>,
  file: SettingsFile,
  env: Readonly<Record<string, string | undefined>>,
  problems: Problem[],
): void {
  for (const [name, { at, fields }] of file.upstreams) {
    if (!checkName(name, at, problems)) continue;
    const one: Draft = { ...(draft.get(name) ?? newDraft(at)), at };
    const url = fields.get('url');
    if (url) {
      one.url = readUrl(url.value, `upstreams.${name}.url`, url.at, problems) ?? one.url ?? 'wrong';
      one.urlFrom = url.at;
    }
    const provider = fields.get('provider');
    if (provider) {
      if (PROVIDERS.includes(provider.value as Provider)) one.provider = provider.value as Provider;
      else
        problems.push({
          at: provider.at,
          message: `upstreams.${name}.provider ${quoted(provider.value)} is not one of ${PROVIDERS.join(', ')}. Use openai for whatever is compatible with it.`,
        });
    }
    const keyFrom = fields.get('keyFrom');
    if (keyFrom) {
      if (typeof keyFrom.value !== 'string' || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(keyFrom.value))
        problems.push({
          at: keyFrom.at,
          // Whoever misreads the setting writes the key itself here, so the value is not repeated.
          message: `upstreams.${name}.keyFrom is not the name of an environment variable. Give the name, such as MY_KEY, and never the key.`,
        });
      else if (!env[keyFrom.value])
        problems.push({
          at: keyFrom.at,
          // Many a key looks like the name of a variable, so this one is not repeated either.
          message: `upstreams.${name}.keyFrom names an environment variable that is not set. Set it, or remove this line. If it is the key itself, put that into a variable and its name here.`,
        });
      else one.keyFrom = keyFrom.value;
    }
    draft.set(name, one);
  }
}

function addEnvironment(
  draft: Map<string, Draft>,
  env: Readonly<Record<string, string | undefined>>,
  problems: Problem[],
): void {
  // URLs before keys: a key is only for an upstream that exists.
  const variables = Object.keys(env)
    .filter((variable) => env[variable] && isUpstreamVariable(variable))
    .toSorted((a, b) => b.slice(-3).localeCompare(a.slice(-3)) || a.localeCompare(b));
  for (const variable of variables) {
    const [, upper, what] = VARIABLE.exec(variable)!;
    const name = upper!.toLowerCase().replaceAll('_', '-');
    if (!checkName(name, variable, problems)) continue;
    const one = draft.get(name);
    if (what === 'URL') {
      const url = readUrl(env[variable], 'it', variable, problems);
      draft.set(name, { ...(one ?? newDraft(variable)), url: url ?? one?.url ?? 'wrong', urlFrom: variable });
    } else if (one) {
      one.keyFrom = variable;
    } else {
      const meant = nearest(name, draft.keys());
      const hint = meant === undefined ? '' : ` Did you mean GRADEWAY_UPSTREAM_${variableName(meant)}_KEY?`;
      problems.push({ at: variable, message: `there is no upstream '${name}'.${hint} ${missingUrl(name)}` });
    }
  }
}

function newDraft(at: string): Draft {
  return { url: undefined, provider: 'openai', urlFrom: '', keyFrom: undefined, at };
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

function missingUrl(name: string): string {
  return `Upstream '${name}' has no URL. Set upstreams.${name}.url or GRADEWAY_UPSTREAM_${variableName(name)}_URL.`;
}

function checkName(name: string, at: string, problems: Problem[]): boolean {
  if (isReserved(name))
    problems.push({
      at,
      message: `an upstream cannot be called '${name}', which is a path of Gradeway's own. Take another name than ${RESERVED_NAMES.join(', ')}.`,
    });
  else if (!NAME.test(name))
    problems.push({
      at,
      message: `${quoted(name)} is not a name for an upstream. Use small letters, digits and hyphens, a letter first, at most 40.`,
    });
  else return true;
  return false;
}

function readUrl(value: unknown, what: string, at: string, problems: Problem[]): string | undefined {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  let wrong: string | undefined;
  if (url === null) wrong = 'is not a URL. Give one like https://api.example.com';
  else if (url.protocol !== 'https:' && url.protocol !== 'http:') wrong = 'does not start with https:// or http://';
  else if (url.username !== '' || url.password !== '')
    wrong = 'carries a user name or password. Take them out; a key comes from the environment';
  else if (url.search !== '' || url.hash !== '')
    wrong = "has a query or fragment. Give it without, clients' own queries are passed on";
  if (wrong === undefined) return url!.origin + url!.pathname.replace(/\/+$/, '');
  problems.push({ at, message: `${what} ${quoted(value)} ${wrong}.` });
  return undefined;
}

function readKey(
  variable: string,
  env: Readonly<Record<string, string | undefined>>,
  problems: Problem[],
): string | undefined {
  const key = env[variable]!;
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  problems.push({
    at: variable,
    message: 'the key has a blank, a line break or a character outside ASCII in it, and could not be sent as a header.',
  });
  return undefined;
}

/** Wire formats of upstreams, by name. */
export function providersOf(upstreams: ReadonlyMap<string, Upstream>): Map<string, Provider> {
  return new Map([...upstreams].map(([name, { provider }]) => [name, provider]));
}
