import { type ClientName, mcpClients } from '../clients/catalog.ts';
import type { McpClient } from '../clients/client.ts';
import type { OwnProgram } from '../clients/launch.ts';
import { mergeEntry } from '../clients/merge.ts';
import { clientNames } from '../clients/names.ts';
import { type ExitCode, exitCodes, messageOf, UsageError } from '../errors.ts';
import { printable } from '../printable.ts';
import { type ConfigOptions, wantedEntry } from './config-entry.ts';
import { pickClients } from './config-offer.ts';
import { writeEntry } from './config-write.ts';
import type { Io } from './io.ts';

async function configOne(io: Io, name: ClientName, options: ConfigOptions, program: OwnProgram): Promise<void> {
  const client: McpClient = mcpClients[name];
  const wanted = wantedEntry(io, client, options, program);
  if (options.write) return writeEntry(io, wanted);
  const { place, entry, notes } = wanted;
  io.stdout.write(mergeEntry(client.format, '', place, entry));
  io.stderr.write(`\n${[`Add this to ${place.file}, or let --write do it.`, ...notes].join('\n')}\n`);
}

/** Writes to each of the clients, whatever becomes of the others. */
async function configEach(io: Io, names: readonly ClientName[], options: ConfigOptions, program: OwnProgram) {
  let code: ExitCode = exitCodes.done;
  for (const name of names) {
    io.stdout.write(`\n${mcpClients[name].title}\n`);
    try {
      await configOne(io, name, { ...options, write: true }, program);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      io.stderr.write(`${printable(messageOf(error))}\n`);
      code = exitCodes.usage;
    }
  }
  return code;
}

/**
 * `dunetrace-mcp config [CLIENT]`: prints or writes what the client's settings must hold; without a client, offers those
 * that are on this machine.
 * @throws UsageError for a client that has no such scope or can't use HTTP, and for a file that can't be changed.
 */
export async function config(
  io: Io,
  name: string | undefined,
  options: ConfigOptions,
  program: OwnProgram,
): Promise<ExitCode> {
  if (name === undefined) return configEach(io, await pickClients(io, options), options, program);
  const known = clientNames.find((each) => each === name);
  if (known === undefined) throw new UsageError(`There is no client "${name}". There are: ${clientNames.join(', ')}.`);
  await configOne(io, known, options, program);
  return exitCodes.done;
}
