import { type ClientName, mcpClients } from './catalog.ts';
import type { McpClient } from './client.ts';
import { clientNames } from './names.ts';
import { type Place, pathOf, type Scope } from './places.ts';

/** What of a client is on this machine; `isThere` says whether a file or folder is. */

type IsThere = (path: string) => boolean;

/** The client's settings file: the first that is there, or else the first. undefined: it has no such scope. */
export function settingsFile({ files }: McpClient, scope: Scope, place: Place, isThere: IsThere): string | undefined {
  const candidates = files[scope]?.map((locate) => locate(place));
  return candidates?.find(isThere) ?? candidates?.[0];
}

/** Whether a folder of PATH has the program. */
export function isOnPath(program: string, place: Place, isThere: IsThere): boolean {
  const { delimiter, join } = pathOf(place);
  const endings = place.platform === 'win32' ? ['.exe', '.cmd', '.bat', ''] : [''];
  const folders = (place.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.some((folder) => endings.some((ending) => isThere(join(folder, program + ending))));
}

/** The clients that are on this machine: their settings, or their program on PATH. */
export function foundClients(place: Place, isThere: IsThere): ClientName[] {
  return clientNames.filter((name) => {
    const { at, programs = [] }: McpClient['signs'] = mcpClients[name].signs;
    return isThere(at(place)) || programs.some((program) => isOnPath(program, place, isThere));
  });
}
