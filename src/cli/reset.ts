import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { readConfig } from '../config.ts';
import { type ExitCode, exitCodes, UsageError } from '../errors.ts';
import { stderrLog } from '../log.ts';
import { resetMirror } from '../mirror/reset.ts';
import { printable } from '../printable.ts';
import type { Io } from './io.ts';

async function isAgreed({ stdin, stderr }: Io, file: string): Promise<boolean> {
  if (!stdin.isTTY)
    throw new UsageError('reset asks for confirmation, and there is no terminal to ask on. Add --yes to confirm.');
  const asking = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await asking.question(
      `Delete everything in ${printable(file)}? The next sync fetches again what the API still has. [y/N] `,
    );
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    asking.close();
  }
}

/** `dunetrace-mcp reset`: empties the mirror. Servers that use it fill it again. */
export async function reset(io: Io, options: { yes?: boolean }): Promise<ExitCode> {
  const config = readConfig(io.surroundings);
  const { dbFile } = config;
  const say = (line: string) => io.stdout.write(`${printable(line)}\n`);
  if (!existsSync(dbFile)) {
    say(`There is no mirror at ${dbFile}: nothing to reset.`);
    return exitCodes.done;
  }
  if (!options.yes && !(await isAgreed(io, dbFile))) {
    say('Nothing was deleted.');
    return exitCodes.done;
  }
  const { warning } = resetMirror(dbFile, config, io.clock);
  if (warning) stderrLog((line) => io.stderr.write(line)).warn(warning);
  say(`${dbFile} is empty. The server that polls fills it again; so does \`dunetrace-mcp sync\`.`);
  return exitCodes.done;
}
