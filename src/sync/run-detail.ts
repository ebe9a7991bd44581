import { leftOutSentence } from '../agent-choice.ts';
import type { Client, GetOptions } from '../api/client.ts';
import { goodRows } from '../api/rows.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { daySeconds } from '../days.ts';
import { LeftOutError } from '../errors.ts';
import type { Content } from '../lists/content.ts';
import { eventRowsOf, getRunDetail, type RunDetail } from '../lists/run-detail.ts';
import { runRow } from '../lists/runs.ts';
import { runSignalRow } from '../lists/signals.ts';
import type { Store } from '../mirror/store.ts';
import { skewIn } from './clock-note.ts';
import type { Home } from './home.ts';
import { unique } from './lists.ts';
import { fullError } from './quota.ts';

export interface RunDetailDeps {
  home: Home;
  client: Client;
  clock: Clock;
  config: Pick<Config, 'keepDays' | 'maxBytes' | 'agents'>;
}

/** The same store, or one that only the holder of the lease may write. */
export type Fence = (store: Store) => Store;

/** How far back from our now the mirror keeps rows, with the server's clock ahead by `skew`; 0: it keeps all. */
export const keptSeconds = (keepDays: number, skew: number): number =>
  keepDays > 0 ? Math.max(1, keepDays * daySeconds - skew) : 0;

/**
 * Fetches a run's detail into the mirror. `isPartial`: some of its signals come only with the agent's list.
 * @throws LeftOutError for a run of an agent that is not mirrored.
 */
export async function fetchDetail(deps: RunDetailDeps, runId: string, options: GetOptions, fence: Fence) {
  const { home, client, clock, config } = deps;
  const full = fullError(home.store().usedBytes(), config.maxBytes);
  if (full) throw full;
  const detail = await getRunDetail(client, runId, options);
  const { run_id: storedId, agent_id: agentId } = detail.run.row;
  if (!config.agents.includes(agentId)) throw new LeftOutError(leftOutSentence(config.agents, agentId));
  const isPartial = await home.run(async (store) =>
    fence(store).write(() => {
      const { row, events, signals } = rowsOf(detail, store.content.policy());
      const agent = store.agents.ensure(agentId);
      const stepCount = events.reduce((highest, event) => Math.max(highest, event.stepIndex ?? 0), 0);
      const facts = { conversationId: detail.conversationId, detailExtra: row.extra };
      const id = store.runs.putDetail({ ...row, stepCount, extra: null }, agent, clock.now(), facts);
      store.runEvents.put(id, events);
      const known = store.signals.lookup(signals);
      const unknown = signals.filter((signal) => !known.get(signal.id)?.isSame);
      // The agent's lists are not readable (an id with a slash), or not that far down: we have only the detail.
      const isLost = store.syncState.read(agent, 'signals').errorKind === 'not_found';
      const keepFrom = config.keepDays > 0 ? clock.now() - keptSeconds(config.keepDays, skewIn(store)) : 0;
      const unlisted = unknown.filter(({ detectedAt }) => isLost || detectedAt < keepFrom);
      const stamp = { agent, pass: null };
      for (const signal of unlisted) {
        store.signals.put({ ...signal, agentVersion: row.agentVersion }, known.get(signal.id), stamp);
      }
      return unlisted.length < unknown.length;
    }),
  );
  return { runId: storedId, agentId, isPartial };
}

function rowsOf(detail: RunDetail, content: Content) {
  const row = runRow(detail.run, content);
  const sent = goodRows(detail.signals).map((signal) => runSignalRow(signal, row.runId, content));
  return {
    row,
    events: eventRowsOf(detail, content),
    signals: unique(sent, ({ id }) => id),
  };
}
