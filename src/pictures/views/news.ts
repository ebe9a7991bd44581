import * as z from 'zod/mini';
import { type Markup, markup, nothing } from '../markup.ts';
import { newSignals } from '../new-signals.ts';
import { rateMoves } from '../rate-moves.ts';
import { moment } from '../signal-list.ts';
import { silences } from '../silences.ts';
import { many } from '../words.ts';
import { answerEnd, section } from './answer.ts';

const listOf = <Item extends z.ZodMiniType>(item: Item) => z.object({ total: z.number(), items: z.array(item) });
const shareShape = z.object({ affected_runs: z.number(), total_runs: z.number() });
const typeShape = z.object({ agent_id: z.string(), failure_type: z.string() });

const newsShape = z.object({
  since: z.string(),
  until: z.string(),
  signal_count: z.number(),
  new_signals: listOf(z.extend(typeShape, { severities: z.record(z.string(), z.number()) })),
  first_time_types: listOf(z.extend(typeShape, { first_detected_at: z.string() })),
  moved_rates: listOf(z.object({ agent_id: z.string(), before: shareShape, after: shareShape })),
  quiet_agents: listOf(
    z.object({
      agent_id: z.string(),
      last_seen: z.string(),
      usual_gap_seconds: z.number(),
      longest_gap_seconds: z.number(),
    }),
  ),
  new_agents: listOf(z.object({ agent_id: z.string(), run_count: z.number(), first_run: z.optional(z.string()) })),
});

type News = z.infer<typeof newsShape>;

/** A part of the news, and how many items it leaves out. */
function part<Item>(
  title: string,
  { total, items }: { total: number; items: readonly Item[] },
  draw: (items: readonly Item[]) => Markup,
): Markup {
  if (items.length === 0) return nothing;
  const rest = total > items.length ? markup`<p class="dim">and ${total - items.length} more</p>` : nothing;
  return section(`${title} (${total})`, markup`${draw(items)}${rest}`);
}

const agent = (id: string) => markup`<b data-agent="${id}">${id}</b>`;

const shareOf = ({ affected_runs: affectedRuns, total_runs: totalRuns }: z.infer<typeof shareShape>) => ({
  affectedRuns,
  totalRuns: Math.max(1, totalRuns),
});

function parts(news: News): Markup[] {
  const until = Date.parse(news.until);
  return [
    part('New signals by agent and type', news.new_signals, (items) =>
      newSignals(
        items.map(({ agent_id: agentId, failure_type: failureType, severities }) => ({
          agentId,
          failureType,
          severities: Object.entries(severities),
        })),
      ),
    ),
    part('First-time failure types', news.first_time_types, (items) => {
      const rows = items.map(
        (item) =>
          markup`<li>${agent(item.agent_id)} ${item.failure_type} <span class="dim">first ${moment(item.first_detected_at)}</span></li>`,
      );
      return markup`<ul class="facts">${rows}</ul>`;
    }),
    part('Failure rates that moved, against the 7 days before', news.moved_rates, (items) =>
      rateMoves(
        items.map(({ agent_id: agentId, before, after }) => ({
          agentId,
          before: shareOf(before),
          after: shareOf(after),
        })),
      ),
    ),
    part('Agents gone quiet', news.quiet_agents, (items) =>
      silences(
        items.map((item) => ({
          agentId: item.agent_id,
          lasts: Math.max(0, (until - Date.parse(item.last_seen)) / 1000),
          usualGap: item.usual_gap_seconds,
          longestGap: item.longest_gap_seconds,
        })),
      ),
    ),
    part('New agents', news.new_agents, (items) => {
      const rows = items.map(({ agent_id: id, run_count: runs, first_run: first }) => {
        const since = first === undefined ? nothing : markup`, first ${moment(first)}`;
        return markup`<li>${agent(id)} <span class="dim">${many(runs, 'run')}${since}</span></li>`;
      });
      return markup`<ul class="facts">${rows}</ul>`;
    }),
  ];
}

/** The picture of get_whats_new; undefined: the answer is of another kind. */
export function newsView(structured: unknown): Markup | undefined {
  const { data } = newsShape.safeParse(structured);
  if (!data) return undefined;
  const found = parts(data);
  const isEmpty = found.every(({ html }) => html === '');
  const calm = markup`<p>Nothing: no new signals, no rates that moved, no agents new or gone quiet.</p>`;
  return markup`<h1>What is new</h1><p class="dim">${moment(data.since)} to ${moment(data.until)}, ${many(data.signal_count, 'new signal')}</p>${isEmpty ? calm : found}${answerEnd(structured)}`;
}
