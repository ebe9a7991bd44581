import { copyFile, mkdir, readFile, readlink, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { type McpClient, mcpClients, type Scope, type Setting } from '../clients/catalog.ts';
import { httpWay, serverName, stdioWay } from '../clients/launch.ts';
import { mergeEntry } from '../clients/merge.ts';
import { clientNames } from '../clients/names.ts';
import { refuseUnexpanded } from '../config.ts';
import { codeOf, type ExitCode, exitCodes, messageOf, UsageError } from '../errors.ts';
import { createPaint } from '../text/paint.ts';
import type { Io } from './io.ts';

export interface ConfigOptions {
  write?: boolean;
  scope?: string;
  http?: boolean;
}

/** What stands in a printed snippet for a key that the client's file must hold itself. */
const placeholder = 'YOUR_KEY';

/** An environment variable; empty counts as unset. */
function variable({ surroundings: { env } }: Io, name: string): string | undefined {
  const text = env[name]?.trim();
  if (text) refuseUnexpanded(name, text);
  return text || undefined;
}

/** How the key or token in `name` is told to the client: only a user's own file gets the value itself. */
function secretOf(io: Io, name: string, client: McpClient, target: 'shown' | Scope): Setting | undefined {
  const value = variable(io, name);
  if (target === 'user') return value === undefined ? undefined : { is: value };
  return client.knowsVariables || target === 'project' ? { variable: name } : { is: placeholder };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw new UsageError(`${file} can't be read (${messageOf(error)}).`, { cause: error });
  }
}

/** Where a link points to a file that is not there yet; else the name itself. */
async function linked(named: string): Promise<string> {
  const target = await readlink(named).catch(() => undefined);
  return target === undefined ? named : resolve(dirname(named), target);
}

/** Puts `text` in the place of the file's own in one step, and keeps that as .bak. A link stays a link. */
async function replaceFile(named: string, text: string, mode: number): Promise<string | undefined> {
  try {
    const found = await realpath(named).catch(() => undefined);
    const file = found ?? (await linked(named));
    await mkdir(dirname(file), { recursive: true });
    const backup = found === undefined ? undefined : `${file}.bak`;
    if (backup !== undefined) await copyFile(file, backup);
    const draft = `${file}.${process.pid}.new`;
    await writeFile(draft, text, { mode: found === undefined ? mode : (await stat(file)).mode });
    await rename(draft, file);
    return backup;
  } catch (error) {
    throw new UsageError(`${named} can't be written (${messageOf(error)}).`, { cause: error });
  }
}

/** A setting that names a secret, and its value in the quotes of JSON or TOML. */
const secret = /((?:key|token|secret|password|authorization)["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*')/gi;
const reference = /^.(?:Bearer )?\$\{[^}]*\}.$/;

/** Blots out every key, token or password of the line, new or old, also another server's; a variable's name may be seen. */
function hide(line: string): string {
  return line.replace(secret, (said: string, before: string, value: string) =>
    reference.test(value) ? said : `${before}"********"`,
  );
}

/** What changes, line by line, without what is beside it: other servers' secrets are nobody's business. */
function diffLines(file: string, before: string, after: string, { surroundings, stdout }: Io): string[] {
  const paint = createPaint(surroundings.env, stdout);
  const lines = createTwoFilesPatch(file, file, before, after, undefined, undefined, { context: 0 }).split('\n');
  return lines.slice(lines.findIndex((line) => line.startsWith('@@'))).flatMap((each) => {
    if (each === '') return [];
    const line = hide(each);
    return [line.startsWith('+') ? paint('green', line) : line.startsWith('-') ? paint('red', line) : line];
  });
}

/** Where the key comes from. */
function keyNote({ title, knowsVariables }: McpClient, target: 'shown' | Scope, hasKey: boolean): string {
  if (target === 'user') {
    return hasKey
      ? ''
      : 'DUNETRACE_API_KEY is not set here, so the entry has no key of its own: dt_dev_test is used.\n';
  }
  if (knowsVariables || target === 'project') return `Export DUNETRACE_API_KEY where ${title} is started.\n`;
  return `Put your key in the place of ${placeholder}; --write does it with the one in DUNETRACE_API_KEY.\n`;
}

/**
 * `dunetrace-mcp config CLIENT`: what the client's settings must hold, printed or written. Printed, and in a project's
 * file, the key is only named; a user's own file gets the key itself.
 * @throws UsageError for a client that has no such scope or can't use HTTP, and for a file that can't be changed.
 */
export async function config(io: Io, name: string, options: ConfigOptions): Promise<ExitCode> {
  const known = clientNames.find((each) => each === name);
  if (known === undefined) throw new UsageError(`There is no client "${name}"; there are ${clientNames.join(', ')}.`);
  const client: McpClient = mcpClients[known];
  const scope: Scope = options.scope === 'project' ? 'project' : 'user';
  const { env, platform, homeDir } = io.surroundings;
  const file = client.files[scope]?.({ platform, homeDir, workDir: io.workDir, env });
  if (file === undefined) throw new UsageError(`${client.title} has no settings of a project; leave out --scope.`);
  const target = options.write || scope === 'project' ? scope : 'shown';
  const secret = (variableName: string) => secretOf(io, variableName, client, target);
  const token = variable(io, 'DUNETRACE_HTTP_TOKEN');
  const apiUrl = variable(io, 'DUNETRACE_API_URL');
  const way = options.http
    ? httpWay(token === undefined ? undefined : secret('DUNETRACE_HTTP_TOKEN'))
    : stdioWay({ platform, apiUrl, apiKey: secret('DUNETRACE_API_KEY') });
  const entry = client.entry(way);
  if (entry === undefined) {
    throw new UsageError(`${client.title} starts its servers itself and can't be given an address: leave out --http.`);
  }
  const key = variable(io, 'DUNETRACE_API_KEY');
  const note = options.http
    ? 'It needs a running server: dunetrace-mcp serve --http\n'
    : keyNote(client, target, key !== undefined);
  const secrets = scope === 'project' ? ['DUNETRACE_API_KEY'] : [];
  const place = { file, path: client.path, name: serverName, secrets };

  if (!options.write) {
    io.stdout.write(mergeEntry(client.format, '', place, entry));
    io.stderr.write(`\nThis goes into ${file}; --write puts it there.\n${note}`);
    return exitCodes.done;
  }
  const before = await textOf(file);
  const after = mergeEntry(client.format, before, place, entry);
  if (after === before) {
    io.stdout.write(`${file} has it already.\n`);
    return exitCodes.done;
  }
  io.stdout.write(`${diffLines(file, before, after, io).join('\n')}\n`);
  const backup = await replaceFile(file, after, scope === 'user' ? 0o600 : 0o644);
  const kept = backup === undefined ? '' : ` The file as it was is ${backup}.`;
  io.stdout.write(`\nWritten to ${file}.${kept}\n${note}Restart ${client.title}, or reload its MCP servers.\n`);
  return exitCodes.done;
}
