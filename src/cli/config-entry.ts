import { existsSync } from 'node:fs';
import type { McpClient } from '../clients/client.ts';
import { settingsFile } from '../clients/found.ts';
import { httpWay, type OwnProgram, serverName, stdioWay } from '../clients/launch.ts';
import { type Scope, userFolders } from '../clients/places.ts';
import type { EntryPlace } from '../clients/settings-text.ts';
import { type Entry, entryOf } from '../clients/shape.ts';
import { refuseUnexpanded } from '../config.ts';
import { UsageError } from '../errors.ts';
import { type AddressOptions, addressNotes, addressOf } from './config-address.ts';
import { secretFor, type Target } from './config-secret.ts';
import type { Io } from './io.ts';

/** What a client's settings must hold, and where. */

export interface ConfigOptions extends AddressOptions {
  write?: boolean;
  scope?: string;
}

export interface Wanted {
  client: McpClient;
  scope: Scope;
  place: EntryPlace;
  entry: Entry;
  /** Links may point anywhere inside these. */
  folders: readonly string[];
  /** Values that must never be shown. */
  secrets: readonly string[];
  /** Whether the entry holds one of the secrets. */
  isPrivate: boolean;
  /** What the user has to do, or to know: a line each. */
  notes: readonly string[];
}

export const scopeOf = ({ scope }: ConfigOptions): Scope => (scope === 'project' ? 'project' : 'user');

/** An environment variable; empty counts as unset. */
function variable({ surroundings: { env } }: Io, name: string): string | undefined {
  const text = env[name]?.trim();
  if (text) refuseUnexpanded(name, text);
  return text || undefined;
}

/**
 * The client's entry. A printed one and a project's only name the key; a user's own file gets the key itself.
 * @throws UsageError for a client that has no such scope or takes no address.
 */
export function wantedEntry(io: Io, client: McpClient, options: ConfigOptions, program: OwnProgram): Wanted {
  const scope = scopeOf(options);
  const place = { ...io.surroundings, workDir: io.workDir };
  const file = settingsFile(client, scope, place, existsSync);
  if (file === undefined) throw new UsageError(`${client.title} has no project settings: leave out --scope.`);
  const target: Target = options.write || scope === 'project' ? scope : 'shown';
  const [key, token] = [variable(io, 'DUNETRACE_API_KEY'), variable(io, 'DUNETRACE_HTTP_TOKEN')];
  const by = options.http ? 'http' : 'stdio';
  const value = options.http ? token : key;
  const { setting, note } = secretFor(client, by, target, value);
  const address = options.http ? addressOf(options) : undefined;
  const way =
    address === undefined
      ? stdioWay({ program, apiUrl: variable(io, 'DUNETRACE_API_URL'), apiKey: setting })
      : httpWay(address, setting);
  const entry = entryOf(client.shape, way);
  if (entry === undefined) {
    throw new UsageError(`${client.title} starts its servers itself and takes no address: leave out --http.`);
  }
  const isPrivate = scope === 'user' && value !== undefined;
  const needs = address === undefined ? [] : addressNotes(address, token !== undefined);
  return {
    client,
    scope,
    entry,
    place: {
      file,
      path: client.path,
      name: serverName,
      shape: client.shape,
      secrets: scope === 'project' ? ['DUNETRACE_API_KEY'] : [],
      // A project's entry names the variable, or its client passes on its own environment.
      bringsKey: scope === 'project' || isPrivate,
    },
    folders: scope === 'project' ? [io.workDir] : userFolders(place),
    secrets: [key, token].filter((each) => each !== undefined),
    isPrivate,
    notes: [...needs, note, client.notes?.[scope]].filter((each) => each !== undefined),
  };
}
