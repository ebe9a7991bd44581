import { readConfig } from '../config.ts';
import { openReader } from '../db/open.ts';
import { type ExitCode, exitCodes, StoppedError, UsageError } from '../errors.ts';
import { json } from '../printable.ts';
import { type CheckSummary, checkMirrorFile } from '../sync/check.ts';
import { checkLines, groupsOf } from '../text/check.ts';
import { type Io, openIoLog } from './io.ts';

export interface CheckOptions {
  agent?: string;
  sample?: string;
  json?: boolean;
  quiet?: boolean;
}

function sampleOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (/^[1-9]\d{0,6}$/.test(given)) return Number(given);
  throw new UsageError(`--sample takes a number of pages, 1 or more; it is ${JSON.stringify(given)}.`);
}

/** `dunetrace-mcp sync --check`: compares the mirror with the API, row by row, and writes nothing. */
export async function check(io: Io, options: CheckOptions): Promise<ExitCode> {
  const sample = sampleOf(options.sample);
  const config = readConfig(io.surroundings);
  const log = openIoLog(io, config);
  const reader = openReader(config.dbFile, config);
  const abort = new AbortController();
  const release = io.onInterrupt(() => abort.abort(new StoppedError('stopped; a check writes nothing')));
  const isShown = !options.quiet && io.stderr.isTTY === true;
  const onList = (done: number, total: number) => {
    if (isShown) io.stderr.write(`\r\u001b[Kcheck: ${done}/${total} lists`);
  };
  let summary: CheckSummary;
  try {
    summary = await checkMirrorFile(
      config,
      reader,
      { ...io, log },
      {
        agentId: options.agent,
        sample,
        signal: abort.signal,
        onList,
      },
    );
  } finally {
    if (isShown) io.stderr.write('\r\u001b[K');
    release();
    reader.close();
  }
  if (options.json) io.stdout.write(`${json(summaryObject(summary))}\n`);
  else if (!options.quiet) io.stdout.write(`${checkLines(summary).join('\n')}\n`);
  const isEqual = summary.lists.length === 0 && summary.failures.every(({ kind }) => kind === 'not_found');
  return isEqual ? exitCodes.done : exitCodes.partial;
}

const named = <Named extends { agentId: string }>({ agentId, ...rest }: Named) => ({
  agent_id: agentId === '' ? null : agentId,
  ...rest,
});

function summaryObject({ rows, requests, lists, failures }: CheckSummary) {
  return { compared: rows, requests, differences: lists.flatMap(groupsOf).map(named), not_read: failures.map(named) };
}
