/** The user's folder for it: in XDG_CACHE_HOME or ~/.cache, ~/Library/Caches, %LOCALAPPDATA%. */
function folderOf(env: Readonly<Record<string, string | undefined>>, platform: string): string {
  const { win32, posix } = process.getBuiltinModule('node:path');
  const home = process.getBuiltinModule('node:os').homedir();
  if (platform === 'win32')
    return win32.join(env.LOCALAPPDATA || win32.join(home, 'AppData', 'Local'), 'dunetrace', 'compiled');
  if (platform === 'darwin') return posix.join(home, 'Library', 'Caches', 'dunetrace', 'compiled');
  const caches = env.XDG_CACHE_HOME?.startsWith('/') ? env.XDG_CACHE_HOME : posix.join(home, '.cache');
  return posix.join(caches, 'dunetrace', 'compiled');
}

/** Makes the folder, if need be. @returns whether it is this user's, and nobody else can write or read there. */
function isOwnFolder(folder: string): boolean {
  const { lstatSync, mkdirSync } = process.getBuiltinModule('node:fs');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const found = lstatSync(folder);
    // Where there are no user ids, the folder is the user's by its place.
    const isPrivate = process.getuid === undefined || (found.uid === process.getuid() && (found.mode & 0o077) === 0);
    return found.isDirectory() && isPrivate;
  } catch {
    // A home that can't be written, or something else in its place: the program is compiled anew, as at its first start.
    return false;
  }
}

/**
 * Has Node keep what it compiles of the program from one start to the next, which takes a fifth off a start. What lies there
 * is run, so that it is a folder of our own that nobody else may touch; or, where that can't be, none.
 */
export function keepCompiled({ env, platform }: Pick<NodeJS.Process, 'env' | 'platform'>): void {
  // Whoever has set Node's own variables has said where, or that it is not wanted.
  if (env.NODE_COMPILE_CACHE || env.NODE_DISABLE_COMPILE_CACHE) return;
  const folder = folderOf(env, platform);
  if (isOwnFolder(folder)) process.getBuiltinModule('node:module').enableCompileCache(folder);
}
