import { mergeEntry, readEntry } from '../clients/merge.ts';
import { goneFrom, isTable, mergedEntry } from '../clients/merged-entry.ts';
import { printable } from '../printable.ts';
import { createPaint } from '../text/paint.ts';
import type { Wanted } from './config-entry.ts';
import { entryDiff } from './entry-diff.ts';
import type { Io } from './io.ts';
import { keepPrivate, openSettings, replaceSettings } from './settings-file.ts';

/** The entry before and after, line by line, and which settings were dropped. */
function changeLines(io: Io, { client, place, entry, secrets }: Wanted, before: unknown, after: unknown): string[] {
  const paint = createPaint(io.surroundings.env, io.stdout);
  const shape = { ...place.shape, fresh: {} };
  const alone = { ...place, shape, secrets: [], bringsKey: false };
  const render = (one: unknown) => (isTable(one) ? mergeEntry(client.format, '', alone, one) : `${one}\n`);
  const lines = entryDiff(before, after, render, secrets).map((line) => paint(line[0] === '+' ? 'green' : 'red', line));
  const gone = goneFrom(mergedEntry(before, entry, { ...place, bringsKey: false }), after, place.shape);
  if (gone.length === 0) return lines;
  const named = gone.map((name) => printable(name.slice(0, 100))).join(', ');
  return [
    ...lines,
    '',
    `Removed, because it could send the key elsewhere: ${named}. If it is yours, add it again by hand.`,
  ];
}

/** Puts the entry into the client's file. @throws UsageError for a file that can't be changed. */
export async function writeEntry(io: Io, wanted: Wanted): Promise<void> {
  const { client, scope, place, entry, folders, isPrivate, notes } = wanted;
  const { file } = place;
  const settings = await openSettings(file, folders);
  const before = settings.found?.text ?? '';
  const found = readEntry(client.format, before, place);
  const after = mergeEntry(client.format, before, place, entry);
  if (after === before) {
    const wasOpen = isPrivate && (await keepPrivate(settings, io.surroundings.platform));
    const permissionNote = wasOpen ? ' Other users could read it; now only you can.' : '';
    io.stdout.write(`${file} already has this entry.${permissionNote}\n`);
    return;
  }
  io.stdout.write(`${changeLines(io, wanted, found, readEntry(client.format, after, place)).join('\n')}\n`);
  const modes = { mode: scope === 'user' ? 0o600 : 0o644, isPrivate };
  const backup = await replaceSettings(settings, after, modes);
  const kept = backup === undefined ? '' : ` The old file is saved as ${backup}.`;
  const said = [...notes, `Restart ${client.title}, or reload its MCP servers.`];
  io.stdout.write(`\nWritten to ${file}.${kept}\n${said.join('\n')}\n`);
}
