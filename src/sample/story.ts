import { asOlder } from './older.ts';
import { type Random, seededRandom } from './random.ts';
import type { Finding, SampleRun } from './rows.ts';
import { RunScript, type RunStart } from './run-script.ts';
import type { Generation, WireSignal } from './wire.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
/** Seconds between the start of the latest run and now, more than any run of the story lasts. */
const MARGIN = 180;
/** Three of four runs of the checkout agent stay below this number of tokens while all is well. */
const USUAL_CHECKOUT_TOKENS = 4063;

/** A run, and what a detector found in it. */
export interface Episode {
  readonly run: SampleRun;
  readonly signals: readonly Finding[];
}

/**
 * Two weeks of five agents that end at `now` (Unix seconds), about 1,200 runs and 250 signals, oldest first: one agent
 * that loops, one that a deploy broke, one that is well, one that fell silent, and one whose search finds nothing at
 * times. The same `now` always gives the same story, and nothing in it is later than `now` - 30 s. Before generation 3 its
 * texts come as hashes.
 */
export function demoStory(now: number, generation: Generation): Episode[] {
  const episodes = [
    ...researchAgent(seededRandom(101), now),
    ...checkoutAgent(seededRandom(202), now),
    ...faqBot(seededRandom(303), now),
    ...nightlyReport(seededRandom(404), now),
    ...supportBot(seededRandom(505), now),
  ].sort((a, b) => a.run.completedAt - b.run.completedAt);
  return generation === 3 ? episodes : episodes.map(olderEpisode);
}

function olderEpisode({ run, signals }: Episode): Episode {
  const events = run.events.map((event) => ({ ...event, payload: asOlder(event.payload) }));
  return { run: { ...run, events }, signals: signals.map((one) => ({ ...one, evidence: asOlder(one.evidence) })) };
}

/** Whether an alert about the signal went out by `now` (Unix seconds). */
export function isAlerted(signal: Pick<WireSignal, 'severity' | 'detected_at'>, now: number): boolean {
  return (signal.severity === 'CRITICAL' || signal.severity === 'HIGH') && signal.detected_at < now - HOUR;
}

/** `count` moments of the last `days` days, evenly spread with some jitter, oldest first; Unix seconds. */
function moments(random: Random, now: number, count: number, days: number): number[] {
  const span = days * DAY - MARGIN;
  return Array.from({ length: count }, (_, index) => {
    const share = (index + random.next()) / count;
    return Math.round((now - days * DAY + share * span) * 1000) / 1000;
  });
}

/** Loops on `web_search`, mostly for the same eight of its twenty inputs; now and then its context swells. */
function researchAgent(random: Random, now: number): Episode[] {
  const agentId = 'research-agent';
  return moments(random, now, 340, 14).map((startedAt) => {
    const input = random.chance(0.45) ? random.integer(0, 7) : random.integer(8, 19);
    const start: RunStart = {
      agentId,
      agentVersion: startedAt < now - 8 * DAY ? 'a41f9c2' : 'd07be15',
      startedAt,
      input: `What is new about topic ${input}?`,
      tools: ['web_search', 'read_page', 'take_note'],
      model: 'gpt-4o',
    };
    if (random.chance(input <= 7 ? 0.8 : 0.07)) return loopingResearch(start, random);
    return random.chance(0.1) ? swellingResearch(start, random) : usualWork(start, random);
  });
}

function loopingResearch(start: RunStart, random: Random): Episode {
  const script = new RunScript(start, random);
  const count = random.integer(5, 8);
  const args = `{'query': 'topic ${random.hex(8)}'}`;
  let promptTokens = random.integer(600, 900);
  let stepIndex = 0;
  for (let call = 0; call < count; call += 1) {
    script.llm({ promptTokens, completionTokens: random.integer(30, 70) });
    promptTokens += random.integer(60, 140);
    stepIndex = script.tool('web_search', { args });
  }
  const ok = random.chance(0.85);
  if (ok) script.llm({ promptTokens, completionTokens: random.integer(150, 300), finishReason: 'stop' });
  const evidence = { tool: 'web_search', count, window: count, args_snippet: args };
  return {
    run: script.end(ok ? 'completed' : 'errored'),
    signals: [{ failureType: 'TOOL_LOOP', severity: 'HIGH', stepIndex, confidence: 0.95, evidence }],
  };
}

function swellingResearch(start: RunStart, random: Random): Episode {
  const script = new RunScript(start, random);
  const first = random.integer(500, 800);
  const calls = random.integer(4, 6);
  const growth = random.integer(19, 23) / 10;
  let tokens = first;
  const firstStep = script.llm({ promptTokens: first, completionTokens: random.integer(40, 80) });
  let lastStep = firstStep;
  for (let call = 1; call < calls; call += 1) {
    script.tool('read_page');
    tokens = Math.round(tokens * growth);
    const last = call === calls - 1;
    const completionTokens = random.integer(60, 250);
    lastStep = script.llm({ promptTokens: tokens, completionTokens, finishReason: last ? 'stop' : 'tool_calls' });
  }
  const evidence = {
    first_tokens: first,
    last_tokens: tokens,
    growth_factor: Number((tokens / first).toFixed(1)),
    llm_call_count: calls,
    first_call_step: firstStep,
    last_call_step: lastStep,
  };
  const run = script.end('completed');
  return {
    run,
    signals: [{ failureType: 'CONTEXT_BLOAT', severity: 'MEDIUM', stepIndex: lastStep, confidence: 0.8, evidence }],
  };
}

/** Clean for twelve days; v1.5.0, two days old, retries a failing gateway at once and sends ever longer prompts. */
function checkoutAgent(random: Random, now: number): Episode[] {
  const agentId = 'checkout-agent';
  return moments(random, now, 380, 14).map((startedAt) => {
    const broken = startedAt >= now - 2 * DAY;
    const start: RunStart = {
      agentId,
      agentVersion: broken ? 'v1.5.0' : 'v1.4.0',
      startedAt,
      input: `Check out cart ${random.integer(0, 29)}`,
      tools: ['get_cart', 'payment_gateway', 'send_receipt'],
      model: 'gpt-4o-mini',
    };
    const storm = broken && random.chance(0.8);
    const spike = broken && random.chance(storm ? 0.7 : 0.4);
    return storm || spike ? brokenCheckout(start, random, storm, spike) : usualWork(start, random);
  });
}

function brokenCheckout(start: RunStart, random: Random, storm: boolean, spike: boolean): Episode {
  const script = new RunScript(start, random);
  const signals: Finding[] = [];
  const promptTokens = (): number => (spike ? random.integer(4_000, 9_000) : random.integer(500, 900));
  let calls = 1;
  script.llm({ promptTokens: promptTokens(), completionTokens: random.integer(30, 60) });
  script.tool('get_cart');
  const fails = storm ? random.integer(3, 8) : 0;
  const args = `{'cart': '${random.hex(8)}'}`;
  const error = 'Timeout: the gateway did not answer.';
  let firstFail = 0;
  let stepIndex = 0;
  for (let attempt = 0; attempt < Math.max(fails, 3); attempt += 1) {
    script.llm({ promptTokens: promptTokens(), completionTokens: random.integer(30, 60) });
    calls += 1;
    const failing = attempt < fails;
    const use = failing ? { args, error, latencyMs: random.integer(1800, 2600) } : {};
    stepIndex = script.tool(storm ? 'payment_gateway' : 'get_cart', use);
    if (attempt === 0) firstFail = stepIndex;
  }
  if (storm) {
    const evidence = {
      tool: 'payment_gateway',
      consecutive_fails: fails,
      threshold: 3,
      first_fail_step: firstFail,
      args_identical: true,
      reason_identical: true,
      tool_error: error,
    };
    const severity = fails >= 7 ? 'CRITICAL' : 'HIGH';
    signals.push({ failureType: 'RETRY_STORM', severity, stepIndex, confidence: 0.92, evidence });
  }
  const givesUp = fails >= 5;
  if (!givesUp) {
    script.llm({ promptTokens: promptTokens(), completionTokens: random.integer(80, 160), finishReason: 'stop' });
    calls += 1;
  }
  if (spike) {
    const threshold = 3 * USUAL_CHECKOUT_TOKENS;
    const ratio = script.totalTokens / threshold;
    const evidence = {
      total_tokens: script.totalTokens,
      threshold,
      inflation_ratio: Number(ratio.toFixed(2)),
      llm_calls: calls,
      baseline_p75: USUAL_CHECKOUT_TOKENS,
    };
    const severity = ratio >= 4.5 ? 'CRITICAL' : ratio >= 3 ? 'HIGH' : 'MEDIUM';
    const spec = { failureType: 'COST_SPIKE', severity, stepIndex: script.step, confidence: 0.86, evidence } as const;
    signals.push(spec);
  }
  return { run: script.end(givesUp ? 'errored' : 'completed'), signals };
}

/** Nothing ever goes wrong here. */
function faqBot(random: Random, now: number): Episode[] {
  const agentId = 'faq-bot';
  return moments(random, now, 420, 14).map((startedAt) =>
    usualWork(
      {
        agentId,
        agentVersion: '2.3.1',
        startedAt,
        input: `Where is answer ${random.integer(0, 39)}?`,
        tools: ['search_faq', 'open_ticket'],
        model: 'gpt-4o-mini',
      },
      random,
    ),
  );
}

/** Three runs, then silence: the last one is six days old. */
function nightlyReport(random: Random, now: number): Episode[] {
  const agentId = 'nightly-report';
  const tools = ['run_query', 'render_chart', 'send_mail'];
  return [8, 7, 6].map((daysAgo) => {
    const startedAt = now - daysAgo * DAY;
    const start = { agentId, agentVersion: '0.9', startedAt, input: 'Report on yesterday.', tools };
    return usualWork({ ...start, model: 'o3' }, random);
  });
}

/** Answers from a handbook that has no page for some questions. */
function supportBot(random: Random, now: number): Episode[] {
  const agentId = 'support bot №7';
  return moments(random, now, 60, 14).map((startedAt) => {
    const empty = random.chance(0.15);
    const start: RunStart = {
      agentId,
      agentVersion: '2026-03',
      startedAt,
      input: `Where is order ${empty ? random.integer(0, 3) : random.integer(4, 24)}?`,
      tools: ['lookup_order'],
      model: 'gpt-4o-mini',
    };
    const script = new RunScript(start, random);
    script.llm({ promptTokens: random.integer(400, 700), completionTokens: random.integer(20, 50) });
    const results = empty ? 0 : random.integer(2, 5);
    script.retrieval('handbook', results, empty ? null : random.integer(55, 95) / 100);
    const completionTokens = random.integer(90, 220);
    const stepIndex = script.llm({ promptTokens: random.integer(700, 1400), completionTokens, finishReason: 'stop' });
    const evidence = { index_name: 'handbook', result_count: 0, top_score: null, bad_retrievals: 1 };
    const finding = { failureType: 'RAG_EMPTY_RETRIEVAL', severity: 'MEDIUM', stepIndex, confidence: 0.88 } as const;
    return { run: script.end('completed'), signals: empty ? [{ ...finding, evidence }] : [] };
  });
}

/** A run as it should be: two or three tool calls, then an answer. */
function usualWork(start: RunStart, random: Random): Episode {
  const script = new RunScript(start, random);
  const calls = random.integer(2, 3);
  let promptTokens = random.integer(450, 750);
  for (let call = 0; call < calls; call += 1) {
    script.llm({ promptTokens, completionTokens: random.integer(25, 80) });
    script.tool(start.tools[call % start.tools.length] ?? 'search');
    promptTokens += random.integer(120, 320);
  }
  script.llm({ promptTokens, completionTokens: random.integer(80, 240), finishReason: 'stop' });
  return { run: script.end('completed'), signals: [] };
}
