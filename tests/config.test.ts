import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allAgents } from '../src/agent-choice.ts';
import { plainKeyWarning, readConfig, type Surroundings } from '../src/config.ts';
import { UsageError } from '../src/errors.ts';

const linux: Surroundings = { env: {}, platform: 'linux', homeDir: '/home/ada' };

const read = (env: Surroundings['env'], changes: Partial<Surroundings> = {}) =>
  readConfig({ ...linux, ...changes, env });

/** The UsageError that these variables must end in. */
function usageError(env: Surroundings['env']): UsageError {
  try {
    read(env);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('it was accepted, where a UsageError was to be thrown');
}

test('every default', () => {
  expect(read({})).toEqual({
    apiUrl: 'http://localhost:8002',
    apiKey: 'dt_dev_test',
    dbFile: expect.stringMatching(/^\/home\/ada\/\.local\/share\/dunetrace\/mirror-[0-9a-f]{12}\.db$/),
    timeoutMs: 15_000,
    concurrency: 4,
    requestsPerMinute: 300,
    pollMs: 30_000,
    settleSeconds: 300,
    liveBudgetMs: 2500,
    eventsDays: 30,
    fullSyncHours: 24,
    keepDays: 0,
    maxBytes: 20e9,
    content: 'hash',
    agents: allAgents,
    answers: 'auto',
    log: 'none',
  });
});

test('every variable', () => {
  const env = {
    DUNETRACE_API_URL: 'https://dunetrace.example:8443/customer/',
    DUNETRACE_API_KEY: 'dt_live_abc',
    DUNETRACE_DB: '/data/mirror.db',
    DUNETRACE_TIMEOUT_SECONDS: '2.5',
    DUNETRACE_CONCURRENCY: '8',
    DUNETRACE_RPM: '600',
    DUNETRACE_POLL_SECONDS: '5',
    DUNETRACE_SETTLE_SECONDS: '0',
    DUNETRACE_LIVE_BUDGET_MS: '0',
    DUNETRACE_EVENTS_DAYS: '0',
    DUNETRACE_FULL_SYNC_HOURS: '0.5',
    DUNETRACE_KEEP_DAYS: '90',
    DUNETRACE_MAX_MB: '500',
    DUNETRACE_CONTENT: 'keep',
    DUNETRACE_AGENTS: 'prod-*,!prod-x',
    DUNETRACE_ANSWERS: 'text',
    DUNETRACE_LOG: '~/logs/dunetrace.log',
  };
  const expected = {
    apiUrl: 'https://dunetrace.example:8443/customer',
    apiKey: 'dt_live_abc',
    dbFile: '/data/mirror.db',
    timeoutMs: 2500,
    concurrency: 8,
    requestsPerMinute: 600,
    pollMs: 5000,
    settleSeconds: 0,
    liveBudgetMs: 0,
    eventsDays: 0,
    fullSyncHours: 0.5,
    keepDays: 90,
    maxBytes: 500e6,
    content: 'keep',
    agents: { globs: 'prod-*, !prod-x', includes: expect.any(Function) },
    answers: 'text',
    log: { file: '/home/ada/logs/dunetrace.log' },
  };
  expect(read(env)).toEqual(expected);
  const padded = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, `  ${value}\n`]));
  expect(read(padded)).toEqual(expected);
});

test('an empty variable counts as unset', () => {
  const names = ['API_URL', 'API_KEY', 'DB', 'TIMEOUT_SECONDS', 'CONCURRENCY', 'RPM', 'POLL_SECONDS'];
  expect(read(Object.fromEntries(names.map((name) => [`DUNETRACE_${name}`, ' '])))).toEqual(read({}));
});

describe('a number', () => {
  const ranges: [string, string, string, string[]][] = [
    ['DUNETRACE_TIMEOUT_SECONDS', '0.1', '600', ['0', '0.09', '601', '-1']],
    ['DUNETRACE_CONCURRENCY', '1', '64', ['0', '65', '1.5']],
    ['DUNETRACE_RPM', '1', '100000', ['0', '100001', '2.5']],
    ['DUNETRACE_POLL_SECONDS', '1', '86400', ['0', '0.5', '86401']],
    ['DUNETRACE_SETTLE_SECONDS', '0', '86400', ['-1', '86401']],
    ['DUNETRACE_LIVE_BUDGET_MS', '0', '60000', ['-1', '60001', '0.5']],
    ['DUNETRACE_EVENTS_DAYS', '0', '365', ['-1', '366', '0.5']],
    ['DUNETRACE_FULL_SYNC_HOURS', '0', '8760', ['-1', '8761']],
    ['DUNETRACE_KEEP_DAYS', '0', '36500', ['-1', '36501', '0.5']],
    ['DUNETRACE_MAX_MB', '1', '10000000', ['0', '10000001', '1.5']],
  ];

  test.each(ranges)('%s is from %s to %s', (name, min, max, refused) => {
    expect(() => read({ [name]: min })).not.toThrow();
    expect(() => read({ [name]: max })).not.toThrow();
    for (const text of [...refused, 'many', 'NaN', 'Infinity', '1,5', '5s']) {
      const { message } = usageError({ [name]: text });
      expect(message).toContain(`${name} is "${text}"`);
      expect(message).toContain(`number from ${min} to ${max} (default `);
    }
  });
});

describe('the URL', () => {
  test.each([
    ['http://localhost:8002', 'http://localhost:8002'],
    ['http://localhost:8002/', 'http://localhost:8002'],
    ['https://example.org/api/v2//', 'https://example.org/api/v2'],
    ['HTTPS://Example.ORG:443/API', 'https://example.org/API'],
    ['http://[::1]:8002/x', 'http://[::1]:8002/x'],
    ['http://example.org/a%20b', 'http://example.org/a%20b'],
  ])('%s is taken as %s', (text, apiUrl) => {
    expect(read({ DUNETRACE_API_URL: text }).apiUrl).toBe(apiUrl);
  });

  test.each(['localhost:8002', 'ftp://example.org', 'example.org', 'http://', '//x', 'file:///etc/passwd', '{}'])(
    '%s is refused',
    (text) => {
      const { message } = usageError({ DUNETRACE_API_URL: text });
      expect(message).toContain('DUNETRACE_API_URL must be an http or https URL, such as http://localhost:8002');
    },
  );

  test.each(['http://ada:s3cret@example.org', 'http://s3cret@example.org', 'http://x/?key=s3cret', 'http://x/#s3cret'])(
    '%s is refused, without showing what it holds',
    (text) => {
      const { message } = usageError({ DUNETRACE_API_URL: text });
      expect(message).toContain('DUNETRACE_API_URL');
      expect(message).toContain('DUNETRACE_API_KEY');
      expect(message).not.toContain('s3cret');
    },
  );
});

describe('a placeholder that the editor did not replace', () => {
  test.each(['DUNETRACE_API_URL', 'DUNETRACE_API_KEY'])('is refused by name in %s', (name) => {
    const placeholders = [
      '$' + '{DUNETRACE_SECRET}',
      '$' + '{env:SECRET}',
      'http://$' + '{SECRET}:8002',
      '$' + '{SECRET',
    ];
    for (const text of placeholders) {
      const { message } = usageError({ [name]: text });
      expect(message).toContain(`${name} still holds an unexpanded placeholder`);
      expect(message).toContain(`export ${name}`);
      expect(message).not.toContain('SECRET');
    }
  });
});

test.each(['dt_s3cret\nX-Evil: 1', 'dt s3cret', 'dt\ts3cret', 's3cret\u0000x', 's3cret№', 'ключs3cret'])(
  'the key %j is refused without being shown',
  (key) => {
    const error = usageError({ DUNETRACE_API_KEY: key });
    expect(error.message).toContain('DUNETRACE_API_KEY holds a space, a line break');
    expect(inspect(error)).not.toContain('s3cret');
  },
);

describe('the mirror file', () => {
  const where = (env: Surroundings['env'], platform: string, homeDir: string) =>
    read(env, { platform, homeDir }).dbFile.replace(/[0-9a-f]{12}/, '<12 hex>');

  test('is in the user data folder of the platform', () => {
    const file = 'dunetrace/mirror-<12 hex>.db';
    expect(where({}, 'linux', '/home/ada')).toBe(`/home/ada/.local/share/${file}`);
    expect(where({ XDG_DATA_HOME: '/xdg' }, 'linux', '/home/ada')).toBe(`/xdg/${file}`);
    expect(where({ XDG_DATA_HOME: 'not/absolute' }, 'linux', '/home/ada')).toBe(`/home/ada/.local/share/${file}`);
    expect(where({ XDG_DATA_HOME: '/xdg' }, 'darwin', '/Users/ada')).toBe(
      `/Users/ada/Library/Application Support/${file}`,
    );
    const windows = 'dunetrace\\mirror-<12 hex>.db';
    expect(where({ LOCALAPPDATA: 'D:\\Local' }, 'win32', 'C:\\Users\\ada')).toBe(`D:\\Local\\${windows}`);
    expect(where({}, 'win32', 'C:\\Users\\ada')).toBe(`C:\\Users\\ada\\AppData\\Local\\${windows}`);
  });

  test('is another one for another URL or key, and shows neither', () => {
    const envs = [
      {},
      { DUNETRACE_API_KEY: 'dt_live_abc' },
      { DUNETRACE_API_URL: 'http://backend.test:8002' },
      { DUNETRACE_API_URL: 'http://backend.test:8002/prefix' },
      { DUNETRACE_API_URL: 'http://backend.test:8002', DUNETRACE_API_KEY: 'dt_live_abc' },
    ];
    const files = envs.map((env) => read(env).dbFile);
    expect(new Set(files).size).toBe(envs.length);
    expect(files.join()).not.toMatch(/backend|abc|8002|prefix/);
    expect(read({ DUNETRACE_API_URL: 'http://backend.test:8002/' }).dbFile).toBe(files[2]);
  });
});

describe('whatever the variables hold', () => {
  const mark = 'K3Y-';
  const env = fc.record(
    {
      DUNETRACE_API_URL: fc.oneof(
        fc.webUrl({ withFragments: true, withQueryParameters: true }),
        fc.string({ unit: 'binary' }),
      ),
      DUNETRACE_API_KEY: fc.string({ unit: 'binary' }).map((text) => `${mark}${text}`),
      DUNETRACE_DB: fc.string(),
      DUNETRACE_TIMEOUT_SECONDS: fc.oneof(fc.double().map(String), fc.string()),
      DUNETRACE_CONCURRENCY: fc.oneof(fc.integer({ min: 0, max: 70 }).map(String), fc.string()),
      DUNETRACE_RPM: fc.oneof(fc.nat().map(String), fc.string()),
      XDG_DATA_HOME: fc.string(),
      LOCALAPPDATA: fc.string(),
    },
    { requiredKeys: [] },
  );
  const surroundings = fc.record({
    env,
    platform: fc.constantFrom('linux', 'darwin', 'win32', 'freebsd'),
    homeDir: fc.constantFrom('/home/ada', '', 'C:\\Users\\ada'),
  });

  test('the outcome is a Config that reads the same again, or a UsageError that does not show the key', () => {
    fc.assert(
      fc.property(surroundings, (given) => {
        try {
          const config = readConfig(given);
          expect(config.apiUrl).not.toMatch(/\/$/);
          const again = { ...given, env: { ...given.env, DUNETRACE_API_URL: config.apiUrl } };
          expect(readConfig(again)).toEqual(config);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          expect(inspect(error)).not.toContain(mark);
          expect(error instanceof Error && error.message).toMatch(/^DUNETRACE_[A-Z_]+ /);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

test.each([
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is what a client sends
  ['${userHome}/m.db', 'DUNETRACE_DB still holds an unexpanded placeholder'],
  [':memory:', 'DUNETRACE_DB must be a file'],
])('DUNETRACE_DB=%s is refused by name', (file, said) => {
  const at = { env: { DUNETRACE_DB: file }, platform: 'linux', homeDir: '/home/me' };
  expect(() => readConfig(at)).toThrow(said);
});

test('~/ in DUNETRACE_DB is the home folder', () => {
  const at = { env: { DUNETRACE_DB: '~/m.db' }, platform: 'linux', homeDir: '/home/me' };
  expect(readConfig(at).dbFile).toBe('/home/me/m.db');
});

test.each([
  ['http://backend.test:8002', 'dt_live_1', true],
  ['http://10.0.0.7/prefix', 'dt_live_1', true],
  ['https://backend.test', 'dt_live_1', false],
  ['http://backend.test:8002', 'dt_dev_test', false],
  ['http://localhost:8002', 'dt_live_1', false],
  ['http://api.localhost:8002', 'dt_live_1', false],
  ['http://0.0.0.0:8002', 'dt_live_1', false],
  ['http://[::1]:8002', 'dt_live_1', false],
])('a key that goes to another machine over plain HTTP is warned of: %s with %s: %s', (apiUrl, apiKey, isWarned) => {
  const warning = plainKeyWarning({ apiUrl, apiKey });
  expect(warning !== undefined).toBe(isWarned);
  expect(warning ?? '').not.toContain(apiKey);
});

test('proxies are handed on as they are set', () => {
  const env = { HTTPS_PROXY: 'http://proxy.test:3128', no_proxy: '' };
  expect(readConfig({ env, platform: 'linux', homeDir: '/home/me' }).proxyEnv).toEqual(env);
  expect(readConfig({ env: {}, platform: 'linux', homeDir: '/home/me' })).not.toHaveProperty('proxyEnv');
});

test('DUNETRACE_CONTENT takes hash or keep', () => {
  expect(read({ DUNETRACE_CONTENT: ' Keep ' }).content).toBe('keep');
  expect(read({ DUNETRACE_CONTENT: '' }).content).toBe('hash');
  expect(() => read({ DUNETRACE_CONTENT: 'plain' })).toThrow(/DUNETRACE_CONTENT is "plain"; it takes hash .* or keep/);
});

test('DUNETRACE_ANSWERS takes auto, text, structured or both', () => {
  for (const answers of ['auto', 'text', 'structured', 'both'])
    expect(read({ DUNETRACE_ANSWERS: ` ${answers.toUpperCase()} ` }).answers).toBe(answers);
  expect(read({ DUNETRACE_ANSWERS: '' }).answers).toBe('auto');
  expect(usageError({ DUNETRACE_ANSWERS: 'json' }).message).toBe(
    'DUNETRACE_ANSWERS is "json"; it takes auto (the default: by the client\'s name), text, structured or both.',
  );
});

test('DUNETRACE_LOG takes stderr or a file, and not the mirror', () => {
  expect(read({ DUNETRACE_LOG: ' STDERR ' }).log).toBe('stderr');
  expect(read({ DUNETRACE_LOG: '' }).log).toBe('none');
  expect(read({ DUNETRACE_LOG: '/var/log/d.log' }).log).toEqual({ file: '/var/log/d.log' });
  expect(usageError({ DUNETRACE_DB: '/m.db', DUNETRACE_LOG: '/m.db' }).message).toContain('names the mirror file');
});
