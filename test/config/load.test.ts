import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SETTINGS, loadConfig } from '../../src/config.ts';
import { GatewayError } from '../../src/errors.ts';
import { RESERVED_NAMES } from '../../src/model/reserved-names.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'gradeway-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

function load(options: { yaml?: string; env?: Record<string, string> } = {}) {
  if (options.yaml !== undefined) writeFileSync(join(cwd, 'gradeway.yaml'), options.yaml);
  return loadConfig({ env: options.env ?? {}, cwd });
}

function refusal(options: { yaml?: string; env?: Record<string, string> }): string {
  try {
    load(options);
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'invalid_setting') return error.message;
    throw error;
  }
  throw new Error('the settings were accepted');
}

/** Lists of ten aliases to the list before: line n comes to 10^n entries. */
function exponential(lists: number): string {
  const line = (_: unknown, index: number) =>
    `  a${index}: &a${index} [${Array(10)
      .fill(index === 0 ? 'x' : `*a${index - 1}`)
      .join()}]`;
  return `server:\n${Array.from({ length: lists }, line).join('\n')}\n`;
}

describe('loadConfig', () => {
  it('has a default for everything', () => {
    mkdirSync(join(cwd, 'evaluators'));
    const config = load();
    expect(config).toMatchObject({
      file: undefined,
      server: { host: '127.0.0.1', port: 8787, allowedHosts: [] },
      database: { url: `sqlite:${join(cwd, 'data/gradeway.db')}` },
      evaluators: { folder: join(cwd, 'evaluators'), environment: [] },
      durability: 'durable',
      targetUrl: { enabled: false, allowedHosts: [], allowedNetworks: [] },
      logLevel: 'info',
    });
    expect(config.upstreams.get('openai')).toMatchObject({ provider: 'openai', key: undefined });
    expect([...config.unconfigured]).toContain('azure');
    expect(config.upstreams.has('azure')).toBe(false);
  });

  it('takes the evaluators that come with Gradeway where the folder has none', () => {
    expect(existsSync(join(load().evaluators.folder, 'json-valid.ts'))).toBe(true);
  });

  it('lets a body of 100 MB pass by default', () => {
    expect(load().limits.requestBodyBytes).toBeGreaterThan(100_000_000);
  });

  it('gives every default of the table a value that the table itself accepts', () => {
    const wrong = Object.entries(SETTINGS).filter(([, one]) => !one.schema.safeParse(one.default).success);
    expect(wrong.map(([name]) => name)).toEqual([]);
  });

  it('says of every setting what it means', () => {
    const silent = Object.entries(SETTINGS).filter(([, { meaning }]) => !/^.{15,}\.$/.test(meaning));
    expect(silent.map(([name]) => name)).toEqual([]);
  });

  it('lets the file override the defaults and the environment the file, and tells where each came from', () => {
    const config = load({
      yaml: 'server:\n  port: 9000\n  host: "::1"\ndurability: fast\n',
      env: { GRADEWAY_PORT: '9001' },
    });
    expect(config.server).toMatchObject({ port: 9001, host: '::1' });
    expect(config.durability).toBe('fast');
    expect(config.sources.get('server.port')).toBe('GRADEWAY_PORT');
    expect(config.sources.get('server.host')).toBe('gradeway.yaml:3:9');
    expect(config.sources.get('logLevel')).toBe('default');
  });

  it('takes an empty variable as not set', () => {
    expect(load({ env: { GRADEWAY_PORT: '', GRADEWAY_CONFIG: '' } }).server.port).toBe(8787);
  });

  it.each([
    { name: 'an empty file', yaml: '' },
    { name: 'a file of comments', yaml: '# nothing yet\n' },
    { name: 'empty sections', yaml: 'server:\nupstreams:\nlimits:\n' },
    { name: 'an upstream without fields of its own', yaml: 'upstreams:\n  openai:\n' },
  ])('accepts $name', ({ yaml }) => {
    expect(load({ yaml }).server.port).toBe(8787);
  });

  it('reads the file that GRADEWAY_CONFIG names, with relative paths from there', () => {
    mkdirSync(join(cwd, 'etc/mine'), { recursive: true });
    writeFileSync(join(cwd, 'etc/g.yaml'), 'database: { url: "sqlite:x/y.db" }\nevaluators: { folder: mine }\n');
    const config = load({ env: { GRADEWAY_CONFIG: 'etc/g.yaml' } });
    expect(config.file).toBe(join(cwd, 'etc/g.yaml'));
    expect(config.database.url).toBe(`sqlite:${join(cwd, 'etc/x/y.db')}`);
    expect(config.evaluators.folder).toBe(join(cwd, 'etc/mine'));
  });

  it('follows a hundred and fifty aliases to the same anchor', () => {
    const names = Array(150).fill('*name').join(', ');
    const yaml = `server:\n  host: &name localhost\n  allowedHosts: [${names}]\n`;
    expect(load({ yaml }).server.allowedHosts).toEqual(Array(150).fill('localhost'));
  });

  it('follows anchors', () => {
    const config = load({ yaml: 'limits:\n  captureRequestBytes: &size 100\n  captureResponseBytes: *size\n' });
    expect(config.limits.captureResponseBytes).toBe(100);
  });
});

describe('upstreams', () => {
  it('come from the file, with their key from the environment', () => {
    const config = load({
      yaml: 'upstreams:\n  local:\n    url: http://127.0.0.1:8000/base/\n    provider: anthropic\n    keyFrom: MY_KEY\n',
      env: { MY_KEY: 'secret-1' },
    });
    expect(config.upstreams.get('local')).toEqual({
      name: 'local',
      url: 'http://127.0.0.1:8000/base',
      provider: 'anthropic',
      key: 'secret-1',
    });
    expect(config.sources.get('upstreams.local.key')).toBe('MY_KEY');
  });

  it('come from the environment', () => {
    const config = load({
      env: { GRADEWAY_UPSTREAM_MY_VLLM_URL: 'http://10.0.0.3:8000', GRADEWAY_UPSTREAM_MY_VLLM_KEY: 'k' },
    });
    expect(config.upstreams.get('my-vllm')).toEqual({
      name: 'my-vllm',
      url: 'http://10.0.0.3:8000',
      provider: 'openai',
      key: 'k',
    });
  });

  it('that are ready-made become usable with a URL, and keep their provider', () => {
    const config = load({ env: { GRADEWAY_UPSTREAM_AZURE_URL: 'https://mine.openai.azure.com' } });
    expect(config.upstreams.get('azure')).toMatchObject({ url: 'https://mine.openai.azure.com', provider: 'azure' });
    expect(config.unconfigured.has('azure')).toBe(false);
  });

  it('prefer the environment to the file', () => {
    const config = load({
      yaml: 'upstreams:\n  openai:\n    url: https://one.example.com\n',
      env: { GRADEWAY_UPSTREAM_OPENAI_URL: 'https://two.example.com' },
    });
    expect(config.upstreams.get('openai')!.url).toBe('https://two.example.com');
  });

  it.each(RESERVED_NAMES.map((name) => ({ name })))('cannot be called $name', ({ name }) => {
    expect(refusal({ yaml: `upstreams:\n  ${name}:\n    url: https://x.example.com\n` })).toContain(`'${name}'`);
  });
});

describe('what is refused', () => {
  it.each([
    {
      name: 'an unknown variable',
      env: { GRADEWAY_PROT: '1' },
      says: ['GRADEWAY_PROT: there is no such setting. Did you mean GRADEWAY_PORT?'],
    },
    {
      name: 'an unknown variable like nothing',
      env: { GRADEWAY_ZZZZZZZZZZZZZZZZ: '1' },
      says: ['GRADEWAY_ZZZZZZZZZZZZZZZZ: there is no such setting. Remove it.'],
    },
    {
      name: 'a port that is a word',
      env: { GRADEWAY_PORT: 'abc' },
      says: ["GRADEWAY_PORT: 'abc' is not a whole number from 0 to 65535", '8787'],
    },
    { name: 'a port out of range', env: { GRADEWAY_PORT: '65536' }, says: ["'65536'", '0 to 65535'] },
    { name: 'a fraction', env: { GRADEWAY_PORT: '80.5' }, says: ["'80.5'"] },
    {
      name: 'a durability there is not',
      env: { GRADEWAY_DURABILITY: 'safe' },
      says: ["'safe' is not one of durable, fast"],
    },
    { name: 'a level there is not', env: { GRADEWAY_LOG_LEVEL: 'verbose' }, says: ['fatal, error, warn'] },
    { name: 'a host with a scheme', env: { GRADEWAY_HOST: 'http://0.0.0.0' }, says: ['is not a host name'] },
    {
      name: 'a database of another kind',
      env: { GRADEWAY_DATABASE_URL: 'mysql://me:hunter2@db/x' },
      says: ['sqlite:', 'postgres://'],
      never: 'hunter2',
    },
    {
      name: 'a PostgreSQL whose password is not escaped',
      env: { GRADEWAY_DATABASE_URL: 'postgres://me:hunter2/x@db/x' },
      says: ["GRADEWAY_DATABASE_URL: 'postgres://...' is not a URL of PostgreSQL", '%2F'],
      never: 'hunter2',
    },
    { name: 'a database in memory', env: { GRADEWAY_DATABASE_URL: 'sqlite::memory:' }, says: ['path of a file'] },
    {
      name: 'a database in ~, which nothing expands',
      env: { GRADEWAY_DATABASE_URL: 'sqlite:~/x.db' },
      says: ['path of a file'],
    },
    { name: 'a database without a path', env: { GRADEWAY_DATABASE_URL: 'sqlite:' }, says: ['path of a file'] },
    {
      name: 'a named file that is missing',
      env: { GRADEWAY_CONFIG: 'nowhere.yaml' },
      says: ['GRADEWAY_CONFIG', 'nowhere.yaml'],
    },
    {
      name: 'a named folder that is missing',
      env: { GRADEWAY_EVALUATORS: 'nowhere' },
      says: ['GRADEWAY_EVALUATORS', 'there is no folder'],
    },
    {
      name: 'an unknown key at the top',
      yaml: 'durabilty: fast\n',
      says: ["gradeway.yaml:1:1: there is no setting 'durabilty'. Did you mean durability?"],
    },
    {
      name: 'an unknown key in a section',
      yaml: 'server:\n  prot: 1\n',
      says: ["gradeway.yaml:2:3: there is no setting 'server.prot'. Did you mean server.port?"],
    },
    { name: 'a key in the wrong section', yaml: 'port: 1\n', says: ['Did you mean server.port?'] },
    { name: 'an unknown section', yaml: 'limit:\n  connections: 5\n', says: ['Did you mean limits?'] },
    {
      name: 'an unknown key of an upstream',
      yaml: 'upstreams:\n  openai:\n    uri: https://x.example.com\n',
      says: ['gradeway.yaml:3:5', 'Did you mean url?'],
    },
    {
      name: 'a wrong value in the file',
      yaml: 'server:\n  port: abc\n',
      says: ["gradeway.yaml:2:9: server.port 'abc' is not a whole number"],
    },
    { name: 'a number as text in the file', yaml: 'server:\n  port: "8787"\n', says: ["'8787' is not a whole number"] },
    { name: 'a value that is null', yaml: 'server:\n  port:\n', says: ['server.port null'] },
    {
      name: 'a number where a section belongs',
      yaml: 'server: 5\n',
      says: ['server has settings below it', 'host, port'],
    },
    {
      name: 'one wrong entry of a list',
      yaml: 'evaluators:\n  environment: [GOOD, "not good"]\n',
      says: ['gradeway.yaml:2:23: evaluators.environment[1]'],
    },
    {
      name: 'text where a list belongs',
      yaml: 'server:\n  allowedHosts: example.com\n',
      says: ['is not a list of host names'],
    },
    {
      name: 'a pattern that no linear engine runs',
      yaml: "redaction:\n  patterns: ['a+', '(?=b)']\n",
      says: ['redaction.patterns[1]', 'cannot be used', 'without lookaround'],
    },
    {
      name: 'a rule that does not come along',
      yaml: 'redaction:\n  readyMade: [email, names]\n',
      says: ['redaction.readyMade[1]', 'is not one of email, phone, card, key'],
    },
    { name: 'a flag that is a word', yaml: 'targetUrl:\n  enabled: "yes"\n', says: ['is neither true nor false'] },
    { name: 'a limit of nothing', yaml: 'limits:\n  connections: 0\n', says: ['limits.connections 0', 'from 1'] },
    { name: 'a list instead of settings', yaml: '- a\n', says: ['holds no settings'] },
    { name: 'broken YAML', yaml: 'server:\n  port: [1\n', says: ['gradeway.yaml:', 'not YAML'] },
    {
      name: 'a setting given twice',
      yaml: 'durability: fast\ndurability: durable\n',
      says: ['gradeway.yaml:2:1', 'not YAML'],
    },
    {
      name: 'an alias to no anchor, in place of a section',
      yaml: 'durability: fast\nserver: *nope\n',
      says: ["gradeway.yaml:2:9: there is no anchor '&nope' before this alias"],
    },
    {
      name: 'an alias to no anchor, in place of a value',
      yaml: 'server:\n  port: *nope\n',
      says: ["gradeway.yaml:2:9: there is no anchor '&nope'"],
    },
    {
      name: 'an alias to no anchor, in a list',
      yaml: 'server:\n  allowedHosts: [a, *nope]\n',
      says: ["gradeway.yaml:2:21: there is no anchor '&nope'"],
    },
    {
      name: 'an alias before its anchor',
      yaml: 'durability: *later\nserver:\n  host: &later fast\n',
      says: ["gradeway.yaml:1:13: there is no anchor '&later'"],
    },
    {
      name: 'an alias inside of what it names',
      yaml: 'server:\n  allowedHosts: &x [*x]\n',
      says: ['gradeway.yaml:2:21: aliases are nested too deep or circular'],
    },
    {
      name: 'an alias inside of a section that it names',
      yaml: 'server: &x\n  host: *x\n',
      says: ['gradeway.yaml:2:9: aliases are nested too deep or circular'],
    },
    {
      name: 'aliases that grow exponentially',
      yaml: exponential(9),
      says: ['this setting is wrong', 'gradeway.yaml:5:40: aliases are nested too deep or circular'],
    },
    { name: 'a tab for an indent', yaml: 'server:\n\tport: 1\n', says: ['gradeway.yaml:2'] },
    { name: 'two documents', yaml: 'durability: fast\n---\ndurability: fast\n', says: ['not YAML'] },
    {
      name: 'an upstream without a URL',
      yaml: 'upstreams:\n  mine:\n    provider: openai\n',
      says: ["'mine' has no URL", 'GRADEWAY_UPSTREAM_MINE_URL'],
    },
    {
      name: 'an upstream with a bad name',
      yaml: 'upstreams:\n  My_Own:\n    url: https://x.example.com\n',
      says: ["'My_Own' is not a name", 'small letters'],
    },
    {
      name: 'an upstream that is a list',
      yaml: 'upstreams:\n  mine: [1]\n',
      says: ['upstreams.mine has settings below it'],
    },
    {
      name: 'an upstream with an unknown provider',
      yaml: 'upstreams:\n  mine:\n    url: https://x.example.com\n    provider: opnai\n',
      says: ["'opnai' is not one of openai, anthropic"],
    },
    {
      name: 'a URL without a scheme',
      env: { GRADEWAY_UPSTREAM_MINE_URL: 'example.com' },
      says: ['GRADEWAY_UPSTREAM_MINE_URL', 'is not a URL'],
    },
    { name: 'a URL of another scheme', env: { GRADEWAY_UPSTREAM_MINE_URL: 'ftp://example.com' }, says: ['https://'] },
    {
      name: 'a URL with a password',
      env: { GRADEWAY_UPSTREAM_MINE_URL: 'https://a:hunter2@example.com' },
      says: ['user name or password'],
      never: 'hunter2',
    },
    { name: 'a URL with a query', env: { GRADEWAY_UPSTREAM_MINE_URL: 'https://example.com/?a=1' }, says: ['query'] },
    { name: 'rules that are no list', yaml: 'rules:\n  a: 1\n', says: ['gradeway.yaml:2:3', 'rules is not a list'] },
    {
      name: 'a rule without an evaluator',
      yaml: 'rules:\n  - name: a\n',
      says: ['gradeway.yaml:2:5', 'rules.0.evaluator: it is required'],
    },
    {
      name: 'a rule with a mistake in its filter',
      yaml: 'rules:\n  - name: a\n    evaluator: tone\n    filter: { property: plan, equal: pro }\n',
      says: ['gradeway.yaml:2:5', 'rules.0.filter', 'equal'],
    },
    {
      name: 'two rules of one name',
      yaml: 'rules:\n  - { name: a, evaluator: tone }\n  - { name: a, evaluator: length }\n',
      says: ['gradeway.yaml:3:5', "there are two rules 'a'"],
    },
    {
      name: 'an evaluator without settings',
      yaml: 'evaluators:\n  - { name: a, kind: judge, returns: boolean }\n',
      says: ['gradeway.yaml:2:5', 'evaluators.0.settings: it is required'],
    },
    {
      name: 'an evaluator of no kind that there is, beside settings',
      yaml: 'evaluators:\n  folder: .\n  define:\n    - { name: a, kind: oracle, returns: boolean, settings: {} }\n',
      says: ['gradeway.yaml:4:7', 'evaluators.0.kind'],
    },
    {
      name: 'an alert without a condition',
      yaml: 'alerts:\n  - name: a\n    watch: { kind: errors }\n    destination: https://example.com/a\n',
      says: ['gradeway.yaml:2:5', 'alerts.0.when'],
    },
    {
      name: 'two alerts of one name in one project',
      yaml: `alerts:\n${['', ', project: other', ', project: default']
        .map(
          (rest) =>
            `  - { name: a, watch: { kind: errors }, when: { above: 0 }, destination: 'https://a.example'${rest} }\n`,
        )
        .join('')}`,
      says: ['gradeway.yaml:4:5', "there are two alerts 'a'"],
    },
    {
      name: 'a key in the file',
      yaml: 'upstreams:\n  openai:\n    key: sk-hunter2\n',
      says: ['gradeway.yaml:3:5', 'keyFrom'],
      never: 'hunter2',
    },
    {
      name: 'a key where its variable belongs',
      yaml: 'upstreams:\n  openai:\n    keyFrom: sk-hunter2\n',
      says: ['not the name of an environment variable'],
      never: 'hunter2',
    },
    {
      name: 'a key from a variable that is not set',
      yaml: 'upstreams:\n  openai:\n    keyFrom: MY_KEY\n',
      says: ['gradeway.yaml:3:14', 'upstreams.openai.keyFrom', 'not set'],
    },
    {
      name: 'a key that looks like the name of a variable',
      yaml: 'upstreams:\n  openai:\n    keyFrom: sk_hunter2\n',
      says: ['gradeway.yaml:3:14', 'upstreams.openai.keyFrom', 'not set', 'the key itself'],
      never: 'hunter2',
    },
    {
      name: 'a variable almost like such a key',
      yaml: 'upstreams:\n  openai:\n    keyFrom: GRADEWAY_hunter2\n',
      env: { GRADEWAY_hunter: 'x' },
      says: ['GRADEWAY_hunter: there is no such setting'],
      never: 'hunter2',
    },
    {
      name: 'a key for an upstream there is not',
      env: { GRADEWAY_UPSTREAM_OPNAI_KEY: 'hunter2' },
      says: ["no upstream 'opnai'", 'GRADEWAY_UPSTREAM_OPENAI_KEY'],
      never: 'hunter2',
    },
    {
      name: 'a key with a line break',
      env: { GRADEWAY_UPSTREAM_OPENAI_KEY: 'hunter2\n' },
      says: ['GRADEWAY_UPSTREAM_OPENAI_KEY', 'line break'],
      never: 'hunter2',
    },
    {
      name: 'an upstream variable without a name',
      env: { GRADEWAY_UPSTREAM__URL: 'https://x.example.com' },
      says: ['GRADEWAY_UPSTREAM__URL', 'not a name'],
    },
  ] as { name: string; yaml?: string; env?: Record<string, string>; says: string[]; never?: string }[])(
    '$name',
    ({ yaml, env, says, never }) => {
      const message = refusal({ yaml, env });
      for (const text of says) expect(message).toContain(text);
      expect(never === undefined || !message.includes(never)).toBe(true);
    },
  );

  it('is said all at once', () => {
    const message = refusal({
      yaml: 'server:\n  port: x\nnope: 1\nlimits:\n  connections: -1\n',
      env: { GRADEWAY_DURABILITY: 'x', GRADEWAY_HOSTS: 'y' },
    });
    expect(message).toContain('these 5 settings are wrong');
    for (const text of [
      'server.port',
      'nope',
      'limits.connections',
      'GRADEWAY_DURABILITY',
      'Did you mean GRADEWAY_HOST?',
    ])
      expect(message).toContain(text);
  });

  it('includes a file under a name that would not be read', () => {
    writeFileSync(join(cwd, 'gradeway.yml'), 'durability: fast\n');
    expect(refusal({})).toContain('Rename it to gradeway.yaml');
  });

  it('includes a file that is no text', () => {
    writeFileSync(join(cwd, 'gradeway.yaml'), Buffer.from([0x61, 0xff, 0xfe]));
    expect(refusal({})).toContain('UTF-8');
  });

  it('includes a file for a folder', () => {
    writeFileSync(join(cwd, 'evaluators'), '');
    expect(refusal({ env: { GRADEWAY_EVALUATORS: 'evaluators' } })).toContain('is a file');
  });

  it.each([
    { name: 'a folder', make: (path: string) => mkdirSync(path) },
    { name: 'a pipe, which is not waited for', make: (path: string) => execFileSync('mkfifo', [path]) },
  ])('includes $name for the file', ({ make }) => {
    make(join(cwd, 'gradeway.yaml'));
    expect(refusal({})).toContain('it is not a regular file');
  });

  it('includes settings whose names are those of object members', () => {
    expect(refusal({ yaml: '__proto__: 1\nconstructor: 2\n' })).toContain('these 2 settings are wrong');
    expect(refusal({ yaml: 'upstreams:\n  __proto__:\n    url: https://x.example.com\n' })).toContain('is not a name');
  });

  it('leaves variables alone that evaluators are given', () => {
    const config = load({ yaml: 'evaluators:\n  environment: [GRADEWAY_MINE]\n', env: { GRADEWAY_MINE: 'x' } });
    expect(config.evaluators.environment).toEqual(['GRADEWAY_MINE']);
  });
});
