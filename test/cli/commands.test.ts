import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { looksLikeKey } from '../../src/api/keys.ts';
import { openStore } from '../../src/store/open.ts';
import { newLog } from '../fixtures/new-log.ts';
import { run, start, workplace } from './process.ts';

let place: ReturnType<typeof workplace>;
beforeEach(() => {
  place = workplace();
});
afterEach(() => place.remove());

describe('the command line', () => {
  it.each([
    { name: 'a mistyped command', given: ['serv'], says: "there is no command 'serv'. Did you mean serve?" },
    {
      name: 'a command like none',
      given: ['zzzzzz'],
      says: 'Commands: serve, gateway, work, migrate, keys, dead-letters, doctor, explain, run, compare, dataset, copy.',
    },
    { name: 'a mistyped command of keys', given: ['keys', 'creat'], says: 'Did you mean create?' },
    {
      name: 'a mistyped option',
      given: ['keys', 'create', '--project', 'p', '--scope', 'read', '--nam', 'x'],
      says: 'Did you mean --name?',
    },
    { name: 'an unknown option', given: ['doctor', '--nope'], says: "unknown option '--nope'" },
    { name: 'a missing option', given: ['keys', 'create', '--scope', 'read'], says: '--project' },
    {
      name: 'a mistyped scope',
      given: ['keys', 'create', '--project', 'p', '--scope', 'read,scor'],
      says: 'Did you mean score?',
    },
    {
      name: 'a blank project',
      given: ['keys', 'create', '--project', ' ', '--scope', 'read'],
      says: '1 to 100 characters',
    },
    { name: 'a key that is not there', given: ['keys', 'revoke', 'nope'], says: 'There is no key "nope"' },
    {
      name: 'a wrong URL to copy to',
      given: ['copy', '--from', 'sqlite:./nothing.db', '--to', 'postgres://x'],
      says: '--to names no database',
    },
    {
      name: 'a wrong URL to copy from',
      given: ['copy', '--from', 'nothing.db', '--to', 'postgres://x/y'],
      says: '--from is "nothing.db"; it must be sqlite:',
    },
    { name: 'a log that is not there', given: ['explain', 'nope'], says: 'There is no log "nope"' },
    { name: 'something after serve', given: ['serve', 'fast'], says: 'too many arguments' },
    { name: 'a wrong setting', given: ['doctor'], env: { GRADEWAY_PROT: '1' }, says: 'Did you mean GRADEWAY_PORT?' },
    {
      name: 'a wrong setting, when serving',
      given: [],
      env: { GRADEWAY_PORT: 'x' },
      says: "GRADEWAY_PORT: 'x' is not a whole number",
    },
  ] as { name: string; given: string[]; env?: Record<string, string>; says: string }[])(
    'answers 64 to $name and says what to do',
    async ({ given, env, says }) => {
      const { code, stderr, stdout } = await run(place.folder, given, env);
      expect(stderr).toContain(says);
      expect(stderr).toMatch(/^gradeway: /);
      expect([code, stdout]).toEqual([64, '']);
      expect(stderr).not.toMatch(/^\s+at /m);
    },
  );

  it('prints help and version and ends with 0', async () => {
    const [help, version] = await Promise.all([run(place.folder, ['--help']), run(place.folder, ['--version'])]);
    expect([help.code, version.code]).toEqual([0, 0]);
    for (const command of ['serve', 'gateway', 'work', 'migrate', 'keys', 'dead-letters', 'doctor', 'explain', 'copy'])
      expect(help.stdout).toContain(command);
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('tells an old Node what to do', async () => {
    const old = "data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'18.20.0'}})";
    const { code, stderr } = await start(place.folder, ['--version'], {}, ['--import', old]).finished;
    expect(code).toBe(64);
    expect(stderr).toContain('Gradeway needs Node 24 or later');
  });
});

describe('gradeway migrate', () => {
  it('creates the database, and does nothing the second time', async () => {
    for (const _time of [1, 2]) {
      const { code, stdout } = await run(place.folder, ['migrate']);
      expect([code, stdout]).toEqual([0, `sqlite:${join(place.folder, 'data/gradeway.db')} is up to date.\n`]);
    }
    expect(existsSync(join(place.folder, 'data/gradeway.db'))).toBe(true);
  });

  it.each([{ command: ['migrate'] }, { command: ['keys', 'list'] }, { command: ['doctor'] }, { command: ['serve'] }])(
    'and the others end with 69 on a file that is no database: $command',
    async ({ command }) => {
      writeFileSync(join(place.folder, 'x.db'), 'this is no database, '.repeat(1000));
      const { code, stderr, stdout } = await run(place.folder, command, {
        GRADEWAY_DATABASE_URL: 'sqlite:x.db',
        GRADEWAY_PORT: '0',
      });
      expect(code).toBe(69);
      expect(stderr + stdout).toContain('not an SQLite database');
    },
  );
});

describe('gradeway explain', () => {
  it('says for every evaluator what became of a log, or why nothing did', async () => {
    const file = (name: string, online: string): void =>
      writeFileSync(
        join(place.folder, 'evaluators', `${name}.ts`),
        `import { defineEvaluator } from 'gradeway';
         export default defineEvaluator({ returns: 'boolean', online: ${online}, evaluate: () => true });`,
      );
    file('errors', `{ filter: { field: 'status', gte: 400 } }`);
    file('rare', '{ sampleRate: 0 }');
    file('waits', '{}');
    file('late', '{}');
    await run(place.folder, ['migrate']);
    const log = newLog({ evaluators: ['waits'] });
    const store = await openStore({ engine: 'sqlite', path: join(place.folder, 'data/gradeway.db') });
    await store.logs.add([log], 1);
    await store.close();
    const { code, stdout, stderr } = await run(place.folder, ['explain', log.id]);
    expect([code, stderr]).toEqual([0, '']);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      ['EVALUATOR', 'STATE', 'WHY'],
      ['errors', 'not_matched', 'this does not hold: {"field":"status","gte":400}'],
      [
        'late',
        'before_rule',
        "its rule matches the log now, and did not when the log was recorded; or this is a judge's own call",
      ],
      ['rare', 'sampled_out', expect.stringMatching(/^rule online:rare takes 0 %; the log lies at [\d.]+ %$/)],
      ['waits', 'queued', '0 jobs are due before it'],
    ]);
  });
});

describe('gradeway keys', () => {
  it('prints a new key alone on standard output, once, and keeps only its hash', async () => {
    const created = await run(place.folder, [
      'keys',
      'create',
      '--project',
      'shop',
      '--scope',
      'ingest,score',
      '--name',
      'tills',
    ]);
    const token = created.stdout.trim();
    expect(created.code).toBe(0);
    expect(looksLikeKey(token)).toBe(true);
    expect(created.stderr).not.toContain(token);

    const listed = await run(place.folder, ['keys', 'list']);
    for (const text of ['shop', 'tills', 'ingest,score', token.slice(-4)]) expect(listed.stdout).toContain(text);
    expect(listed.stdout).not.toContain(token);

    for (const file of readdirSync(join(place.folder, 'data')))
      expect(readFileSync(join(place.folder, 'data', file)).includes(token)).toBe(false);
  });

  it('revokes a key once, and warns where none is left', async () => {
    await run(place.folder, ['keys', 'create', '--project', 'p', '--scope', 'read']);
    const [id] = /^[0-9a-f-]{36}/m.exec((await run(place.folder, ['keys', 'list'])).stdout)!;
    const revoked = await run(place.folder, ['keys', 'revoke', id]);
    expect(revoked.code).toBe(0);
    expect(revoked.stdout).toContain('No key is left, and every call still needs one.');
    expect((await run(place.folder, ['keys', 'list'])).stdout).toMatch(/read {2,}\S+Z {2,}\S+Z\n$/);
    expect((await run(place.folder, ['keys', 'revoke', id])).code).toBe(64);
  });

  it('says what it means that there are none', async () => {
    expect((await run(place.folder, ['keys', 'list'])).stdout).toContain('There are no keys');
  });
});

describe('gradeway doctor', () => {
  it('shows every setting with its source, and no secret', async () => {
    writeFileSync(
      join(place.folder, 'gradeway.yaml'),
      'durability: fast\nupstreams:\n  mine:\n    url: http://models.example.com\n    keyFrom: MY_KEY\n',
    );
    const env = {
      GRADEWAY_UPSTREAM_OPENAI_KEY: 'sk-canary-1',
      MY_KEY: 'canary-2',
      GRADEWAY_PORT: '9000',
      OPENAI_API_KEY: 'canary-3',
    };
    const { code, stdout, stderr } = await run(place.folder, ['doctor'], env);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^server\.port +9000 +GRADEWAY_PORT$/m);
    expect(stdout).toMatch(/^durability +fast +gradeway\.yaml:1:13$/m);
    expect(stdout).toMatch(/^limits\.captureRequestBytes +4194304 bytes +default$/m);
    expect(stdout).toMatch(/^upstreams\.openai key +set \(from GRADEWAY_UPSTREAM_OPENAI_KEY\)$/m);
    expect(stdout).toMatch(/^upstreams\.mine key +set \(from MY_KEY\)$/m);
    expect(stdout).toMatch(/^warning +the key of upstream mine goes over the network unencrypted/m);
    expect(stdout + stderr).not.toContain('canary');
    expect(existsSync(join(place.folder, 'data'))).toBe(false);
  });

  it('refuses an open address until a key exists', async () => {
    const env = { GRADEWAY_HOST: '0.0.0.0' };
    const before = await run(place.folder, ['doctor'], env);
    expect(before.code).toBe(64);
    expect(before.stdout).toContain('gradeway keys create');
    await run(place.folder, ['keys', 'create', '--project', 'p', '--scope', 'read']);
    const after = await run(place.folder, ['doctor'], env);
    expect(after.code).toBe(0);
    expect(after.stdout).toContain('1 of 1 keys are valid');
  });

  it('names evaluators that do not load, and goes on', async () => {
    writeFileSync(join(place.folder, 'evaluators/broken.ts'), 'export default {{');
    const { code, stdout } = await run(place.folder, ['doctor']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^warning +evaluator broken\.ts does not load: \S/m);
  });
});
