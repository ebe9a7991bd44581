import type { Json, WireFix } from './wire.ts';

export interface Explanation {
  readonly title: string;
  readonly what: string;
  readonly whyItMatters: string;
  readonly evidenceSummary: string;
  readonly suggestedFixes: readonly WireFix[];
}

/** The parts of one failure type's texts. `evidence` is used for a signal that has none of its own. */
export interface Template {
  readonly evidence: Json;
  readonly title: (evidence: Json) => string;
  readonly what: (evidence: Json) => string;
  readonly why: string;
  readonly summary: (evidence: Json) => string;
  readonly fixes: readonly WireFix[];
}

export const python = (description: string, code: string): WireFix => ({ description, language: 'python', code });
export const prompt = (description: string, code: string): WireFix => ({ description, language: 'text', code });

/** A value of the evidence as text; `?` when it is missing. */
export function said(evidence: Json, key: string): string {
  const value = evidence[key];
  if (Array.isArray(value)) return value.map(String).join(', ');
  return value === undefined || value === null ? '?' : String(value);
}

/** Raw text that the evidence holds (generation 3, for 90 days), after a sentence. */
function quoted(evidence: Json, key: string): string {
  const value = evidence[key];
  return typeof value === 'string' ? ` "${value}"` : '';
}

export const templates: Readonly<Record<string, Template>> = {
  TOOL_LOOP: {
    evidence: { tool: 'web_search', count: 5, window: 5 },
    title: (e) => `${said(e, 'tool')} was called ${said(e, 'count')} times in a row`,
    what: (e) =>
      `Within ${said(e, 'window')} consecutive tool calls the agent used ${said(e, 'tool')} ${said(e, 'count')} times. Its arguments hardly changed, so neither did the results.`,
    why: 'A loop spends tokens and the patience of whoever waits, and ends only when some limit stops it.',
    summary: (e) =>
      `${said(e, 'count')} of the last ${said(e, 'window')} tool calls went to ${said(e, 'tool')}.${quoted(e, 'args_snippet')}`,
    fixes: [
      python(
        'Refuse a call that repeats an earlier one',
        'seen = set()\n\ndef guarded(tool, args):\n    key = (tool.name, repr(sorted(args.items())))\n    if key in seen:\n        return "You already ran this call. Use its result, or answer now."\n    seen.add(key)\n    return tool.run(**args)',
      ),
      prompt(
        'Tell the model when to stop',
        'After two searches without a new fact, stop searching and answer from what you have. Say what is missing.',
      ),
    ],
  },
  COST_SPIKE: {
    evidence: { total_tokens: 62000, threshold: 50000, inflation_ratio: 1.24, llm_calls: 9 },
    title: (e) => `The run used ${said(e, 'total_tokens')} tokens, ${said(e, 'inflation_ratio')} times the limit`,
    what: (e) =>
      `${said(e, 'llm_calls')} model calls used ${said(e, 'total_tokens')} tokens together. A run of this agent is expected to stay under ${said(e, 'threshold')}.`,
    why: 'One such run costs as much as many normal ones, and nothing but the bill tells them apart.',
    summary: (e) => `${said(e, 'total_tokens')} tokens against a threshold of ${said(e, 'threshold')}.`,
    fixes: [
      python(
        'Give every run a token budget',
        'class Budget:\n    def __init__(self, tokens):\n        self.left = tokens\n\n    def spend(self, usage):\n        self.left -= usage.total_tokens\n        if self.left < 0:\n            raise RuntimeError("token budget of this run is used up")',
      ),
      python('Send a shortened history', 'messages = [system_message, summarise(history[:-6]), *history[-6:]]'),
    ],
  },
  CONTEXT_BLOAT: {
    evidence: { first_tokens: 500, last_tokens: 6000, growth_factor: 12, llm_call_count: 5 },
    title: (e) => `The prompt grew ${said(e, 'growth_factor')} times within one run`,
    what: (e) =>
      `Over ${said(e, 'llm_call_count')} model calls the prompt went from ${said(e, 'first_tokens')} to ${said(e, 'last_tokens')} tokens. Whole tool results seem to be kept in the history.`,
    why: 'Each call pays again for everything before it, and near the context limit the oldest instructions get lost.',
    summary: (e) => `${said(e, 'first_tokens')} tokens at first, ${said(e, 'last_tokens')} at last.`,
    fixes: [
      python(
        'Cut tool results before they enter the history',
        'def for_history(result, limit=1500):\n    text = str(result)\n    return text if len(text) <= limit else text[:limit] + " [cut]"',
      ),
    ],
  },
  RAG_EMPTY_RETRIEVAL: {
    evidence: { index_name: 'docs', result_count: 0, top_score: null, bad_retrievals: 1 },
    title: (e) => `Nothing useful was found in ${said(e, 'index_name')}, yet the agent answered`,
    what: (e) =>
      `${said(e, 'bad_retrievals')} retrieval(s) from ${said(e, 'index_name')} came back empty or with a low score (best result count ${said(e, 'result_count')}). The run went on to a final answer without sources.`,
    why: 'The answer reads as if it came from the documents, but it can only be invented.',
    summary: (e) => `${said(e, 'result_count')} results, top score ${said(e, 'top_score')}.`,
    fixes: [
      python(
        'Admit it when nothing was found',
        'hits = index.search(query, k=5)\nif not hits or hits[0].score < 0.3:\n    return "I found nothing about this in our documents."',
      ),
      python('Search again with other words first', 'hits = index.search(query) or index.search(rephrase(query))'),
    ],
  },
  RETRY_STORM: {
    evidence: { tool: 'database', consecutive_fails: 4, threshold: 3, first_fail_step: 1, args_identical: true },
    title: (e) => `${said(e, 'tool')} failed ${said(e, 'consecutive_fails')} times one after another`,
    what: (e) =>
      `From step ${said(e, 'first_fail_step')} on every call of ${said(e, 'tool')} failed, ${said(e, 'consecutive_fails')} in all, and the agent tried again each time without a pause.`,
    why: 'Retrying at once keeps a struggling service down, and the run ends without a result all the same.',
    summary: (e) =>
      `${said(e, 'consecutive_fails')} failures in a row, ${said(e, 'threshold')} are tolerated; same arguments: ${said(e, 'args_identical')}.${quoted(e, 'tool_error')}`,
    fixes: [
      python(
        'Wait longer each time, and give up early',
        'for attempt in range(3):\n    try:\n        return call()\n    except TransientError:\n        time.sleep(0.5 * 2 ** attempt)\nraise ToolUnavailable(name)',
      ),
      python(
        'Stop calling a tool that is down',
        'if breaker.is_open(name):\n    return f"{name} is unavailable, continue without it"',
      ),
    ],
  },
};

/** Generated texts of a signal of the story. */
export function explain(failureType: string, evidence: Json): Explanation {
  const template = templates[failureType];
  if (template === undefined) throw new Error(`the sample has no texts for ${failureType}`);
  return rendered(template, evidence);
}

export function rendered(template: Template, evidence: Json): Explanation {
  return {
    title: template.title(evidence),
    what: template.what(evidence),
    whyItMatters: template.why,
    evidenceSummary: template.summary(evidence),
    suggestedFixes: template.fixes,
  };
}
