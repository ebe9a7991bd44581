import type { Window } from '../days.ts';
import type { Reader } from '../db/open.ts';
import { coveredFrom } from '../queries/coverage.ts';
import { ago } from '../text/time.ts';

/** A mirror that is older than this is warned about, in seconds. */
const staleSeconds = 3600;
const maxNamed = 5;

interface Sync {
  span: Window;
  now: number;
  /** When the last complete pass began; null: none has completed. Unix seconds, both by this machine's clock. */
  syncedAt: number | null;
}

/** Why a report's numbers may be lower than the API's own. */
export function reportNotes(reader: Reader, agentIds: readonly string[], { span, now, syncedAt }: Sync): string[] {
  if (syncedAt === null) return ['The first sync has not completed, so rows may be missing. Run dunetrace-mcp sync.'];
  const partial = agentIds.filter((agentId) => {
    const from = coveredFrom(reader, agentId);
    return from === null || from > span.from;
  });
  const rest = partial.length - maxNamed;
  const named = `${partial.slice(0, maxNamed).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  return [
    ...(now - syncedAt > staleSeconds
      ? [`The mirror was brought up to date ${ago(now - syncedAt)}; the days end then.`]
      : []),
    ...(partial.length > 0 ? [`Not all of these days are mirrored for ${named}.`] : []),
  ];
}
