import { and, type Column, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import type { AgentChoice } from '../agent-choice.ts';
import type { Client } from '../api/client.ts';
import type { Page, PageRequest } from '../api/pages.ts';
import { isBad, type Sent } from '../api/rows.ts';
import { contentMeta } from '../db/content.ts';
import type { Reader } from '../db/open.ts';
import { agents, evidence, explanations, runs, signals } from '../db/schema.ts';
import { vAgents, vRuns } from '../db/views.ts';
import { agentRow, getAgentsPage } from '../lists/agents.ts';
import { type Content, contentOf } from '../lists/content.ts';
import { getListPage } from '../lists/descriptor.ts';
import type { AnyList } from '../lists/names.ts';
import { mergeRun, runsList } from '../lists/runs.ts';
import { signalsList } from '../lists/signals.ts';
import { bit } from '../mirror/stamps.ts';

/** Finds how a page of a list differs from the mirror's copy of it. It only reads. */

export interface Difference {
  kind: /** The API has the row, and the mirror does not. */
    | 'missing'
    /** The mirror has it as one of the API's, and the API does not. */
    | 'surplus'
    /** The API shows it in a form that can't be read. */
    | 'unread'
    /** A field of it is another. */
    | 'differs';
  /** The row's id; for a row without a known id, its place on its page. */
  id: string;
  /** The field that differs, or what makes the row unreadable. */
  field: string | null;
}

/** Whose list it is, and from when on (Unix seconds; 0: always) the mirror must have its rows. */
export interface Checked {
  agentId: string;
  keptFrom: number;
}

export interface ComparedPage {
  /** Ids of the page's rows, as far as they are readable. */
  ids: string[];
  differences: Difference[];
}

/** A page as fetched and compared. */
export interface CheckedPage extends ComparedPage {
  rows: readonly unknown[];
  total: number;
  hasMore: boolean;
}

/** Fetches a page of a list, and compares it with what the mirror holds at that moment. */
type LookAtPage = (
  deps: { client: Client; reader: Reader; agents: AgentChoice },
  checked: Checked,
  request: PageRequest,
) => Promise<CheckedPage>;

/** What the check compares in one kind of list. */
interface Kind<Wire, Row, Fields extends object> {
  fetch: (client: Client, agentId: string, request: PageRequest) => Promise<Page<Wire>>;
  rowOf: (sent: Sent<Wire>, content: Content) => Row;
  idOf: (row: Row) => string | number;
  /** What the mirror holds of the rows with these ids, by id. */
  stored: (reader: Reader, agentId: string, ids: readonly string[]) => ReadonlyMap<string, Fields>;
  /** The row as the mirror must hold it, given what it holds. */
  asHeld: (row: Row, have: Fields) => object;
  isOld: (row: Row, known: undefined, keptFrom: number) => boolean;
  /** The row of the agent with this id is not to be mirrored. */
  isLeftOut?: (id: string, agents: AgentChoice) => boolean;
}

/** The API's names of the fields that differ. */
export function fieldsApart(want: object, have: object): string[] {
  const fields = new Map(Object.entries(have));
  const apart = Object.entries(want).filter(([field, value]) => fields.get(field) !== value);
  return apart.map(([field]) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

const comparer =
  <Wire, Row, Fields extends object>(kind: Kind<Wire, Row, Fields>): LookAtPage =>
  async ({ client, reader, agents }, { agentId, keptFrom }, request) => {
    const { fetch, rowOf, idOf, stored, asHeld, isOld, isLeftOut = () => false } = kind;
    const page = await fetch(client, agentId, request);
    const bad = page.rows.filter(isBad).filter(({ key }) => key === undefined || !isLeftOut(String(key), agents));
    const content = contentOf(contentMeta(reader.db));
    const read = page.rows.flatMap((sent) => (isBad(sent) ? [] : [rowOf(sent, content)]));
    const rows = read.filter((row) => !isLeftOut(String(idOf(row)), agents));
    const idsOfRows = rows.map((row) => String(idOf(row)));
    const ids = [...bad.flatMap(({ key }) => (key === undefined ? [] : [String(key)])), ...idsOfRows];
    const known = stored(reader, agentId, ids);
    const unread = bad.map(
      ({ key, shape }, place) => ({ kind: 'unread', id: String(key ?? `?${place}`), field: shape }) as const,
    );
    const others = rows.flatMap((row): Difference[] => {
      const id = String(idOf(row));
      const have = known.get(id);
      if (have) return fieldsApart(asHeld(row, have), have).map((field) => ({ kind: 'differs', id, field }));
      return isOld(row, undefined, keptFrom) ? [] : [{ kind: 'missing', id, field: null }];
    });
    return { ...page, ids, differences: [...unread, ...others] };
  };

const among = (column: Column | SQL, ids: readonly (string | number)[]) =>
  sql`${column} in (select value from json_each(${JSON.stringify(ids)}))`;
const nameOf = (column: Column) => sql<string | null>`(select name from names where id = ${column})`;

const storedAgents = ({ db }: Reader, _: string, ids: readonly string[]) => {
  const rows = db
    .select()
    .from(vAgents)
    .where(and(among(vAgents.agentId, ids), isNull(vAgents.goneAt)))
    .all();
  return new Map(rows.map((row) => [row.agentId, row]));
};

const storedRuns = ({ db }: Reader, agentId: string, ids: readonly string[]) => {
  const which = and(among(vRuns.runId, ids), eq(vRuns.agentId, agentId), isNull(vRuns.goneAt));
  return new Map(
    db
      .select()
      .from(vRuns)
      .where(which)
      .all()
      .map((row) => [row.runId, row]),
  );
};

/** Reads the tables: the view computes a signal's id by an expression, which no index serves. */
const storedSignals = ({ db }: Reader, agentId: string, ids: readonly string[]) => {
  const keys = ids.map((id) => -Number(id));
  const rows = db
    .select({
      id: sql<number>`-${signals.key}`,
      runId: runs.runId,
      failureType: nameOf(signals.failureType),
      severity: nameOf(signals.severity),
      agentVersion: nameOf(signals.version),
      stepIndex: signals.stepIndex,
      confidence: signals.confidence,
      detectedAt: signals.detectedAt,
      evidence: evidence.body,
      alerted: signals.alerted,
      shadow: signals.shadow,
      coSignalCount: signals.coSignalCount,
      title: explanations.title,
      what: explanations.what,
      whyItMatters: explanations.whyItMatters,
      evidenceSummary: explanations.evidenceSummary,
      suggestedFixes: explanations.suggestedFixes,
      extra: signals.extra,
    })
    .from(signals)
    .innerJoin(agents, eq(agents.id, signals.agent))
    .innerJoin(runs, eq(runs.id, signals.run))
    .innerJoin(explanations, eq(explanations.id, signals.explanation))
    .leftJoin(evidence, eq(evidence.key, signals.key))
    .where(and(among(signals.key, keys), eq(agents.agentId, agentId), isNull(signals.goneAt), isNotNull(signals.pass)))
    .all();
  return new Map(rows.map((row) => [String(row.id), row]));
};

export const comparedLists: Readonly<Record<AnyList, LookAtPage>> = {
  agents: comparer({
    fetch: (client, _, request) => getAgentsPage(client, request),
    rowOf: agentRow,
    idOf: ({ agentId }) => agentId,
    stored: storedAgents,
    asHeld: (row) => row,
    isOld: () => false,
    isLeftOut: (id, agents) => !agents.includes(id),
  }),
  runs: comparer({
    ...runsList,
    fetch: (client, agentId, request) => getListPage(client, runsList, agentId, request),
    stored: storedRuns,
    // The mirror keeps what the API has dropped of an old run.
    asHeld: (row, have) => ({
      ...mergeRun(have, row),
      agentVersion: row.agentVersion ?? have.agentVersion,
      exitReason: row.exitReason ?? have.exitReason,
    }),
  }),
  signals: comparer({
    ...signalsList,
    fetch: (client, agentId, request) => getListPage(client, signalsList, agentId, request),
    stored: storedSignals,
    asHeld: (row) => ({ ...row, alerted: bit(row.alerted), shadow: bit(row.shadow) }),
  }),
};

/** Ids of the rows that the mirror takes for current rows of the API's list. */
export function liveIds({ db }: Reader, list: AnyList, agentId: string): string[] {
  if (list === 'agents') {
    const rows = db.select({ id: vAgents.agentId }).from(vAgents).where(isNull(vAgents.goneAt)).all();
    return rows.map(({ id }) => id);
  }
  const table = list === 'runs' ? runs : signals;
  const id = list === 'runs' ? sql<string>`${runs.runId}` : sql<number>`-${signals.key}`;
  return db
    .select({ id })
    .from(table)
    .innerJoin(agents, eq(agents.id, table.agent))
    .where(and(eq(agents.agentId, agentId), isNull(table.goneAt), isNotNull(table.pass)))
    .all()
    .map((row) => String(row.id));
}
