import { type ExitCode, exitCodes } from '../errors.ts';
import { printable } from '../printable.ts';
import { createPaint } from '../text/paint.ts';
import { checkApi } from './doctor-api.ts';
import { checkClients } from './doctor-clients.ts';
import { checkLocks } from './doctor-locks.ts';
import { checkMirror } from './doctor-mirror.ts';
import { checkNode, checkSettings } from './doctor-settings.ts';
import type { Finding } from './finding.ts';
import type { Io } from './io.ts';

const tones = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

async function examine(io: Io, isPublished: boolean): Promise<Finding[]> {
  const clients = await checkClients(io, isPublished);
  const node = checkNode(process.version);
  const { config, findings } = checkSettings(io);
  if (!config) return [node, ...findings, ...clients];
  const mirror = checkMirror(config, io);
  const isOpen = mirror.some(({ what, level }) => what === 'Mirror' && level === 'ok');
  const locks = isOpen ? await checkLocks(config.dbFile, io) : [];
  return [node, ...findings, ...clients, ...mirror, ...locks, ...(await checkApi(config, io))];
}

/**
 * `dunetrace-mcp doctor`: finds what keeps the mirror from being filled and read, and clients from starting the server,
 * and names the fix.
 */
export async function doctor(io: Io, options: { json?: boolean }, isPublished: boolean): Promise<ExitCode> {
  const findings = await examine(io, isPublished);
  const worst = findings.find(({ level }) => level === 'fail') ?? findings.find(({ level }) => level === 'warn');
  const code = worst?.code ?? exitCodes.done;
  if (options.json) {
    const checks = findings.map(({ level, what, said }) => ({ level, check: what, message: printable(said) }));
    io.stdout.write(`${JSON.stringify({ exit_code: code, checks })}\n`);
    return code;
  }
  const paint = createPaint(io.surroundings.env, io.stdout);
  const width = Math.max(...findings.map(({ what }) => what.length));
  const lines = findings.map(
    ({ level, what, said }) => `${paint(tones[level], level.padEnd(4))}  ${what.padEnd(width)}  ${printable(said)}`,
  );
  io.stdout.write(`${lines.join('\n')}\n`);
  return code;
}
