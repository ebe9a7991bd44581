import type { Reader } from '../db/open.ts';
import type { Ensured } from '../sync/ensure.ts';
import { askAboutAgent, demandMirror } from './about-agent.ts';
import type { ToolContext } from './define-tool.ts';

/** Answers a question about one agent, or all. */
export function askAboutOneOrAll<Answer>(
  context: Pick<ToolContext, 'ensure'>,
  given: string | undefined,
  answer: (reader: Reader, about: { agentId?: string } & Pick<Ensured, 'freshness' | 'time'>) => Answer,
): Promise<Answer> {
  if (given !== undefined) return askAboutAgent(context, given, answer);
  return context.ensure.fleet((reader, ensured) => {
    demandMirror(reader, ensured);
    return answer(reader, { freshness: ensured.freshness, time: ensured.time });
  });
}
