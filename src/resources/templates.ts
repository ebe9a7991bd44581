import type { Reader } from '../db/open.ts';
import { type Completion, completeAgentId, completeRunId, completeSignalId } from '../queries/completions.ts';
import { agentFingerprint, runFingerprint, signalFingerprint } from '../queries/fingerprints.ts';
import type { Tool } from '../tools/define-tool.ts';
import { getRunDetailTool } from '../tools/get-run-detail.ts';
import { getSignalDetailTool } from '../tools/get-signal-detail.ts';
import { summarizeAgentTool } from '../tools/summarize-agent.ts';
import { noticesFingerprint } from './notices.ts';
import type { Address } from './uris.ts';

export interface Template {
  of: Exclude<Address['of'], 'docs' | 'schema' | 'notices' | 'views'>;
  uriTemplate: string;
  /** The template's one variable. */
  variable: string;
  title: string;
  description: string;
  /** Answers for the resource, which shows the tool's structured content. */
  tool: Tool;
  complete(reader: Reader, typed: string): Completion;
}

/** Everything in the mirror that has a URI. */
export const templates: readonly Template[] = [
  {
    of: 'agents',
    uriTemplate: 'dunetrace://agents/{agent_id}',
    variable: 'agent_id',
    title: 'Agent',
    description: 'An agent: its health, its failures, its latest signals.',
    tool: summarizeAgentTool,
    complete: completeAgentId,
  },
  {
    of: 'runs',
    uriTemplate: 'dunetrace://runs/{run_id}',
    variable: 'run_id',
    title: 'Run',
    description: 'A run: its signals and its timeline.',
    tool: getRunDetailTool,
    complete: completeRunId,
  },
  {
    of: 'signals',
    uriTemplate: 'dunetrace://signals/{signal_id}',
    variable: 'signal_id',
    title: 'Signal',
    description: 'A signal: its evidence, its explanation, its fixes.',
    tool: getSignalDetailTool,
    complete: completeSignalId,
  },
];

/** Changes when the URI's content does; undefined for what the mirror does not know. Never asks the API. */
export function fingerprintOf(reader: Reader, address: Address): string | undefined {
  if (address.of === 'agents') return agentFingerprint(reader, address.id);
  if (address.of === 'runs') return runFingerprint(reader, address.id);
  if (address.of === 'signals') return signalFingerprint(reader, address.id);
  if (address.of === 'notices') return noticesFingerprint(reader);
  return undefined;
}
