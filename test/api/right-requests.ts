/** A request that each route takes, found out by asking: for tests that look at every route and must not name each. */
import type { Route } from '../../src/api/route.ts';
import { judgeDefinition } from '../fixtures/definition.ts';
import type { NewLog } from '../../src/store/store.ts';
import type { ServedApi } from './served-api.ts';

/** What of a project requests are about. */
export interface Things {
  log: NewLog;
  webhook: string;
  /** Name of a rule. Requests attach rules to an evaluator `none`. */
  rule: string;
  /** Id of a dead letter. */
  deadLetter: number;
  /** Name of an evaluator. */
  evaluator: string;
  /** Name of an alert. */
  alert: string;
  /** Name of a dataset. */
  dataset: string;
  /** Of one datapoint, with posted outputs and the posted evaluator `panel`; and that datapoint. */
  run: string;
  datapoint: string;
  /** Name of a property of the log. */
  property: string;
  /** Of a job of the evaluator `external`, */
  lease: string;
  /** and of one of the evaluator `human`. */
  claim: string;
}

export interface Reply {
  status: number;
  text: string;
}

/** What only evaluators of kind `human` have. */
const FOR_PEOPLE = /\/(?:queue|claim|answer|skip)$/;

/** What only those of kind `external` have. */
const FOR_WORKERS = /\/(?:lease|lease\/\w+|complete)$/;

/** Method and path as the API has them, without patterns of parameters. */
export function nameOf({ method, path }: Route): string {
  return `${method} ${path.replaceAll(/\{.*?\}(?=\/|$)/g, '')}`;
}

/** The path with things of the project for its parameters. */
export function filledPath(
  { path }: Route,
  { log, webhook, rule, property, deadLetter, dataset, evaluator, run, alert }: Things,
): string {
  const values: Record<string, string> = {
    'request/:id': log.id,
    'logs/:id': log.id,
    'evals/:id': log.requestId,
    'session/:id': log.sessionId!,
    'webhooks/:id': webhook,
    'rules/:rule': rule,
    'deliveries/:delivery': '1',
    'dead-letters/:id': String(deadLetter),
    'datasets/:dataset': dataset,
    'alerts/:alert': alert,
    'versions/:version': '1',
    'runs/:run': run,
    'scores/:name': 'fit',
    'property/:name': property,
    'properties/:name': property,
    'docs/:file': 'start.js',
    'evaluators/:evaluator': FOR_PEOPLE.test(path) ? 'human' : FOR_WORKERS.test(path) ? 'external' : evaluator,
  };
  return path.replaceAll(/(?<=\/)([\w-]+)\/:(\w+)(?:\{.*?\}(?=\/|$))?/g, (_whole, before: string, name: string) => {
    const value = values[`${before}/:${name}`];
    if (value === undefined) throw new Error(`say in right-requests.ts what stands for :${name} in ${path}`);
    return `${before}/${value}`;
  });
}

/** Sends a request; of an answer without end it reads the beginning. */
export async function ask(
  api: ServedApi,
  { method, path, body, token }: { method: string; path: string; body?: unknown; token?: string | undefined },
): Promise<Reply> {
  const response = await fetch(api.url + path, {
    method,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    body: body === undefined || method === 'GET' ? null : JSON.stringify(body),
  });
  const isEndless = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (!isEndless) return { status: response.status, text: await response.text() };
  const reader = response.body!.getReader();
  const first = await reader.read();
  await reader.cancel();
  return { status: response.status, text: Buffer.from(first.value ?? '').toString() };
}

/**
 * A body that the route takes; undefined where it needs none. Begins with an empty one and adds what the route says is
 * missing, or takes another value for what it says is wrong.
 */
export async function rightBody(
  api: ServedApi,
  route: Route,
  { things, token }: { things: Things; token?: string },
): Promise<Record<string, unknown> | undefined> {
  const { method } = route;
  if (method === 'GET' || method === 'DELETE') return undefined;
  // Waits for half a minute where it is not told to come back.
  if (route.path.endsWith('/lease')) return { waitSeconds: 0 };
  // Takes none, and to ask would end what others are about.
  if (route.path.endsWith('/:run/cancel')) return undefined;
  // A line of a file, which says what is wrong by lines.
  if (route.path.endsWith('/:dataset/import')) return { inputs: { question: 'why?' } };
  const fields = fieldValues(api, route, things);
  const path = filledPath(route, things);
  const tried = new Map<string, number>();
  let reply: Reply | undefined;
  for (let tries = 0; tries < 20; tries += 1) {
    const body = Object.fromEntries([...tried].map(([name, at]) => [name, fields[name]![at]]));
    reply = await ask(api, { method, path, body, token });
    if (reply.status !== 422 && reply.status !== 400) return body;
    const wrong = new Set([...reply.text.matchAll(/"?(?:requestBody|body)\.([\w-]+)/g)].map(([, name]) => name!));
    if (reply.status === 400) for (const name of Object.keys(fields)) if (reply.text.includes(name)) wrong.add(name);
    const more = [...wrong].filter((name) => (tried.get(name) ?? -1) + 1 < (fields[name]?.length ?? 0));
    if (more.length === 0) break;
    for (const name of more) tried.set(name, (tried.get(name) ?? -1) + 1);
  }
  throw new Error(`say in right-requests.ts what ${nameOf(route)} takes: ${reply?.status} ${reply?.text}`);
}

/** A run of the dataset's first datapoint, to which outputs and results of `panel` are to be posted. */
export async function postedRun(
  api: ServedApi,
  dataset: string,
  auth: Record<string, string>,
): Promise<{ run: string; datapoint: string }> {
  const spec = { name: dataset, dataset: { name: dataset }, outputs: { from: 'posted' } };
  const evaluators = [{ name: 'panel', posted: true }];
  const made = await api.call('POST', '/api/v1/runs', { ...spec, evaluators }, auth);
  const page = await api.call('GET', `/api/v1/datasets/${dataset}/datapoints`, undefined, auth);
  return {
    run: (made.json as { id: string }).id,
    datapoint: (page.json as { datapoints: { id: string }[] }).datapoints[0]!.id,
  };
}

/** Values that a field of a body may have, in one route or another. */
function fieldValues(
  api: ServedApi,
  { path }: Route,
  { log, property, lease, claim, dataset, datapoint, run }: Things,
): Record<string, unknown[]> {
  const [start, end] = [log.startedAtMs - 3_600_000, log.startedAtMs + 3_600_000];
  const iso = { start: new Date(start).toISOString(), end: new Date(end).toISOString() };
  const inMs = { startTimeUnixMs: start, endTimeUnixMs: end };
  const inSeconds = { startTimeUnixSeconds: start / 1000, endTimeUnixSeconds: end / 1000 };
  return {
    value: [1, 'pro'],
    scores: [{ fit: 1 }],
    rating: [true],
    name: ['fit'],
    definition: [judgeDefinition()],
    kind: ['judge'],
    returns: ['boolean'],
    settings: [{ template: '{{ log.output_text }}', model: 'gpt-4o', upstream: 'openai' }],
    score: [1],
    'helicone-id': [log.id],
    requestIds: [[log.id, log.requestId]],
    key: ['plan'],
    filter: ['all', {}],
    userFilter: ['all', {}],
    offset: [0],
    limit: [10],
    search: [''],
    searchTerm: [''],
    nameContains: [''],
    propertyKey: [property],
    timeFilter: [iso, inMs, inSeconds],
    timezoneDifference: [0],
    timeZoneDifference: [0],
    timeZoneDifferenceMinutes: [0],
    dbIncrement: ['hour'],
    pSize: ['p75'],
    useInterquartile: [false],
    destination: [`${api.url}/hook`],
    watch: [{ kind: 'errors' }],
    when: [{ above: 0.5 }],
    config: [{}],
    providerRequest: [{ url: 'x', json: {}, meta: {} }],
    providerResponse: [{ json: {}, status: 200, headers: {} }],
    measure: [{ log: 'durationMs' }],
    measures: [[{ log: 'error' }, { score: 'fit' }]],
    bucket: ['day'],
    before: [{ toMs: start }],
    after: [{ fromMs: start }],
    tag: ['done'],
    bodyDays: [3650],
    logDays: [3650],
    dataset: [{ name: dataset }],
    outputs: [{ from: 'existing' }, [{ datapointId: datapoint, output: 'so' }]],
    results: [[{ datapointId: datapoint, evaluator: 'panel', value: 1 }]],
    baseline: [run],
    gates: [[{ score: 'panel', atLeast: 0 }]],
    put: [[{ inputs: { question: 'why?' } }]],
    fromMs: [start],
    toMs: [end],
    // Of none: what is asked for to find a body out must not change what tests look at afterwards.
    evaluator: ['none'],
    lease: [FOR_PEOPLE.test(path) ? claim : lease],
    by: ['anna'],
    leases: [[lease]],
    abstain: [true],
  };
}
