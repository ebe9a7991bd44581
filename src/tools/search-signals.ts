import * as z from 'zod';
import { UsageError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { cut, idText } from '../printable.ts';
import { parseTerms } from '../queries/full-text.ts';
import { shortRunIds } from '../queries/run-prefixes.ts';
import { countSignals, findSignals } from '../queries/signals.ts';
import { failureTypes } from '../queries/type-counts.ts';
import { briefTitle } from '../text/brief.ts';
import { foundSignalLines } from '../text/signals.ts';
import { askAboutOneOrAll } from './about-one-or-all.ts';
import {
  clampLimit,
  cursorArgument,
  failureTypeArgument,
  hoursArgument,
  inputHashArgument,
  limitArgument,
  onlyAgentArgument,
  severityArgument,
  text,
} from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { decodeSignalCursor } from './get-agent-signals.ts';
import { inputNotes } from './input-note.ts';
import { pageOf, pageShape } from './page.ts';
import { realName } from './real-name.ts';
import { signalObject, signalShape } from './signal-object.ts';

const maxLimit = 200;
/** Each word costs an index lookup, and every signal is compared with the results. */
const maxTerms = 20;

function termsOf(query: string | undefined): string[] {
  if (query === undefined) return [];
  const terms = parseTerms(query);
  if (terms.length === 0)
    throw new UsageError(
      'query has no words to search for. It takes words, "phrases" in quotes, and prefixes with a *.',
    );
  if (terms.length > maxTerms) throw new UsageError(`query has ${terms.length} words; it takes up to ${maxTerms}.`);
  return terms;
}

/** How many types a note names. */
const maxTypes = 20;

function listed(types: readonly string[]): string {
  const named = types.slice(0, maxTypes).map((type) => idText(cut(type, 60)));
  return [...named, ...(types.length > maxTypes ? [`${types.length - maxTypes} more`] : [])].join(', ') || 'none';
}

/** A type that no agent has had is probably mistyped. */
function unknownType(failureType: string, known: readonly string[]): string[] {
  if (known.includes(failureType)) return [];
  const near = nearest(failureType, known, 3);
  const hint = near.length > 0 ? `the nearest types: ${listed(near)}` : `there are: ${listed(known)}`;
  return [`no agent has had a ${idText(cut(failureType, 60))}; ${hint}`];
}

export const searchSignalsTool = defineTool({
  name: 'search_signals',
  title: 'Search signals',
  description:
    'Finds failure signals (errors) across all agents, or of one, that match any filters or mention words; newest first, with an exact count. Fixes for one agent: get_agent_signals; whether a failure recurs: get_agent_patterns.',
  input: z.strictObject({
    severity: severityArgument,
    failure_type: failureTypeArgument,
    since_hours: hoursArgument('From the last N hours'),
    agent_id: onlyAgentArgument,
    limit: limitArgument(30, maxLimit),
    query: text()
      .optional()
      .describe('All of: words, "phrases", prefix*; in title, explanation, type, agent, evidence'),
    until_hours: hoursArgument('Older than N hours'),
    agent_version: text().optional().describe('Only this version'),
    input_hash: inputHashArgument,
    cursor: cursorArgument,
  }),
  output: z.object({ items: z.array(signalShape), ...pageShape }),
  handler: async (args, context, { maxRows }) => {
    const { severity, since_hours: since, until_hours: until, input_hash: inputHash } = args;
    if (since !== undefined && until !== undefined && until >= since)
      throw new UsageError(
        `until_hours (${until}) must be less than since_hours (${since}): both count back from now.`,
      );
    const terms = termsOf(args.query);
    return askAboutOneOrAll(context, args.agent_id, (reader, { agentId, freshness, time: { now } }) => {
      const [failureType, agentVersion] = [args.failure_type, args.agent_version].map((name) =>
        name === undefined ? undefined : realName(reader, name),
      );
      const question = ['search_signals', severity, failureType, since, agentId, terms, until, agentVersion, inputHash];
      const after = decodeSignalCursor(args.cursor, question);
      const { limit, notes } = clampLimit(args.limit, maxLimit, maxRows);
      const ago = (hours: number | undefined) => (hours === undefined ? undefined : now - hours * 3600);
      const window = { since: ago(since), until: ago(until) };
      const filter = { agentId, severity, failureType, agentVersion, inputHash, ...window, terms };
      const found = findSignals(reader, filter, { limit: limit + 1, after });
      const { items, lines, structured } = pageOf(found, limit, question, ({ detectedAt, id }) => [detectedAt, id]);
      const view = {
        items,
        total: found.total,
        mirrored: found.total || countSignals(reader, { agentId }),
        covered: freshness.covered,
        shortRunId: shortRunIds(reader),
      };
      const hint = failureType === undefined || found.total > 0 ? [] : unknownType(failureType, failureTypes(reader));
      return {
        lines: [...foundSignalLines(view, now), ...lines],
        structured: {
          items: items.map((signal) => signalObject(signal, { title: briefTitle(signal) }, { agent: true, run: true })),
          ...structured,
        },
        freshness,
        notes: [...hint, ...inputNotes(reader, inputHash, agentId), ...notes],
      };
    });
  },
});
