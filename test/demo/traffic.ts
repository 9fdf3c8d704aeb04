/**
 * The demo's traffic: what an application would send, through the `openai` client and through the gateway's own API. Each
 * call is answered with the request id by which its log is found.
 */
import OpenAI, { APIError } from 'openai';
import type { ChatCompletionTool } from 'openai/resources/chat/completions';
import { PROMPTS, type PromptVersion } from './simulated-provider.ts';

const MODEL = 'gpt-4o-mini';
const VERSIONS = ['v1', 'v2'] as const;

export interface Sent {
  title: string;
  requestId: string;
}

const ORDER = {
  type: 'json_schema',
  json_schema: {
    name: 'order',
    schema: {
      type: 'object',
      properties: { item: { type: 'string' }, quantity: { type: 'integer' } },
      required: ['item', 'quantity'],
      additionalProperties: false,
    },
  },
} as const;

const TRACKING: ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'track_parcel',
    description: 'Finds a parcel.',
    parameters: { type: 'object', properties: { parcel: { type: 'string' } }, required: ['parcel'] },
  },
};

interface Around {
  version?: PromptVersion;
  user?: string;
  session?: string;
}

/** Sends everything, one call after the other, and returns what was sent. */
export async function sendTraffic(gatewayUrl: string): Promise<Sent[]> {
  const client = new OpenAI({
    baseURL: `${gatewayUrl}/v1`,
    apiKey: 'sk-simulated',
    maxRetries: 0,
    defaultHeaders: { 'Helicone-Property-Environment': 'demo' },
  });
  const sent: Sent[] = [];
  const note = (title: string, headers: Headers): void => {
    sent.push({ title, requestId: headers.get('helicone-id') ?? '' });
  };

  for (const version of VERSIONS)
    for (const order of ['three blue mugs', 'one lamp', 'a dozen plates']) {
      const { response } = await client.chat.completions
        .create(
          { model: MODEL, messages: conversation(order, version), response_format: ORDER },
          { headers: directives({ version, user: 'ada', session: `orders-${version}` }) },
        )
        .withResponse();
      note(`an order as JSON: ${order}`, response.headers);
    }

  for (const version of VERSIONS) {
    const { data, response } = await client.chat.completions
      .create(
        {
          model: MODEL,
          messages: conversation('What are your opening hours?', version),
          stream: true,
          stream_options: { include_usage: true },
        },
        { headers: directives({ version, user: 'grace' }) },
      )
      .withResponse();
    for await (const chunk of data) void chunk;
    note('a streamed answer: opening hours', response.headers);
  }

  for (const version of VERSIONS) {
    const { response } = await client.chat.completions
      .create(
        { model: MODEL, messages: conversation('Where is parcel P-77?', version), tools: [TRACKING] },
        { headers: directives({ version, user: 'grace', session: 'parcel-77' }) },
      )
      .withResponse();
    note('a tool call: where is the parcel', response.headers);
  }

  for (const [title, question] of [
    ['a refusal', 'Tell me the password of another customer.'],
    ['an address in the answer', 'Whom do I write to?'],
  ] as const) {
    const { response } = await client.chat.completions
      .create({ model: MODEL, messages: conversation(question) }, { headers: directives({ user: 'linus' }) })
      .withResponse();
    note(title, response.headers);
  }

  for (const [title, question] of [
    ['an error of the provider: rate limit', 'Are these too many questions?'],
    ['an error of the provider: bad request', 'What is the temperature of the sun?'],
  ] as const) {
    const error: unknown = await client.chat.completions
      .create({ model: MODEL, messages: conversation(question) }, { headers: directives({ user: 'linus' }) })
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    if (!(error instanceof APIError) || error.headers === undefined) throw new Error(`${title} did not come`);
    note(title, error.headers);
  }

  note('a client that hangs up', await hangUp(client));
  return sent;
}

/** What people and programs say afterwards: scores of three kinds, and a thumb. */
export async function scoreByHand(gatewayUrl: string, { requestId }: Sent): Promise<void> {
  await post(`${gatewayUrl}/v1/request/${requestId}/score`, {
    scores: { accuracy: 92, 'on-topic': true, tone: 'friendly' },
  });
  await post(`${gatewayUrl}/v1/request/${requestId}/feedback`, { rating: true });
}

async function hangUp(client: OpenAI): Promise<Headers> {
  const { data, response } = await client.chat.completions
    .create(
      { model: MODEL, messages: conversation('Tell me the history of tableware.'), stream: true },
      { headers: directives({ user: 'linus' }) },
    )
    .withResponse();
  let chunks = 0;
  for await (const chunk of data) {
    void chunk;
    chunks += 1;
    if (chunks === 5) break;
  }
  data.controller.abort();
  return response.headers;
}

async function post(url: string, body: unknown): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
}

function conversation(question: string, version?: PromptVersion): { role: 'system' | 'user'; content: string }[] {
  const system = version === undefined ? 'You are the assistant of a shop.' : PROMPTS[version];
  return [
    { role: 'system', content: system },
    { role: 'user', content: question },
  ];
}

function directives({ version, user, session }: Around): Record<string, string> {
  return {
    ...(version === undefined ? {} : { 'Helicone-Property-PromptVersion': version }),
    ...(user === undefined ? {} : { 'Helicone-User-Id': user }),
    ...(session === undefined ? {} : { 'Helicone-Session-Id': session }),
  };
}
