import { posix, win32 } from 'node:path';

/** Where clients keep their files. */

export type Scope = 'user' | 'project';

/** Where to look for a client's files. */
export interface Place {
  platform: string;
  homeDir: string;
  /** The project's folder. */
  workDir: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** A file or a folder of a client. */
export type Locate = (place: Place) => string;

/** The rules of paths on the place's platform. */
export const pathOf = ({ platform }: Pick<Place, 'platform'>) => (platform === 'win32' ? win32 : posix);

export const inHome =
  (...parts: string[]): Locate =>
  (place) =>
    pathOf(place).join(place.homeDir, ...parts);

export const inProject =
  (...parts: string[]): Locate =>
  (place) =>
    pathOf(place).join(place.workDir, ...parts);

/** In the folder that an environment variable names, or else in the home folder's `fallback`. */
export const inNamed =
  (variable: string, fallback: readonly string[], ...parts: string[]): Locate =>
  (place) =>
    pathOf(place).join(place.env[variable] || inHome(...fallback)(place), ...parts);

/** In the folder that command-line programs keep settings in, on every platform. */
export const inConfig = (...parts: string[]): Locate => inNamed('XDG_CONFIG_HOME', ['.config'], ...parts);

/** In the folder that Windows keeps a user's settings in. */
export const inAppData = (...parts: string[]): Locate => inNamed('APPDATA', ['AppData', 'Roaming'], ...parts);

/** In the folder that desktop programs keep a user's settings in. */
export const inSettings = (...parts: string[]): Locate =>
  byPlatform({
    win32: inAppData(...parts),
    darwin: inHome('Library', 'Application Support', ...parts),
    others: inConfig(...parts),
  });

/** A place that is another on some platforms. */
export const byPlatform =
  ({ others, ...named }: { others: Locate; win32?: Locate; darwin?: Locate }): Locate =>
  (place) => {
    const { platform } = place;
    const locate = platform === 'win32' || platform === 'darwin' ? named[platform] : undefined;
    return (locate ?? others)(place);
  };

/** Variables that name a folder of settings. */
const folderVariables = ['XDG_CONFIG_HOME', 'APPDATA', 'CODEX_HOME', 'COPILOT_HOME', 'KIMI_CODE_HOME'];

/**
 * Where a user's own settings may be after links are resolved: the home folder, and folders that the environment names.
 */
export function userFolders({ homeDir, env }: Place): string[] {
  return [homeDir, ...folderVariables.flatMap((name) => env[name] || [])];
}
