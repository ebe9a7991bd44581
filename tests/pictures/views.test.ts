import { describe, expect, test } from 'vitest';
import { agentView } from '../../src/pictures/views/agent.ts';
import { newsView } from '../../src/pictures/views/news.ts';
import { runsView } from '../../src/pictures/views/runs.ts';
import { pictured, recordedAnswer } from '../support/picture-answers.ts';

const views = { agent: agentView, runs: runsView, news: newsView };

/** A page's text as a reader meets it. */
const textOf = (html = '') =>
  html
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();

const drawnText = (view: (structured: unknown) => { html: string } | undefined, structured: unknown) =>
  textOf(view(structured)?.html);

const hostile = `</script><img src=x onerror=alert(1)>"'&`;

/** The same answer, with an attack in the place of each text. */
function attacked(value: unknown): unknown {
  if (typeof value === 'string') return hostile;
  if (Array.isArray(value)) return value.map(attacked);
  if (typeof value !== 'object' || value === null) return value;
  const attackedEntry = ([key, each]: [string, unknown]) => [key, key === 'verdict' ? each : attacked(each)];
  return Object.fromEntries(Object.entries(value).map(attackedEntry));
}

describe('what a page draws of an answer', () => {
  test('an agent: health, versions, days, hours, signals, and where that comes from', () => {
    const text = drawnText(agentView, recordedAnswer('summary').structured);
    expect(text).toContain('research-agent Runs with signals: 46% (78/170 runs) in the last 7 days, 45% (77/170 runs)');
    expect(text).toMatch(/63 \/100 fair .*failure rate 22\/40 155 of 340 runs loop avoidance 16\/25/);
    expect(text).toMatch(/d07be15 88\/194 runs \(45%\) 95%: 39–52%/);
    expect(text).toMatch(/TOOL_LOOP \( 129 \) CONTEXT_BLOAT \( 26 \)/);
    expect(text).toMatch(/Latest signals HIGH #237 TOOL_LOOP web_search was called 5 times in a row/);
    expect(text).toMatch(/Source: mirror, as of 20\d\d-\d\d-\d\d \d\d:\d\d UTC$/);
  });

  test('patterns: types with their shares, and health, which only the picture has', () => {
    const text = drawnText(agentView, recordedAnswer('patterns').structured);
    expect(text).toContain('Failure types TOOL_LOOP 38% (129/340 runs) systemic CONTEXT_BLOAT 8% (26/340 runs)');
    expect(text).toContain('63 /100 fair');
  });

  test('a run: its facts, its calls as spans, its signal on its step', () => {
    const html = runsView(recordedAnswer('run').structured)?.html ?? '';
    expect(textOf(html)).toMatch(/12 steps, 5,560 tokens, \$0\.017433, run\.completed/);
    expect(textOf(html)).toMatch(/Signal #237 at step 10: HIGH TOOL_LOOP, web_search was called 5 times in a row/);
    expect(html.match(/<svg class="l-model"/g)).toHaveLength(6);
    expect(html.match(/<svg class="l-tools"/g)).toHaveLength(5);
    expect(textOf(html)).toMatch(/#3-4 tool\.called step 2, web_search/);
  });

  test('two runs: where they part', () => {
    const text = drawnText(runsView, recordedAnswer('pair').structured);
    expect(text).toContain('they part at event 3');
    expect(text).toContain('Signals of run 1 HIGH #237');
  });

  test('runs that can not be compared: why', () => {
    const run = { run_id: 'r', agent_id: 'a' };
    const timelines = { compared: false, reasons: ['events of r are not known'] };
    expect(drawnText(runsView, { runs: [run, run], timelines })).toContain('Not compared: events of r are not known.');
  });

  test('what is new: counts, first times, rates that moved', () => {
    const text = drawnText(newsView, recordedAnswer('news').structured);
    expect(text).toContain('checkout-agent RETRY_STORM 17 CRITICAL, 25 HIGH');
    expect(text).toContain('First-time failure types (2) checkout-agent RETRY_STORM first');
    expect(text).toMatch(/0% \(0\/190 runs\) → 25% \(48\/190 runs\) ▲ worse/);
  });

  test('agents new and gone quiet, and how many more there are', () => {
    const empty = { total: 0, items: [] };
    const quiet = { agent_id: 'nightly', last_seen: '2026-11-26T10:00:00Z', usual_gap_seconds: 86_400 };
    const news = {
      ...{ since: '2026-11-27T10:00:00Z', until: '2026-11-28T10:00:00Z', signal_count: 0 },
      ...{ new_signals: empty, first_time_types: empty, moved_rates: empty },
      quiet_agents: { total: 3, items: [{ ...quiet, longest_gap_seconds: 90_000 }] },
      new_agents: { total: 1, items: [{ agent_id: 'fresh', run_count: 2, first_run: '2026-11-28T09:00:00Z' }] },
    };
    const text = drawnText(newsView, news);
    expect(text).toMatch(/Agents gone quiet \(3\) nightly no run for 2d, usually one every 24h.*and 2 more/);
    expect(text).toContain('fresh 2 runs, first 2026-11-28 09:00 UTC');
    const calm = { ...news, quiet_agents: empty, new_agents: empty };
    expect(drawnText(newsView, calm)).toContain('Nothing: no new signals');
  });

  test('nothing of another answer', () => {
    for (const view of Object.values(views)) {
      for (const structured of [undefined, null, 'text', {}, { freshness: {} }, { agent_id: 'a' }, { runs: [] }])
        expect(view(structured)).toBeUndefined();
    }
    expect(agentView(recordedAnswer('run').structured)).toBeUndefined();
    expect(runsView(recordedAnswer('summary').structured)).toBeUndefined();
  });

  test.each(pictured)('$which: no text of it becomes an element', ({ which, view: name }) => {
    const own = views[name](recordedAnswer(which).structured)?.html ?? '';
    const html = views[name](attacked(recordedAnswer(which).structured))?.html ?? '';
    expect(html).toContain('&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;');
    expect(html).not.toMatch(/<img|<script|<\/script/);
    const tags = (page: string) => new Set([...page.matchAll(/<(\w+)/g)].map(([, tag]) => tag));
    expect([...tags(html)].filter((tag) => !tags(own).has(tag))).toEqual([]);
  });
});
