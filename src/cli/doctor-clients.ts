import { existsSync } from 'node:fs';
import { type ClientName, mcpClients } from '../clients/catalog.ts';
import type { McpClient } from '../clients/client.ts';
import { entryFault, type Machine } from '../clients/entry-fault.ts';
import { isOnPath, settingsFile } from '../clients/found.ts';
import { serverName } from '../clients/launch.ts';
import { readEntry } from '../clients/merge.ts';
import { isTable } from '../clients/merged-entry.ts';
import { clientNames } from '../clients/names.ts';
import { type Place, type Scope, userFolders } from '../clients/places.ts';
import { startedBy } from '../clients/shape.ts';
import { messageOf } from '../errors.ts';
import { type Finding, ok, warn } from './finding.ts';
import type { Io } from './io.ts';
import { openSettings } from './settings-file.ts';

interface Settings {
  name: ClientName;
  scope: Scope;
  file: string;
}

/** The settings that clients have for this user and in this folder. */
function settingsHere(place: Place): Settings[] {
  const all = (['user', 'project'] as const).flatMap((scope) =>
    clientNames.flatMap((name): Settings[] => {
      const file = settingsFile(mcpClients[name], scope, place, existsSync);
      return file !== undefined && existsSync(file) ? [{ name, scope, file }] : [];
    }),
  );
  // In the home folder a project's file may be the user's own.
  return all.filter(({ name, file }, at) => all.findIndex((each) => each.name === name && each.file === file) === at);
}

async function checkEntry({ name, scope, file }: Settings, machine: Machine): Promise<Finding[]> {
  const { title, format, path, shape }: McpClient = mcpClients[name];
  const { place } = machine;
  try {
    const { found } = await openSettings(file, scope === 'project' ? [place.workDir] : userFolders(place));
    const entry = readEntry(format, found?.text ?? '', { file, path, name: serverName, shape });
    if (!isTable(entry)) return [];
    const words = startedBy(shape, entry);
    if (words === undefined) return [ok('Client', `${title} connects to a server that runs (${file})`)];
    const fault = entryFault(words, machine);
    const flags = scope === 'project' ? ' --scope project' : '';
    return fault === undefined
      ? [ok('Client', `${title} starts this server (${file})`)]
      : [warn('Client', `${title} ${fault}. Run \`dunetrace-mcp config ${name} --write${flags}\` to renew ${file}.`)];
  } catch (error) {
    return [warn('Client', `${title}: ${messageOf(error)}`)];
  }
}

/** Checks whether the clients whose settings have this server can start it, and at once. */
export async function checkClients(io: Io, isPublished: boolean): Promise<Finding[]> {
  const place = { ...io.surroundings, workDir: io.workDir };
  const machine: Machine = {
    place,
    isPublished,
    isThere: existsSync,
    isOnPath: (program) => isOnPath(program, place, existsSync),
  };
  const findings = await Promise.all(settingsHere(place).map((settings) => checkEntry(settings, machine)));
  const found = findings.flat();
  return found.length > 0 ? found : [ok('Client', 'none has this server yet; `dunetrace-mcp config` offers it')];
}
