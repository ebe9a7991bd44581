import * as z from 'zod';
import { type AgentChanges, pastDays, recentDays } from '../queries/agent-changes.ts';
import type { RateChange } from '../queries/version-changes.ts';
import { maxChangedTypes } from '../text/agent-changes.ts';
import { second } from '../text/time.ts';
import { changeObject, changeShape } from './patterns-object.ts';

const changes = { all: changeShape, types: z.array(changeShape) };

/** What changed with an agent, in structured content: the types are those that moved by more than chance explains. */
export const changesShape = z.object({
  recent: z.object({ days: z.number(), days_before: z.number(), ...changes }),
  versions: z.object({ before: z.string(), after: z.string(), first_run: z.string(), ...changes }).optional(),
});

/** Its fields that hold versions. */
export const versionFields = ['before', 'after'];

const moved = (types: readonly RateChange[]) =>
  types
    .filter(({ verdict }) => verdict !== undefined)
    .slice(0, maxChangedTypes)
    .map(changeObject);

export function changesObject({ recent, version }: AgentChanges): z.infer<typeof changesShape> {
  const [older, newer] = version?.versions ?? [];
  return {
    recent: { days: recentDays, days_before: pastDays, all: changeObject(recent.all), types: moved(recent.types) },
    ...(version && older && newer
      ? {
          versions: {
            before: older.version,
            after: newer.version,
            first_run: second(newer.firstRun),
            all: changeObject(version.all),
            types: moved(version.types),
          },
        }
      : {}),
  };
}
