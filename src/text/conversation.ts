import { cut, idText } from '../printable.ts';
import { prose } from '../prose.ts';
import type { Conversation, ConversationRun } from '../queries/conversation.ts';
import type { ShortRunIds } from '../queries/run-prefixes.ts';
import { severityMark } from './marks.ts';
import { plural } from './plural.ts';
import { durationOf } from './runs.ts';
import { ago } from './time.ts';

function runLines({ runId, run, signals }: ConversationRun, shortRunId: ShortRunIds, now: number): string[] {
  const started = run?.startedAt == null ? '?' : ago(now - run.startedAt);
  const facts = run ? `${started}, ${durationOf(run)}, ${prose(run.exitReason ?? 'not ended')}` : 'not mirrored';
  return [
    `${idText(shortRunId(runId))}  ${facts}  ${signals.length === 0 ? 'no signals' : plural(signals.length, 'signal')}`,
    ...signals.map(
      ({ id, failureType, severity, title }) =>
        `  ${severityMark(severity)} #${id} ${idText(failureType)}  ${prose(cut(title ?? '', 160))}`,
    ),
  ];
}

/** What a conversation went through, run by run. `now` is in Unix seconds. */
export function conversationLines(
  id: number,
  { conversation, runs, total, shortRunId }: Conversation & { shortRunId: ShortRunIds },
  now: number,
): string[] {
  const whose = conversation ? ` of ${idText(conversation.agent_id)}` : '';
  const user = conversation?.user_id ? `, user ${idText(conversation.user_id)}` : '';
  const rest = total > runs.length ? `, of which these are the first ${runs.length}` : '';
  return [
    `Conversation #${id}${whose}${user}: ${plural(total, 'run')}${rest}`,
    ...(conversation?.has_frustration_signal === true ? ['A run has a signal of a frustrated user.'] : []),
    ...(runs.length === 0 ? ['No runs are known.'] : runs.flatMap((run) => runLines(run, shortRunId, now))),
  ];
}
