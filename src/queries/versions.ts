import { dayOf, endOfDay, startOfDay } from '../days.ts';
import { nameOf, numberOfAgent } from '../db/codes.ts';
import { countedAs } from '../db/day-tables.ts';
import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';
import { isListedRun, runTime } from '../db/run-kinds.ts';

/** A version that an agent's runs name, and when the first of them took place, in Unix seconds. */
export interface KnownVersion {
  id: number;
  version: string;
  firstRun: number;
}

interface FirstDay {
  version: number;
  day: number;
}

const firstDays = preparedSql<FirstDay>(`
  select version, min(day) as day from run_days
  where agent = @agent and what = ${countedAs.all} and version > 0 group by version order by day desc`);

const firstRunIn = preparedSql<{ at: number | null }>(`
  select min(${runTime}) as at from runs r
  where r.agent = @agent and r.version = @version and ${runTime} >= @from and ${runTime} < @until and ${isListedRun}`);

/** With the moment of the first run, which is looked up among the runs of that day. */
function known(reader: Reader, agent: number, { version, day }: FirstDay): KnownVersion[] {
  const at = firstRunIn(reader).get({ agent, version, from: startOfDay(day), until: endOfDay(day) })?.at;
  return at == null ? [] : [{ id: version, version: nameOf(reader, version), firstRun: at }];
}

const newestFirst = (versions: KnownVersion[]) =>
  versions.sort((a, b) => b.firstRun - a.firstRun || (a.version < b.version ? -1 : 1));

/** The first `limit` of these by their first runs, of which no more than needed are looked up. */
function newestOf(reader: Reader, agent: number, days: readonly FirstDay[], limit: number): KnownVersion[] {
  const last = days[Math.min(limit, days.length) - 1]?.day ?? Number.POSITIVE_INFINITY;
  const near = days.filter(({ day }) => day >= last);
  return newestFirst(near.flatMap((one) => known(reader, agent, one))).slice(0, limit);
}

/** An agent's versions, that with the latest first run first: `limit` of them, and how many there are. */
export function newestVersions(
  reader: Reader,
  agentId: string,
  limit: number,
): { items: KnownVersion[]; total: number } {
  const agent = numberOfAgent(reader, agentId);
  const days = firstDays(reader).all({ agent });
  return { items: newestOf(reader, agent, days, limit), total: days.length };
}

/** The same of versions whose first run was before a moment. */
export function versionsBefore(
  reader: Reader,
  agentId: string,
  moment: number,
  limit: number,
): { items: KnownVersion[]; total: number } {
  const agent = numberOfAgent(reader, agentId);
  const days = firstDays(reader).all({ agent });
  const edge = days
    .filter(({ day }) => day === dayOf(moment))
    .flatMap((one) => known(reader, agent, one))
    .filter(({ firstRun }) => firstRun < moment);
  const before = days.filter(({ day }) => day < dayOf(moment));
  const items = edge.length >= limit ? [] : newestOf(reader, agent, before, limit - edge.length);
  return { items: [...newestFirst(edge), ...items].slice(0, limit), total: edge.length + before.length };
}

/** The versions whose first run lies in a window, the newest first. */
export function versionsIn(
  reader: Reader,
  agentId: string,
  { from, end }: { from: number; end: number },
): KnownVersion[] {
  const agent = numberOfAgent(reader, agentId);
  const found = firstDays(reader)
    .all({ agent })
    .filter(({ day }) => day >= dayOf(from))
    .flatMap((one) => known(reader, agent, one));
  return newestFirst(found.filter(({ firstRun }) => firstRun >= from && firstRun <= end));
}

/** An agent's version by its name, as given or with or without its v; undefined: no run names it. */
export function findVersion(reader: Reader, agentId: string, name: string): KnownVersion | undefined {
  const agent = numberOfAgent(reader, agentId);
  const days = firstDays(reader).all({ agent });
  const bare = name.trim().replace(/^v(?=\d)/i, '');
  for (const wanted of [name, name.trim(), `v${bare}`, bare]) {
    const found = days.find(({ version }) => nameOf(reader, version) === wanted);
    if (found) return known(reader, agent, found)[0];
  }
  return undefined;
}
