import { createHash } from 'node:crypto';
import { posix, win32 } from 'node:path';
import { type AgentChoice, readAgentChoice } from './agent-choice.ts';
import { UsageError } from './errors.ts';
import type { LogTarget } from './log.ts';
import { isOwnMachine } from './own-machine.ts';

/** What may become of texts that people, models and tools wrote: keyed hashes stand in for them, or they are kept. */
export const contentModes = ['hash', 'keep'] as const;

export type ContentMode = (typeof contentModes)[number];

/** What answers consist of: text, structured content, or both; or that which suits the client, by its name. */
export const answerSettings = ['auto', 'text', 'structured', 'both'] as const;

export type AnswerSetting = (typeof answerSettings)[number];

/** All settings, checked. Durations are in milliseconds unless the name says otherwise. */
export interface Config {
  /** Base URL of the Customer API, without a trailing slash; a path prefix is kept. */
  apiUrl: string;
  apiKey: string;
  /** Absolute or relative path of the mirror file. */
  dbFile: string;
  timeoutMs: number;
  concurrency: number;
  requestsPerMinute: number;
  pollMs: number;
  settleSeconds: number;
  liveBudgetMs: number;
  /** A price table instead of the one in the package. */
  pricesFile?: string;
  /** Runs of this many days are mirrored with their events; 0: none. */
  eventsDays: number;
  /** How often to walk each list whole; 0: never for its age alone. */
  fullSyncHours: number;
  /** How many days of rows to keep; 0: all. */
  keepDays: number;
  /** The maximum size of the mirror. */
  maxBytes: number;
  /** What becomes of texts that people, models and tools wrote. */
  content: ContentMode;
  /** The agents that are mirrored, with all that is theirs. */
  agents: AgentChoice;
  /** What answers to MCP clients consist of. */
  answers: AnswerSetting;
  /** Where the log of work goes. */
  log: LogTarget;
  /** The variables that name proxies, unchanged. */
  proxyEnv?: Readonly<Record<string, string | undefined>>;
}

/** The slice of `process` that a Config depends on. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  platform: string;
  homeDir: string;
}

const numbers = {
  DUNETRACE_TIMEOUT_SECONDS: { fallback: 15, min: 0.1, max: 600, whole: false },
  DUNETRACE_CONCURRENCY: { fallback: 4, min: 1, max: 64, whole: true },
  DUNETRACE_RPM: { fallback: 300, min: 1, max: 100_000, whole: true },
  DUNETRACE_POLL_SECONDS: { fallback: 30, min: 1, max: 86_400, whole: false },
  DUNETRACE_SETTLE_SECONDS: { fallback: 300, min: 0, max: 86_400, whole: false },
  DUNETRACE_LIVE_BUDGET_MS: { fallback: 2500, min: 0, max: 60_000, whole: true },
  DUNETRACE_EVENTS_DAYS: { fallback: 30, min: 0, max: 365, whole: true },
  DUNETRACE_FULL_SYNC_HOURS: { fallback: 24, min: 0, max: 8760, whole: false },
  DUNETRACE_KEEP_DAYS: { fallback: 0, min: 0, max: 36_500, whole: true },
  DUNETRACE_MAX_MB: { fallback: 20_000, min: 1, max: 10_000_000, whole: true },
} as const;

const proxyNames = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY'];

const isNumberName = (name: string): name is keyof typeof numbers => name in numbers;
const numberNames = Object.keys(numbers).filter(isNumberName);

function numberFrom(env: Surroundings['env'], name: keyof typeof numbers): number {
  const { fallback, min, max, whole } = numbers[name];
  const text = env[name]?.trim();
  if (!text) return fallback;
  const value = Number(text);
  if (!Number.isFinite(value) || value < min || value > max || (whole && !Number.isInteger(value))) {
    throw new UsageError(
      `${name} is ${JSON.stringify(text)}; it takes a${whole ? ' whole' : ''} number from ${min} to ${max} (default ${fallback}).`,
    );
  }
  return value;
}

function apiUrlFrom(env: Surroundings['env']): string {
  const text = env.DUNETRACE_API_URL?.trim() || 'http://localhost:8002';
  refuseUnexpanded('DUNETRACE_API_URL', text);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new UsageError('DUNETRACE_API_URL must be an http or https URL, such as http://localhost:8002.');
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new UsageError(
      'DUNETRACE_API_URL must be a plain base URL, without user, password, query or #fragment; the key goes into DUNETRACE_API_KEY.',
    );
  }
  return `${url.origin}${url.pathname.replace(/(?<!\/)\/+$/, '')}`;
}

/** The key of development backends, which protects nothing. */
const developmentKey = 'dt_dev_test';

/** The warning about a key that anyone on the way can read. */
export function plainKeyWarning({ apiUrl, apiKey }: Pick<Config, 'apiUrl' | 'apiKey'>): string | undefined {
  const { protocol, hostname } = new URL(apiUrl);
  if (protocol !== 'http:' || apiKey === developmentKey || isOwnMachine(hostname)) return undefined;
  return `The API key goes to ${apiUrl} over plain HTTP, where everyone on the way can read it. Set DUNETRACE_API_URL to an https address.`;
}

function apiKeyFrom(env: Surroundings['env']): string {
  const key = env.DUNETRACE_API_KEY?.trim() || developmentKey;
  refuseUnexpanded('DUNETRACE_API_KEY', key);
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new UsageError(
      'DUNETRACE_API_KEY holds a space, a line break or a character outside ASCII; copy the key again.',
    );
  }
  return key;
}

/**
 * Refuses `${NAME}`, which editors that don't expand variables pass on unchanged; no key looks like that.
 * @throws UsageError that names the variable, and does not show its value.
 */
export function refuseUnexpanded(name: string, value: string): void {
  if (/\$\{[^}]*\}?/.test(value)) {
    throw new UsageError(
      `${name} still holds an unexpanded placeholder: your client did not replace it. Write the value itself, or export ${name} where the client starts.`,
    );
  }
}

const choices = {
  DUNETRACE_CONTENT: {
    words: contentModes,
    takes: 'hash (the default: keyed hashes stand in for texts) or keep (texts are stored and shown)',
  },
  DUNETRACE_ANSWERS: {
    words: answerSettings,
    takes: "auto (the default: by the client's name), text, structured or both",
  },
} as const;

/** One of the words that a variable takes; the first is the default. */
function choiceFrom<Name extends keyof typeof choices>(
  env: Surroundings['env'],
  name: Name,
): (typeof choices)[Name]['words'][number] {
  const words: readonly (typeof choices)[Name]['words'][number][] = choices[name].words;
  const text = env[name]?.trim().toLowerCase() || words[0];
  const word = words.find((one) => one === text);
  if (word === undefined)
    throw new UsageError(`${name} is ${JSON.stringify(env[name])}; it takes ${choices[name].takes}.`);
  return word;
}

function agentsFrom(env: Surroundings['env']): AgentChoice {
  const text = env.DUNETRACE_AGENTS ?? '';
  refuseUnexpanded('DUNETRACE_AGENTS', text);
  return readAgentChoice(text);
}

/** The folder for a user's own data: XDG_DATA_HOME or ~/.local/share, ~/Library/Application Support, %LOCALAPPDATA%. */
function userDataDir({ env, platform, homeDir }: Surroundings): string {
  if (platform === 'win32') return env.LOCALAPPDATA || win32.join(homeDir, 'AppData', 'Local');
  if (platform === 'darwin') return posix.join(homeDir, 'Library', 'Application Support');
  return env.XDG_DATA_HOME?.startsWith('/') ? env.XDG_DATA_HOME : posix.join(homeDir, '.local', 'share');
}

/** The file that a variable names. `~/` is the home folder: no shell has expanded it in an editor's settings. */
function namedFile(
  name: 'DUNETRACE_DB' | 'DUNETRACE_PRICES' | 'DUNETRACE_LOG',
  { env, platform, homeDir }: Surroundings,
): string | undefined {
  const named = env[name]?.trim();
  if (!named) return undefined;
  refuseUnexpanded(name, named);
  const { join } = platform === 'win32' ? win32 : posix;
  return named.startsWith('~/') ? join(homeDir, named.slice(2)) : named;
}

function namedMirror(surroundings: Surroundings): string | undefined {
  const named = namedFile('DUNETRACE_DB', surroundings);
  if (named === ':memory:')
    throw new UsageError('DUNETRACE_DB must be a file: a mirror in memory could not be shared.');
  return named;
}

function logFrom(surroundings: Surroundings, dbFile: string): LogTarget {
  const named = namedFile('DUNETRACE_LOG', surroundings);
  if (named === undefined) return 'none';
  if (named.toLowerCase() === 'stderr') return 'stderr';
  if (named === dbFile) throw new UsageError('DUNETRACE_LOG names the mirror file; it takes stderr or another file.');
  return { file: named };
}

function dbFileFrom(surroundings: Surroundings, apiUrl: string, apiKey: string): string {
  const owner = createHash('sha256').update(`${apiUrl}\0${apiKey}`).digest('hex').slice(0, 12);
  const { join } = surroundings.platform === 'win32' ? win32 : posix;
  return join(userDataDir(surroundings), 'dunetrace', `mirror-${owner}.db`);
}

/**
 * Reads the configuration. An empty variable counts as unset.
 * @throws UsageError that names the variable and what it accepts; it never shows the key.
 */
export function readConfig(surroundings: Surroundings): Config {
  const { env } = surroundings;
  const apiUrl = apiUrlFrom(env);
  const apiKey = apiKeyFrom(env);
  const pricesFile = namedFile('DUNETRACE_PRICES', surroundings);
  const proxies = proxyNames.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  const dbFile = namedMirror(surroundings) ?? dbFileFrom(surroundings, apiUrl, apiKey);
  return {
    apiUrl,
    apiKey,
    dbFile,
    timeoutMs: numberFrom(env, 'DUNETRACE_TIMEOUT_SECONDS') * 1000,
    concurrency: numberFrom(env, 'DUNETRACE_CONCURRENCY'),
    requestsPerMinute: numberFrom(env, 'DUNETRACE_RPM'),
    pollMs: numberFrom(env, 'DUNETRACE_POLL_SECONDS') * 1000,
    settleSeconds: numberFrom(env, 'DUNETRACE_SETTLE_SECONDS'),
    liveBudgetMs: numberFrom(env, 'DUNETRACE_LIVE_BUDGET_MS'),
    ...(pricesFile === undefined ? {} : { pricesFile }),
    eventsDays: numberFrom(env, 'DUNETRACE_EVENTS_DAYS'),
    fullSyncHours: numberFrom(env, 'DUNETRACE_FULL_SYNC_HOURS'),
    keepDays: numberFrom(env, 'DUNETRACE_KEEP_DAYS'),
    maxBytes: numberFrom(env, 'DUNETRACE_MAX_MB') * 1e6,
    content: choiceFrom(env, 'DUNETRACE_CONTENT'),
    agents: agentsFrom(env),
    answers: choiceFrom(env, 'DUNETRACE_ANSWERS'),
    log: logFrom(surroundings, dbFile),
    ...(proxies.length === 0 ? {} : { proxyEnv: Object.fromEntries(proxies) }),
  };
}

/** A setting, and where its value comes from. */
export interface SettingSource {
  name: string;
  /** The value in force; it does not show a key. */
  value: string;
  /** Set by the environment; otherwise it is the default. */
  isSet: boolean;
}

/**
 * Every setting with its source, and the variables that look like settings but are not.
 * @throws UsageError as readConfig does.
 */
export function readSources(surroundings: Surroundings): { settings: SettingSource[]; unknown: string[] } {
  const { env } = surroundings;
  const { apiUrl, dbFile, pricesFile, content, agents, answers, log } = readConfig(surroundings);
  const isSet = (name: string) => Boolean(env[name]?.trim());
  const hidden = (name: string, fallback: string) => (isSet(name) ? '(not shown)' : fallback);
  const values: Record<string, string> = {
    DUNETRACE_API_URL: apiUrl,
    DUNETRACE_API_KEY: hidden('DUNETRACE_API_KEY', developmentKey),
    DUNETRACE_DB: dbFile,
    ...Object.fromEntries(numberNames.map((name) => [name, String(numberFrom(env, name))])),
    DUNETRACE_CONTENT: content,
    DUNETRACE_AGENTS: agents.globs || 'all',
    DUNETRACE_ANSWERS: answers,
    DUNETRACE_LOG: typeof log === 'string' ? log : log.file,
    DUNETRACE_PRICES: pricesFile ?? "the package's own",
    DUNETRACE_HTTP_TOKEN: hidden('DUNETRACE_HTTP_TOKEN', 'none'),
    DUNETRACE_ORIGINS: env.DUNETRACE_ORIGINS?.trim() || 'none',
  };
  return {
    settings: Object.entries(values).map(([name, value]) => ({ name, value, isSet: isSet(name) })),
    unknown: Object.keys(env).filter((name) => name.startsWith('DUNETRACE_') && !(name in values)),
  };
}
