import { type Entry, type McpClient, mcpClients, type Scope, type Setting, userFolders } from '../clients/catalog.ts';
import { httpWay, serverName, stdioWay } from '../clients/launch.ts';
import { mergeEntry, type Place, readEntry } from '../clients/merge.ts';
import { goneFrom, isTable, mergedEntry } from '../clients/merged-entry.ts';
import { clientNames } from '../clients/names.ts';
import { refuseUnexpanded } from '../config.ts';
import { type ExitCode, exitCodes, UsageError } from '../errors.ts';
import { printable } from '../printable.ts';
import { createPaint } from '../text/paint.ts';
import { entryDiff } from './entry-diff.ts';
import type { Io } from './io.ts';
import { keepPrivate, openSettings, replaceSettings } from './settings-file.ts';

export interface ConfigOptions {
  write?: boolean;
  scope?: string;
  http?: boolean;
}

/** What a printed snippet shows in place of a key that the client's file must hold itself. */
const placeholder = 'YOUR_KEY';

/** An environment variable; empty counts as unset. */
function variable({ surroundings: { env } }: Io, name: string): string | undefined {
  const text = env[name]?.trim();
  if (text) refuseUnexpanded(name, text);
  return text || undefined;
}

/** How the client gets the key or token in `name`: only a user's own file gets the value itself. */
function secretOf(io: Io, name: string, client: McpClient, target: 'shown' | Scope): Setting | undefined {
  const value = variable(io, name);
  if (target === 'user') return value === undefined ? undefined : { is: value };
  return client.knowsVariables || target === 'project' ? { variable: name } : { is: placeholder };
}

/** Where the key comes from. */
function keyNote({ title, knowsVariables }: McpClient, target: 'shown' | Scope, hasKey: boolean): string {
  if (target === 'user') {
    return hasKey
      ? ''
      : 'DUNETRACE_API_KEY is not set here, so the entry has no key, and the server uses dt_dev_test.\n';
  }
  if (knowsVariables || target === 'project') return `Export DUNETRACE_API_KEY where ${title} is started.\n`;
  return `Replace ${placeholder} with your key, or let --write fill in DUNETRACE_API_KEY.\n`;
}

interface Wanted {
  client: McpClient;
  scope: Scope;
  place: Place;
  entry: Entry;
  /** Links may point anywhere inside these. */
  folders: readonly string[];
  /** Values that must never be shown. */
  secrets: readonly string[];
  /** Whether the entry holds one of the secrets. */
  isPrivate: boolean;
  note: string;
}

/** The entry before and after, line by line, and which settings were dropped. */
function changeLines(io: Io, { client, place, entry, secrets }: Wanted, before: unknown, after: unknown): string[] {
  const paint = createPaint(io.surroundings.env, io.stdout);
  const alone = { ...place, secrets: [], bringsKey: false };
  const render = (one: unknown) => (isTable(one) ? mergeEntry(client.format, '', alone, one) : `${one}\n`);
  const lines = entryDiff(before, after, render, secrets).map((line) => paint(line[0] === '+' ? 'green' : 'red', line));
  const gone = goneFrom(mergedEntry(before, entry, { ...place, bringsKey: false }), after);
  if (gone.length === 0) return lines;
  const named = gone.map((name) => printable(name.slice(0, 100))).join(', ');
  return [
    ...lines,
    '',
    `Removed, because it could send the key elsewhere: ${named}. If it is yours, add it again by hand.`,
  ];
}

async function write(io: Io, wanted: Wanted): Promise<ExitCode> {
  const { client, scope, place, entry, folders, isPrivate, note } = wanted;
  const { file } = place;
  const settings = await openSettings(file, folders);
  const before = settings.found?.text ?? '';
  const found = readEntry(client.format, before, place);
  const after = mergeEntry(client.format, before, place, entry);
  if (after === before) {
    const wasOpen = isPrivate && (await keepPrivate(settings, io.surroundings.platform));
    const permissionNote = wasOpen ? ' Other users could read it; now only you can.' : '';
    io.stdout.write(`${file} already has this entry.${permissionNote}\n`);
    return exitCodes.done;
  }
  io.stdout.write(`${changeLines(io, wanted, found, readEntry(client.format, after, place)).join('\n')}\n`);
  const modes = { mode: scope === 'user' ? 0o600 : 0o644, isPrivate };
  const backup = await replaceSettings(settings, after, modes);
  const kept = backup === undefined ? '' : ` The old file is saved as ${backup}.`;
  io.stdout.write(`\nWritten to ${file}.${kept}\n${note}Restart ${client.title}, or reload its MCP servers.\n`);
  return exitCodes.done;
}

/**
 * `dunetrace-mcp config CLIENT`: prints or writes what the client's settings must hold. A printed snippet and a
 * project's file only name the key; a user's own file gets the key itself.
 * @throws UsageError for a client that has no such scope or can't use HTTP, and for a file that can't be changed.
 */
export async function config(io: Io, name: string, options: ConfigOptions): Promise<ExitCode> {
  const known = clientNames.find((each) => each === name);
  if (known === undefined) throw new UsageError(`There is no client "${name}". There are: ${clientNames.join(', ')}.`);
  const client: McpClient = mcpClients[known];
  const scope: Scope = options.scope === 'project' ? 'project' : 'user';
  const { env, platform, homeDir } = io.surroundings;
  const surroundings = { platform, homeDir, workDir: io.workDir, env };
  const file = client.files[scope]?.(surroundings);
  if (file === undefined) throw new UsageError(`${client.title} has no project settings: leave out --scope.`);
  const target = options.write || scope === 'project' ? scope : 'shown';
  const secret = (variableName: string) => secretOf(io, variableName, client, target);
  const token = variable(io, 'DUNETRACE_HTTP_TOKEN');
  const apiUrl = variable(io, 'DUNETRACE_API_URL');
  const way = options.http
    ? httpWay(token === undefined ? undefined : secret('DUNETRACE_HTTP_TOKEN'))
    : stdioWay({ platform, apiUrl, apiKey: secret('DUNETRACE_API_KEY') });
  const entry = client.entry(way);
  if (entry === undefined) {
    throw new UsageError(`${client.title} starts its servers itself and takes no address: leave out --http.`);
  }
  const key = variable(io, 'DUNETRACE_API_KEY');
  const note = options.http
    ? 'It needs a running server: dunetrace-mcp serve --http\n'
    : keyNote(client, target, key !== undefined);
  const isPrivate = scope === 'user' && (options.http ? token : key) !== undefined;
  const place = {
    file,
    path: client.path,
    name: serverName,
    secrets: scope === 'project' ? ['DUNETRACE_API_KEY'] : [],
    // A project's entry names the variable, or its client passes on its own environment.
    bringsKey: scope === 'project' || isPrivate,
  };

  if (!options.write) {
    io.stdout.write(mergeEntry(client.format, '', place, entry));
    io.stderr.write(`\nAdd this to ${file}, or let --write do it.\n${note}`);
    return exitCodes.done;
  }
  const folders = scope === 'project' ? [io.workDir] : userFolders(surroundings);
  const secrets = [key, token].filter((value) => value !== undefined);
  return write(io, { client, scope, place, entry, folders, secrets, isPrivate, note });
}
