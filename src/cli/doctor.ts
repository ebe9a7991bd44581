import { type ExitCode, exitCodes } from '../errors.ts';
import { json, printable } from '../printable.ts';
import { createPaint } from '../text/paint.ts';
import { checkApi } from './doctor-api.ts';
import { checkClients } from './doctor-clients.ts';
import { doctorLines } from './doctor-lines.ts';
import { checkLocks } from './doctor-locks.ts';
import { checkMirror } from './doctor-mirror.ts';
import { checkKey, checkLog, checkNode, checkSettings } from './doctor-settings.ts';
import type { Finding } from './finding.ts';
import type { Io } from './io.ts';
import { verdictOf } from './verdict.ts';

async function examine(io: Io, isPublished: boolean): Promise<Finding[]> {
  const clients = await checkClients(io, isPublished);
  const node = checkNode(process.version);
  const { config, findings } = checkSettings(io);
  if (!config) return [node, ...findings, ...clients];
  const mirror = checkMirror(config, io);
  const locks = mirror.isOpen ? await checkLocks(config.dbFile, io) : [];
  const api = await checkApi(config, io);
  const isKeyTaken = api.every(({ level }) => level !== 'fail');
  const settings = [...findings, ...checkLog(config), ...checkKey(io, config, isKeyTaken)];
  return [node, ...settings, ...clients, ...mirror.findings, ...locks, ...api];
}

/**
 * `dunetrace-mcp doctor`: finds what keeps the mirror from being filled and read, and clients from starting the server,
 * and names the fix.
 */
export async function doctor(io: Io, options: { json?: boolean }, isPublished: boolean): Promise<ExitCode> {
  const findings = await examine(io, isPublished);
  const worst = findings.find(({ level }) => level === 'fail') ?? findings.find(({ level }) => level === 'warn');
  const code = worst?.code ?? exitCodes.done;
  const verdict = verdictOf(findings);
  if (options.json) {
    const checks = findings.map(({ level, what, said }) => ({ level, check: what, message: printable(said) }));
    const summary = printable(verdict.said);
    io.stdout.write(`${json({ exit_code: code, verdict: verdict.verdict, summary, checks })}\n`);
    return code;
  }
  const paint = createPaint(io.surroundings.env, io.stdout);
  const columns = io.stdout.isTTY ? io.stdout.columns || 80 : undefined;
  io.stdout.write(`${doctorLines(findings, verdict, paint, columns).join('\n')}\n`);
  return code;
}
