import type { Window } from '../days.ts';
import { nameOf, numberOfAgent, numbersOfNames } from '../db/codes.ts';
import { countedAs } from '../db/day-tables.ts';
import type { Reader } from '../db/open.ts';
import { preparedTexts } from '../db/prepared.ts';
import { isListedRun, runTime } from '../db/run-kinds.ts';
import type { Dimension } from './breakdown-kinds.ts';
import { countRunsOf, type RunCounts, runsAs, typesIn } from './run-counts.ts';

/** One group of one agent. */
export interface Part {
  /** null: none is named. */
  name: string | null;
  value: number;
  /** What the value is of: runs of the group, or calls of a tool. */
  of: number;
  /** Of how many of these the value is known. */
  known: number;
}

export const hourName = (hour: number) => `${String(hour).padStart(2, '0')}:00`;

interface Counted {
  key: number | string;
  runs: number;
  failed: number;
}

const inWindow = `r.agent = @agent and ${runTime} >= @from and ${runTime} <= @end and ${isListedRun}`;
const hasFailed = 'exists (select 1 from signals s where s.run = r.id and s.gone_at is null)';
const detailed = 'runs r indexed by runs_agent_detailed';

/** By what runs are grouped, and from where; SQLite rounds down only what is positive. */
const sources = {
  hour: [`cast(floor(${runTime} / 3600) - 24 * floor(${runTime} / 86400) as integer)`, `runs r where ${inWindow}`],
  input: ['r.input', `runs r indexed by runs_agent_input where ${inWindow} and r.input is not null`],
  model: [
    'm.model',
    `${detailed} cross join run_sums m on m.run = r.id and m.calls > 0 where ${inWindow} and r.detail_at is not null`,
  ],
} as const;

const countText = preparedTexts<Counted>();

/** Whether a run failed is looked up for each, so only where it is asked. */
const textOf = (by: keyof typeof sources, ofFailures: boolean) => `
  select ${sources[by][0]} as key, count(*) as runs, ${ofFailures ? `sum(${hasFailed})` : '0'} as failed
  from ${sources[by][1]} group by 1`;

interface ToolCounts {
  tool: number;
  runs: number;
  told: number;
  failed: number;
}

const toolText = preparedTexts<ToolCounts>();
const byTool = `
  select tool, sum(called > 0) as runs, sum(told) as told, sum(failed) as failed
  from (
    select e.tool_name as tool, sum(e.event_type = @called) as called,
      sum(e.event_type = @responded and e.success is not null) as told,
      sum(e.event_type = @responded and e.success is 0) as failed
    from ${detailed} cross join run_events e on e.run = r.id and e.tool_name is not null
    where ${inWindow} and r.detail_at is not null group by r.id, e.tool_name)
  group by tool`;

/** `counts` are those of the whole window. */
type About = { agentId: string; window: Window; counts: RunCounts; ofFailures: boolean };

function toolParts(reader: Reader, { agentId, window: { from, end }, ofFailures }: About): Part[] {
  const [called = 0] = numbersOfNames(reader, ['tool.called']);
  const [responded = 0] = numbersOfNames(reader, ['tool.responded']);
  const bound = { agent: numberOfAgent(reader, agentId), from, end, called, responded };
  return toolText(reader, byTool)
    .all(bound)
    .map(({ tool, runs, told, failed }) => {
      const of = ofFailures ? told : runs;
      return { name: nameOf(reader, tool), value: ofFailures ? failed : runs, of, known: of };
    });
}

/** From stored counts, so that the days of any window cost little. */
function versionParts(reader: Reader, { agentId, window, ofFailures }: About): Part[] {
  const counts = countRunsOf(reader, agentId, window, 'by version');
  return [...(counts.get(countedAs.all) ?? [])].map(([version, runs]) => ({
    name: version === 0 ? null : nameOf(reader, version),
    value: ofFailures ? runsAs(counts, countedAs.failed, version) : runs,
    of: runs,
    known: runs,
  }));
}

function typeParts(reader: Reader, { counts }: About): Part[] {
  const runs = runsAs(counts, countedAs.all);
  return typesIn(counts).map((type) => {
    return { name: nameOf(reader, type), value: runsAs(counts, type), of: runs, known: runs };
  });
}

function nameIn(reader: Reader, by: keyof typeof sources, key: number | string): string | null {
  if (typeof key === 'string') return key;
  return by === 'hour' ? hourName(key) : key === 0 ? null : nameOf(reader, key);
}

/** How many runs, or failures, each group of an agent has in a window; see `formulas`. */
export function countedParts(reader: Reader, by: Dimension, about: About): Part[] {
  if (by === 'tool') return toolParts(reader, about);
  if (by === 'version') return versionParts(reader, about);
  if (by === 'failure_type') return typeParts(reader, about);
  const { agentId, window, ofFailures } = about;
  const bound = { agent: numberOfAgent(reader, agentId), from: window.from, end: window.end };
  return countText(reader, textOf(by, ofFailures))
    .all(bound)
    .map(({ key, runs, failed }) => {
      return { name: nameIn(reader, by, key), value: ofFailures ? failed : runs, of: runs, known: runs };
    });
}
