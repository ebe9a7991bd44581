import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import type { Config } from '../config.ts';
import { movedAside } from '../db/file.ts';
import { openReader, type Reader } from '../db/open.ts';
import { usedBytes } from '../db/size.ts';
import { codeOf, MirrorError, messageOf } from '../errors.ts';
import { type MirrorStatus, mirrorStatus } from '../queries/status.ts';
import { quotaNote } from '../sync/quota.ts';
import { eventsText } from '../text/events-plan.ts';
import { plural } from '../text/plural.ts';
import { onlyAgentsStatus, sizeWarning, unprovenStatus } from '../text/status.ts';
import { textsStatus } from '../text/texts.ts';
import { ago } from '../text/time.ts';
import { unreadRows } from '../text/unread.ts';
import { eventsPlan } from './events.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import type { Io } from './io.ts';

/** With less free space, the next large sync may fill the disk. */
const minFreeBytes = 200 * 1024 ** 2;

const megabytes = (bytes: number) => `${Math.round(bytes / 1024 ** 2)} MB`;

/** The nearest folder above the file that exists. */
function standingFolder(file: string): string {
  const folder = dirname(file);
  return existsSync(folder) || folder === dirname(folder) ? folder : standingFolder(folder);
}

/** Checks the free space on the file's disk, and who may read the file. */
function checkPlace(file: string, platform: string): Finding[] {
  const { bavail, bsize } = statfsSync(standingFolder(file));
  const free = bavail * bsize;
  const room =
    free < minFreeBytes
      ? warn('Disk', `${megabytes(free)} are free for ${file}. Make room, or set DUNETRACE_DB to a file elsewhere.`)
      : ok('Disk', `${megabytes(free)} free`);
  const found = statSync(file, { throwIfNoEntry: false });
  if (platform === 'win32' || !found?.isFile()) return [room];
  const mode = found.mode & 0o777;
  const isOpen = (mode & 0o077) !== 0;
  const access = isOpen
    ? warn('Access', `${file} can be read by other users (mode ${mode.toString(8)}): chmod 600 it.`)
    : ok('Access', 'only you can read the file');
  return [room, access];
}

function checkSoundness({ sqlite, file }: Reader): Finding {
  const said: unknown = sqlite.pragma('quick_check(1)', { simple: true });
  return said === 'ok'
    ? ok('Integrity', 'SQLite finds no damage')
    : fail(
        'Integrity',
        new MirrorError(
          'corrupt',
          `${file} is damaged (${String(said)}). Run \`dunetrace-mcp sync\` to move it aside and start a new one.`,
        ),
      );
}

const fewOf = (lists: readonly string[]) =>
  `${lists.slice(0, 5).join('; ')}${lists.length > 5 ? `; and ${lists.length - 5} more` : ''}`;

/** Files that were moved aside stay until the user removes them. */
function checkMovedAside(file: string): Finding[] {
  const moved = movedAside(file);
  if (moved.length === 0) return [];
  const bytes = moved.reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
  const names = `${fewOf(moved)} (${megabytes(bytes)})`;
  // They were written before texts were hashed.
  const raw = moved.some((path) => path.slice(file.length).startsWith('.outdated'))
    ? ' What an older program wrote may hold texts that nobody hashed.'
    : '';
  return [warn('Moved aside', `${names}. Nothing uses them: remove them if you don't need them.${raw}`)];
}

/**
 * Ids of the other processes that have the file open, where the system shows them (Linux). Those of other users are
 * hidden.
 */
function processesOn(file: string): number[] | undefined {
  if (!existsSync('/proc/self/fd')) return undefined;
  const real = realpathSync(file);
  const opens = (pid: string) => {
    try {
      return readdirSync(`/proc/${pid}/fd`).some((fd) => {
        try {
          return readlinkSync(`/proc/${pid}/fd/${fd}`) === real;
        } catch {
          return false;
        }
      });
    } catch {
      return false;
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && opens(name))
    .map(Number);
}

function checkProcesses(file: string, { poller }: MirrorStatus): Finding[] {
  const others = processesOn(file);
  const open =
    others === undefined
      ? []
      : [
          ok(
            'Processes',
            others.length === 0
              ? 'no other process has the file open'
              : `${plural(others.length, 'other')} on the file: ${others.join(', ')}`,
          ),
        ];
  if (!poller) return [ok('Poller', 'none: no server uses this file, or one has just started'), ...open];
  const { pid, host } = poller;
  const isLost = host === hostname() && others !== undefined && !others.includes(pid);
  const holder = isLost
    ? ok('Poller', `process ${pid} was the poller and has ended; another server takes over within a minute`)
    : ok('Poller', `process ${pid} on ${host}`);
  return [holder, ...open];
}

function checkErrors({ lastError, agents, recordLists, unread }: MirrorStatus, now: number): Finding[] {
  const small = recordLists.flatMap(({ list, error }) => (error === null ? [] : [`${list} (${error})`]));
  const failed = agents.flatMap(({ agentId, lists }) =>
    Object.entries(lists).flatMap(([list, { error }]) =>
      error === null ? [] : [`the ${list} of ${agentId} (${error})`],
    ),
  );
  const last =
    lastError === null
      ? []
      : [warn('Last error', `${lastError.at === null ? '' : `${ago(now - lastError.at)}: `}${lastError.message}`)];
  const lists = [...failed, ...small];
  const unreadable = lists.length === 0 ? [] : [warn('Lists', `can't be read: ${fewOf(lists)}`)];
  const rows =
    unread.length === 0
      ? []
      : [
          warn(
            'Rows',
            `can't be read: ${fewOf(unread.map(unreadRows))}. A newer dunetrace-mcp may be able to read them; \`dunetrace-mcp sync\` tries them again.`,
          ),
        ];
  return [...last, ...unreadable, ...rows];
}

/** Whether the mirror holds texts as the setting says. */
function checkTexts({ texts }: MirrorStatus, { content }: Config): Finding {
  if (texts === (content === 'keep' ? 'kept' : 'hashed')) return ok('Texts', textsStatus(texts));
  return warn('Texts', `${texts}, while DUNETRACE_CONTENT is ${content}: the next pass follows the setting.`);
}

/** Whether the mirror has the agents that the setting says. */
function checkAgents({ onlyAgents }: MirrorStatus, { agents }: Config): Finding[] {
  const said = onlyAgents === null ? 'all' : onlyAgentsStatus(onlyAgents);
  if ((onlyAgents ?? '') === agents.globs) return onlyAgents === null ? [] : [ok('Agents', said)];
  return [
    warn(
      'Agents',
      `${said}, while DUNETRACE_AGENTS is ${agents.globs || 'not set'}: the next pass follows the setting.`,
    ),
  ];
}

/** A mirror that is not there is what the first sync, or a server, makes: if it can. */
function checkMissing(file: string): Finding {
  const folder = standingFolder(file);
  try {
    if (!statSync(folder).isDirectory()) throw new Error('it is no folder');
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const why = codeOf(error) ?? messageOf(error);
    const said = `${file} can't be made below ${folder} (${why}). Set DUNETRACE_DB to a file elsewhere.`;
    return fail('Mirror', new MirrorError('unusable', said));
  }
  return ok('Mirror', `none yet: \`dunetrace-mcp sync\` or a server makes it, as ${file}`);
}

/** Why the mirror is not open, and what else can be said of its file. */
function checkUnopened(error: unknown, file: string, place: readonly Finding[]): Finding[] {
  if (!(error instanceof MirrorError)) return [fail('Mirror', error), ...place];
  if (error.kind === 'missing') return [checkMissing(file), ...place];
  // Who may read another program's file is not our concern.
  return [fail('Mirror', error), ...(error.kind === 'foreign' ? place.slice(0, 1) : place)];
}

/** Checks whether the mirror's file is usable, sound and kept up to date. `isOpen`: it can be read. */
export function checkMirror(config: Config, { clock, surroundings }: Io): { isOpen: boolean; findings: Finding[] } {
  const place = checkPlace(config.dbFile, surroundings.platform);
  let reader: Reader;
  try {
    reader = openReader(config.dbFile, config);
  } catch (error) {
    return { isOpen: false, findings: checkUnopened(error, config.dbFile, place) };
  }
  try {
    return { isOpen: true, findings: checkOpened(config, reader, clock.now(), place) };
  } catch (error) {
    return { isOpen: false, findings: [fail('Mirror', error), ...place] };
  } finally {
    reader.close();
  }
}

function checkOpened(config: Config, reader: Reader, now: number, place: readonly Finding[]): Finding[] {
  const status = mirrorStatus(reader, now);
  const { lastPassCompletedAt, agents, schemaVersion, bytes } = status;
  const age = lastPassCompletedAt === null ? 'never' : ago(now - lastPassCompletedAt);
  const unproven = unprovenStatus(status);
  const events = eventsText(eventsPlan(reader, config, now));
  const size = quotaNote(usedBytes(reader), config.maxBytes) ?? sizeWarning(bytes);
  return [
    ok('Mirror', `${config.dbFile}: ${plural(agents.length, 'agent')}, last complete pass ${age}`),
    ok('Schema', `version ${schemaVersion}, ${megabytes(bytes)}`),
    ...(size === undefined ? [] : [warn('Size', size)]),
    checkTexts(status, config),
    ...checkAgents(status, config),
    ...(unproven === undefined ? [] : [warn('Unproven', unproven)]),
    ...(events === undefined ? [] : [ok('Events', events)]),
    ...place,
    ...checkMovedAside(config.dbFile),
    checkSoundness(reader),
    ...checkProcesses(config.dbFile, status),
    ...checkErrors(status, now),
    ok('Equality', 'not compared; `dunetrace-mcp sync --check` compares every row with the API'),
  ];
}
