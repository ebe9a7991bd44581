import { type Config, readConfig } from '../config.ts';
import { type ExitCode, exitCodeOf, exitCodes, MirrorError, messageOf } from '../errors.ts';
import { openReader } from '../mirror/open.ts';
import { printable } from '../printable.ts';
import { mirrorStatus } from '../queries/status.ts';
import { checkReachability } from '../sync/reachability.ts';
import { ago } from '../text/time.ts';
import type { Io } from './io.ts';

interface Finding {
  level: 'ok' | 'warn' | 'fail';
  what: string;
  /** What it is, or what is wrong and how to mend it. */
  said: string;
  /** How the process ends if this is the first failure. */
  code: ExitCode;
}

const ok = (what: string, said: string): Finding => ({ level: 'ok', what, said, code: exitCodes.done });
const warn = (what: string, said: string): Finding => ({ level: 'warn', what, said, code: exitCodes.partial });
const fail = (what: string, error: unknown): Finding => ({
  level: 'fail',
  what,
  said: messageOf(error),
  code: exitCodeOf(error),
});

function checkKey({ surroundings }: Io): Finding {
  const isSet = Boolean(surroundings.env.DUNETRACE_API_KEY?.trim());
  return isSet
    ? ok('Key', 'from DUNETRACE_API_KEY (not shown)')
    : warn('Key', 'DUNETRACE_API_KEY is not set: dt_dev_test is used, which only a development backend takes.');
}

function checkMirror(config: Config, now: number): Finding {
  try {
    const reader = openReader(config.dbFile, config);
    const { lastPassCompletedAt, agents } = mirrorStatus(reader, now);
    reader.close();
    const age = lastPassCompletedAt === null ? 'never' : ago(now - lastPassCompletedAt);
    return ok('Mirror', `${config.dbFile}: ${agents.length} agents, last complete pass ${age}`);
  } catch (error) {
    if (error instanceof MirrorError && error.kind === 'missing') return warn('Mirror', error.message);
    return fail('Mirror', error);
  }
}

async function checkApi(config: Config, io: Io): Promise<Finding> {
  const api = await checkReachability(config, io);
  return api.reachable ? ok('API', `${config.apiUrl} answers and takes the key`) : fail('API', api.error);
}

async function examine(io: Io): Promise<Finding[]> {
  const node = ok('Node', process.version);
  try {
    const config = readConfig(io.surroundings);
    return [node, checkKey(io), checkMirror(config, io.clock.now()), await checkApi(config, io)];
  } catch (error) {
    return [node, fail('Settings', error)];
  }
}

/** `dunetrace-mcp doctor`: what keeps the mirror from being filled, and the fix. */
export async function doctor(io: Io): Promise<ExitCode> {
  const findings = await examine(io);
  const lines = findings.map(({ level, what, said }) => `${level.padEnd(4)}  ${what.padEnd(8)}  ${printable(said)}`);
  io.stdout.write(`${lines.join('\n')}\n`);
  const worst = findings.find(({ level }) => level === 'fail') ?? findings.find(({ level }) => level === 'warn');
  return worst?.code ?? exitCodes.done;
}
