import * as z from 'zod';
import { call } from './calls.ts';
import { runIds } from './completers.ts';
import { definePrompt, text } from './define-prompt.ts';

/** An alert links to `http://host:3000/runs/<run id>`; anything else is the id itself. */
export function runIdOf(given: string): string {
  const encoded = /^https?:\/\/[^/]+\/(?:[^?#]*\/)?runs\/([^/?#]+)/i.exec(given)?.[1];
  if (encoded === undefined) return given;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

export const investigateRunPrompt = definePrompt({
  name: 'investigate-run',
  title: 'Investigate a run',
  description: 'What one run did step by step, where it went wrong, and why.',
  input: z.strictObject({
    run: text.transform(runIdOf).describe("Run id, or the URL of the run from an alert's link"),
  }),
  completers: { run: runIds },
  lines: ({ run: run_id }) => [
    'Find out what this agent run did, where it went wrong, and why.',
    '',
    'Call, in this order:',
    `1. ${call('get_run_detail', { run_id })} for its signals and its timeline.`,
    '2. get_signal_detail with the id of each signal of the run as signal_id (the three gravest, if there are more), for evidence and fixes.',
    `3. ${call('find_similar_runs', { run_id })} for the runs most like it, and where the nearest clean one did otherwise.`,
    '',
    'Conclude at which step the run went wrong and what the events before that step show, whether other runs of the agent do the same, and what would have prevented it. A run without signals may be fine: say so.',
    'Report in this order: what happened in two sentences; the timeline around the failure, by step; the cause; the fix, with its code if there is any. Give the run id and signal ids in full.',
  ],
});
