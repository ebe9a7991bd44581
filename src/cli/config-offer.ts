import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { type ClientName, mcpClients } from '../clients/catalog.ts';
import type { McpClient } from '../clients/client.ts';
import { foundClients, isOnPath, settingsFile } from '../clients/found.ts';
import { packageName } from '../clients/launch.ts';
import { clientNames } from '../clients/names.ts';
import type { Place } from '../clients/places.ts';
import { UsageError } from '../errors.ts';
import { addressOf } from './config-address.ts';
import { type ConfigOptions, scopeOf } from './config-entry.ts';
import type { Io } from './io.ts';

/** Which of this machine's clients get the server, where the user names none. */

/** Whether the client can have what the options ask for. */
function canHave(name: ClientName, options: ConfigOptions): boolean {
  const { files, shape }: McpClient = mcpClients[name];
  return files[scopeOf(options)] !== undefined && (!options.http || shape.url !== undefined);
}

/**
 * The clients that an answer names: by numbers in the list, or by names; "all" is each. Nothing is none.
 * @throws UsageError for a word that is neither.
 */
export function chosenFrom(answer: string, offered: readonly ClientName[]): ClientName[] {
  const words = answer
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((word) => word !== '');
  if (words.includes('all')) return [...offered];
  const chosen = words.map((word) => {
    const name = offered.find((each, at) => each === word || String(at + 1) === word);
    if (name === undefined) throw new UsageError(`"${word}" is none of these. Nothing was written.`);
    return name;
  });
  return [...new Set(chosen)];
}

async function ask({ stdin, stderr }: Io, lines: readonly string[]): Promise<string> {
  stderr.write(`Clients on this machine:\n${lines.join('\n')}\n`);
  const asking = createInterface({ input: stdin, output: stderr });
  try {
    // The input may end without an answer, which is none.
    const closed = new Promise<string>((resolve) => void asking.once('close', () => resolve('')));
    return await Promise.race([asking.question('Which get this server? Numbers, or "all"; Enter for none: '), closed]);
  } finally {
    asking.close();
  }
}

/** The user's own options, as they are typed. @throws UsageError for an address that can't be. */
function flagsOf(options: ConfigOptions): string {
  const { scope, http, url, port } = options;
  const address = http ? addressOf(options) : '';
  const flags = [
    ...(scope === 'project' ? ['--scope project'] : []),
    // A query's "&" means something to a shell.
    ...(url === undefined ? [] : [`--url "${address}"`]),
    ...(port === undefined ? [] : [`--port ${port}`]),
    ...(http && url === undefined && port === undefined ? ['--http'] : []),
  ];
  return flags.map((flag) => ` ${flag}`).join('');
}

/** How the user runs this program: its command where there is one, or else Node with the program. */
const typed = ({ nodePath, mainScript }: Io, place: Place) =>
  isOnPath(packageName, place, existsSync) ? packageName : `"${nodePath}" "${mainScript}"`;

/**
 * The clients to write to: on a terminal those that the user picks; elsewhere none, but for each the command that does
 * it is printed.
 */
export async function pickClients(io: Io, options: ConfigOptions): Promise<ClientName[]> {
  const flags = flagsOf(options);
  const place = { ...io.surroundings, workDir: io.workDir };
  const offered = foundClients(place, existsSync).filter((name) => canHave(name, options));
  if (offered.length === 0) {
    const names = clientNames.join(', ');
    io.stderr.write(`No client was found here. \`config NAME\` prints what one needs. There are: ${names}.\n`);
    return [];
  }
  const file = (name: ClientName) => settingsFile(mcpClients[name], scopeOf(options), place, existsSync);
  const width = Math.max(...offered.map((name) => name.length));
  if (io.stdin.isTTY) {
    const lines = offered.map((name, at) => `${String(at + 1).padStart(3)}  ${name.padEnd(width)}  ${file(name)}`);
    const chosen = chosenFrom(await ask(io, lines), offered);
    if (chosen.length === 0) io.stdout.write('Nothing was written.\n');
    return chosen;
  }
  const command = `${typed(io, place)} config`;
  for (const name of offered) io.stdout.write(`${command} ${name.padEnd(width)} --write${flags}   # ${file(name)}\n`);
  return [];
}
