import type { Reader } from '../mirror/open.ts';
import { type Completion, completeAgentId, completeRunId, completeSignalId } from '../queries/completions.ts';
import { agentFingerprint, runFingerprint, signalFingerprint } from '../queries/fingerprints.ts';
import type { Tool } from '../tools/define-tool.ts';
import { tools } from '../tools/registry.ts';
import type { Address } from './uris.ts';

export interface Template {
  of: Address['of'];
  uriTemplate: string;
  /** The template's one variable. */
  variable: string;
  title: string;
  description: string;
  /** Answers for the resource: its structured content is what the resource shows. */
  tool: Tool;
  complete(reader: Reader, typed: string): Completion;
}

const descriptions = [
  {
    of: 'agents',
    variable: 'agent_id',
    title: 'Agent',
    description: 'An agent: its health, its failures, its latest signals.',
    toolName: 'summarize_agent',
    complete: completeAgentId,
  },
  {
    of: 'runs',
    variable: 'run_id',
    title: 'Run',
    description: 'A run: its signals and its timeline.',
    toolName: 'get_run_detail',
    complete: completeRunId,
  },
  {
    of: 'signals',
    variable: 'signal_id',
    title: 'Signal',
    description: 'A signal: its evidence, its explanation, its fixes.',
    toolName: 'get_signal_detail',
    complete: completeSignalId,
  },
] as const;

/** Everything in the mirror that has a URI, as far as there is a tool that answers for it. */
export const templates: readonly Template[] = descriptions.flatMap(({ toolName, ...description }) => {
  const tool = tools.find(({ name }) => name === toolName);
  const { of, variable } = description;
  return tool ? [{ ...description, uriTemplate: `dunetrace://${of}/{${variable}}`, tool }] : [];
});

/** Differs when what the URI shows does; none for what the mirror does not know. Never asks the API. */
export function fingerprintOf(reader: Reader, address: Address): string | undefined {
  if (address.of === 'agents') return agentFingerprint(reader, address.id);
  if (address.of === 'runs') return runFingerprint(reader, address.id);
  if (address.of === 'signals') return signalFingerprint(reader, address.id);
  return undefined;
}
