import { answering, embeddings, logWith, modelList } from './log-with.ts';
import { describeEvaluator } from './shipped.ts';

/** Put together here, so that no scanner takes this file for a leak. */
const key = (...parts: string[]) => parts.join('');

const found: [string, RegExp][] = [
  ['Write to ada.lovelace+books@mail.example.co.uk, please.', /^email \(output\)$/],
  ['<ADA@EXAMPLE.COM>', /^email/],
  ['Call +44 20 7946 0958 now', /^phone/],
  ['Call (212) 555-0123.', /^phone/],
  ['212-555-0123', /^phone/],
  ['1 212.555.0123', /^phone/],
  ['+4915112345678', /^phone/],
  ['Card 4111 1111 1111 1111, thanks', /^card/],
  ['5555-5555-5555-4444', /^card/],
  ['378282246310005', /^card/],
  ['6011111111111117', /^card/],
  ['30569309025904', /^card/],
  [key('sk-', 'proj-', 'a'.repeat(40)), /^API key/],
  [key('AKIA', 'IOSFODNN7EXAMPLE'), /^API key/],
  [key('ghp_', 'a1B2'.repeat(9)), /^API key/],
  [key('-----BEGIN RSA ', 'PRIVATE KEY-----'), /^API key/],
  ['me@example.com or 4242 4242 4242 4242', /^email \(output\), card \(output\)$/],
];
const notFound = [
  'Paris.',
  'The order number is 4111 1111 1111 1112.',
  'Its id is 1750000000000.',
  'id 4111111111111111999999 is too long',
  'uuid 0190b6f0-1234-7000-8000-411111111111',
  '0.4111111111111111',
  'On 2024-01-02 10:15:30 and 02.01.2024',
  'between 2023-2024 and 1999-2000',
  'version 1.22.333.4444',
  '192.168.100.200 and 10.0.0.1:8080',
  'The sum is 1,234,567,890.',
  'pi is 3.14159265358979',
  '+5 +12 -3',
  'git@github.com:owner/name.git',
  'user@localhost and foo@1.2.3',
  'sk-learn and sk-ip',
  'Use -----BEGIN CERTIFICATE-----',
];

describeEvaluator('pii', [
  ...found.map(([text, reason]) => ({
    name: `finds it in: ${text.slice(0, 40)}`,
    log: answering(text),
    value: true,
    reason,
  })),
  ...notFound.map((text) => ({
    name: `lets pass: ${text}`,
    log: answering(text),
    value: false,
    reason: /^none found$/,
  })),
  {
    name: 'looks at the input and says so',
    log: logWith({ input: [{ role: 'user', text: 'I am me@example.com' }] }),
    value: true,
    reason: /^email \(input\)$/,
  },
  {
    name: "looks at tool calls' arguments",
    log: logWith({ toolCalls: [{ id: null, name: 'mail', arguments: '{"to":"me@example.com"}' }] }),
    value: true,
  },
  {
    name: 'looks at failed calls too',
    log: logWith({ status: 500, input: [{ role: 'user', text: 'me@example.com' }] }),
    value: true,
  },
  {
    name: 'looks at the side that was stored where the other was not',
    log: answering('me@example.com', { requestOmitted: true }),
    value: true,
    reason: /^email \(output\)$/,
  },
  {
    name: 'abstains where neither was stored',
    log: logWith({ requestOmitted: true, responseOmitted: true }),
    value: null,
  },
  { name: 'abstains for a list of models', log: modelList, value: null, reason: /no text/ },
  {
    name: 'abstains for a refused call without text',
    log: logWith({ status: 413, ending: 'refused', input: [], output: { text: '', reasoning: null, refusal: null } }),
    value: null,
    reason: /no text/,
  },
  {
    name: 'abstains where the only side that was stored has no text',
    log: answering(' ', { requestOmitted: true }),
    value: null,
    reason: /no text/,
  },
  { name: 'looks at what is embedded', log: embeddings, value: true, reason: /^email \(input\)$/ },
  {
    name: 'looks at the words of a refusal',
    log: logWith({ output: { text: '', reasoning: null, refusal: 'I cannot mail me@example.com.' } }),
    value: true,
  },
  { name: 'takes a megabyte of one letter without trouble', log: answering('a'.repeat(1_000_000)), value: false },
  { name: 'takes a megabyte of digits without trouble', log: answering('4 '.repeat(500_000)), value: false },
]);
