import * as z from 'zod';
import type { Reader } from '../db/open.ts';
import { UsageError } from '../errors.ts';
import { cut, idText } from '../printable.ts';
import { isKnownAgent } from '../queries/agents.ts';
import { findSignal, type SignalDetail } from '../queries/signals.ts';
import type { Ensured } from '../sync/ensure.ts';
import { maxFixes, signalDetailLines } from '../text/signals.ts';
import { second } from '../text/time.ts';
import { demandMirror, notMirrored, realId, unknownAgent } from './about-agent.ts';
import { signalIdArgument, text } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { evidenceBounds, shorten } from './shorten.ts';
import { signalObject, signalShape } from './signal-object.ts';

function detailObject(signal: SignalDetail) {
  const { what, whyItMatters, evidence, evidenceSummary, fixes, alerted, shadow, goneAt } = signal;
  return {
    ...signalObject(signal, { title: signal.title }, { agent: true, run: true }),
    ...(what ? { what } : {}),
    ...(whyItMatters ? { why_it_matters: whyItMatters } : {}),
    evidence,
    ...(evidenceSummary ? { evidence_summary: evidenceSummary } : {}),
    suggested_fixes: fixes.slice(0, maxFixes),
    ...(fixes.length > maxFixes ? { fixes_total: fixes.length } : {}),
    ...(alerted === null ? {} : { alerted }),
    ...(shadow === null ? {} : { shadow }),
    ...(goneAt === null ? {} : { gone_at: second(goneAt) }),
  };
}

function explainUnknown(id: number, agentId: string | undefined, ensured: Ensured): string {
  const name = agentId === undefined ? `signal #${id}` : `signal #${id} of "${idText(cut(agentId, 80))}"`;
  const { only_agents: only } = ensured.freshness;
  const none =
    only === undefined
      ? `There is no ${name}: the API has no signal with this number.`
      : `The mirror has no ${name}. It may be of an agent that DUNETRACE_AGENTS (${only}) leaves out.`;
  const missing = notMirrored(name, ensured) ?? none;
  const further = agentId === undefined ? '' : ' Leave agent_id out to look at all agents.';
  return `${missing}${further} search_signals lists signals with their ids.`;
}

export const getSignalDetailTool = defineTool({
  name: 'get_signal_detail',
  title: 'Signal in full',
  description:
    'One signal (alert) explained in full: what happened, why it matters, all evidence, every suggested fix with code. Ids: search_signals, get_agent_signals. The run around it: get_run_detail.',
  input: z.strictObject({
    signal_id: signalIdArgument,
    agent_id: text().optional().describe('Its agent, if known'),
  }),
  output: signalShape.extend({
    why_it_matters: z.string().optional(),
    evidence: z.record(z.string(), z.unknown()),
    evidence_summary: z.string().optional(),
    suggested_fixes: z.array(z.object({ description: z.string(), language: z.string(), code: z.string() })),
    fixes_total: z.number().optional(),
    alerted: z.boolean().optional(),
    shadow: z.boolean().optional(),
    gone_at: z.string().optional(),
  }),
  handler: async ({ signal_id: id, agent_id: given }, context) => {
    const { ensure } = context;
    const agent = given === undefined ? undefined : (reader: Reader) => realId(reader, given);
    return ensure.signal(id, agent, (reader, ensured) => {
      const named = agent?.(reader);
      const found = findSignal(reader, id);
      const signal = found && { ...found, evidence: shorten(found.evidence, evidenceBounds) };
      if (!signal) {
        demandMirror(reader, ensured);
        if (named !== undefined && !isKnownAgent(reader, named))
          throw new UsageError(unknownAgent(reader, named, ensured));
        throw new UsageError(explainUnknown(id, named, ensured));
      }
      if (named !== undefined && signal.agentId !== named)
        throw new UsageError(
          `Signal #${id} is not one of "${idText(cut(named, 80))}": it belongs to "${idText(cut(signal.agentId, 80))}". Leave agent_id out, or pass that one.`,
        );
      return {
        lines: signalDetailLines(signal, ensured.time.now),
        structured: detailObject(signal),
        freshness: { ...ensured.freshness, texts: signal.texts },
      };
    });
  },
});
