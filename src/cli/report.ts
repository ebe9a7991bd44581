import { resolve } from 'node:path';
import { readConfig } from '../config.ts';
import { openReader, type Reader } from '../db/open.ts';
import { inOwnSnapshot } from '../db/snapshot.ts';
import { type ExitCode, exitCodes, messageOf, UsageError } from '../errors.ts';
import { agentIds, isKnownAgent } from '../queries/agents.ts';
import { maxDays, usualDays } from '../report/contents.ts';
import { reportPage } from '../report/page.ts';
import { readReport } from '../report/read.ts';
import { costsOf, findPrices } from '../tools/pricing.ts';
import type { Io } from './io.ts';
import { exchange, privateMode } from './new-file.ts';

export interface ReportOptions {
  agent?: string;
  days?: string;
  out?: string;
}

/** Agents shown in full. A page with more would open slowly and be too long to read. */
const maxAgents = 25;

function daysOf(text = String(usualDays)): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= maxDays) return days;
  throw new UsageError(`--days is ${JSON.stringify(text)}; it takes a whole number from 1 to ${maxDays}.`);
}

function refuseUnknown(reader: Reader, agentId: string): void {
  if (isKnownAgent(reader, agentId)) return;
  const known = agentIds(reader);
  const some = known.slice(0, 10).join(', ') || 'none';
  throw new UsageError(
    `The mirror has no agent ${JSON.stringify(agentId)}. It has: ${some}${known.length > 10 ? ', ...' : ''}.`,
  );
}

/** Nothing else runs in the process. */
const goOn = () => Promise.resolve();

async function pageOf({ surroundings, clock }: Io, agentId: string | undefined, days: number): Promise<string> {
  const config = readConfig(surroundings);
  const { prices, notes } = await findPrices(config.pricesFile);
  const reader = openReader(config.dbFile, config);
  try {
    if (agentId !== undefined) refuseUnknown(reader, agentId);
    const wanted = {
      agentId,
      inFull: maxAgents,
      days,
      now: clock.now(),
      costOf: costsOf(prices),
      pricesDate: prices?.date,
    };
    const report = await inOwnSnapshot(reader, () => readReport(reader, wanted, goOn));
    return reportPage({ ...report, notes: [...report.notes, ...notes] });
  } finally {
    reader.close();
  }
}

/**
 * `dunetrace-mcp report`: writes the mirror's agents as one HTML file.
 * @throws UsageError for days out of range, an agent that is not mirrored, and a file that can't be written.
 */
export async function report(io: Io, options: ReportOptions): Promise<ExitCode> {
  const page = await pageOf(io, options.agent, daysOf(options.days));
  if (options.out === '-') {
    io.stdout.write(page);
    return exitCodes.done;
  }
  const file = resolve(io.workDir, options.out ?? 'dunetrace-report.html');
  try {
    await exchange(file, page, privateMode);
  } catch (error) {
    throw new UsageError(
      `The report can't be written to ${file} (${messageOf(error)}). Name another file with --out.`,
      { cause: error },
    );
  }
  io.stdout.write(`${file}\n`);
  return exitCodes.done;
}
