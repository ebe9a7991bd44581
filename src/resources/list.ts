import type { Reader } from '../db/open.ts';
import { isWithoutMirror } from '../errors.ts';
import { guides } from '../guides/library.ts';
import { cut, idText, printable } from '../printable.ts';
import { prose } from '../prose.ts';
import { listAgents } from '../queries/agents.ts';
import { newestRuns, newestSignals } from '../queries/newest.ts';
import { plural } from '../text/plural.ts';
import { ago } from '../text/time.ts';
import type { ToolContext } from '../tools/define-tool.ts';
import { msUntilPoll } from './ttl.ts';
import { type Address, formatUri } from './uris.ts';

export interface ResourceItem {
  uri: string;
  name: string;
  title?: string;
  description: string;
  mimeType: string;
}

const maxAgents = 100;
const maxNewest = 20;
/** The longest URI that is listed, in characters: all of them together stay within an answer's limit. */
const maxUri = 400;

/** Agent texts are data, and each stays on one line. */
const line = (text: string, maxLength = 160) => cut(printable(text), maxLength);

const mimeTypes: Partial<Record<Address['of'], string>> = { docs: 'text/markdown', schema: 'text/plain' };

function item(address: Address, name: string, description: string): ResourceItem {
  const mimeType = mimeTypes[address.of] ?? 'application/json';
  return { uri: formatUri(address), name: line(name), description: line(description, 300), mimeType };
}

const agentItems = (reader: Reader, now: number) =>
  listAgents(reader, { limit: maxAgents }).items.map(({ agentId, runCount, signalCount, lastSeen }) => {
    const seen = lastSeen === null ? 'never seen' : `last seen ${ago(now - lastSeen)}`;
    const counts = `${plural(runCount, 'run')}, ${plural(signalCount, 'signal')}`;
    return item({ of: 'agents', id: agentId }, idText(agentId), `Agent: ${counts}, ${seen}`);
  });

const signalItems = (reader: Reader, now: number) =>
  newestSignals(reader, maxNewest).map(({ id, agentId, failureType, severity, title, detectedAt }) =>
    item(
      { of: 'signals', id },
      `#${id} ${idText(failureType)} on ${idText(agentId)}`,
      `Signal [${prose(severity)}] of ${ago(now - detectedAt)}${title === '' ? '' : `: ${prose(cut(title, 160))}`}`,
    ),
  );

const runItems = (reader: Reader, now: number) =>
  newestRuns(reader, maxNewest).map(({ runId, agentId, startedAt, signalCount }) =>
    item(
      { of: 'runs', id: runId },
      idText(runId),
      `Run of ${idText(agentId)}, started ${ago(now - startedAt)}, ${plural(signalCount ?? 0, 'signal')}`,
    ),
  );

const schemaItem = item(
  { of: 'schema' },
  'schema',
  'What query_mirror can read: every view and table, with a line for each column',
);

const noticesItem = item(
  { of: 'notices' },
  'notices',
  'Whether the Customer API is down, and the newest CRITICAL signals',
);

export interface ResourceList {
  items: ResourceItem[];
  /** How long the list is valid, in milliseconds. */
  freshMs: number;
}

/**
 * The guides and the newest things in the mirror, except those with very long ids. Never waits for the API. Without a
 * usable mirror, only the guides.
 */
export async function listResources({ ensure, clock }: ToolContext): Promise<ResourceList> {
  const docs = Object.values(guides).map(({ name, title, description }) => ({
    ...item({ of: 'docs', name }, name, description),
    title,
  }));
  try {
    return await ensure.asItIs((reader, { freshness, time: { now } }) => {
      const found = [...agentItems(reader, now), ...signalItems(reader, now), ...runItems(reader, now)];
      const newest = found.filter(({ uri }) => uri.length <= maxUri);
      const freshMs = msUntilPoll(freshness, clock.now(), ensure.pollMs);
      return { items: [...docs, schemaItem, noticesItem, ...newest], freshMs };
    });
  } catch (error) {
    if (isWithoutMirror(error)) return { items: docs, freshMs: 0 };
    throw error;
  }
}
