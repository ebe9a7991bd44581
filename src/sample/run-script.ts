import type { Random } from './random.ts';
import type { SampleRun } from './rows.ts';
import type { Json, WireEvent } from './wire.ts';

/** US dollars per million tokens of prompts and completions. */
const PRICES = { 'gpt-4o': [2.5, 10], 'gpt-4o-mini': [0.15, 0.6], o3: [2, 8] } as const;

/** What models and tools say, cut to the length that they report. */
const PROSE = 'Three sources agree on the dates, one does not, and none of them names the author. '.repeat(48);

export interface RunStart {
  readonly agentId: string;
  readonly agentVersion: string;
  /** Unix seconds. */
  readonly startedAt: number;
  /** What the user asked. */
  readonly input: string;
  readonly tools: readonly string[];
  readonly model: keyof typeof PRICES;
}

export interface LlmTurn {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly finishReason?: 'stop' | 'tool_calls' | 'length';
}

export interface ToolUse {
  /** Default: arguments of its own. */
  readonly args?: string;
  /** Default: the call succeeds. */
  readonly error?: string;
  /** Milliseconds; default 60 to 900. */
  readonly latencyMs?: number;
}

/** Writes down the events of one run as it goes on; every call takes a step and lets time pass. */
export class RunScript {
  readonly #start: RunStart;
  readonly #random: Random;
  readonly #runId: string;
  readonly #events: WireEvent[] = [];
  #calls = 0;
  #time: number;
  #step = 0;
  #promptTokens = 0;
  #completionTokens = 0;

  constructor(start: RunStart, random: Random) {
    this.#start = start;
    this.#random = random;
    this.#runId = random.uuid();
    this.#time = start.startedAt;
    const system_prompt = `You are ${start.agentId}. Use your tools, and say what you do not know.`;
    this.#write('run.started', { input_text: start.input, tools: start.tools, system_prompt });
  }

  /** Tokens of all model calls so far, prompts and completions. */
  get totalTokens(): number {
    return this.#promptTokens + this.#completionTokens;
  }

  /** The index of the latest step. */
  get step(): number {
    return this.#step;
  }

  /** A model call; returns its step index. */
  llm({ promptTokens, completionTokens, finishReason = 'tool_calls' }: LlmTurn): number {
    this.#nextStep();
    const { model } = this.#start;
    const call_id = this.#calls++;
    this.#write('llm.called', { model, prompt_tokens: promptTokens, call_id });
    const latency_ms = 300 + Math.round(completionTokens * 6 + promptTokens * 0.05 + this.#random.integer(0, 250));
    this.#pass(latency_ms);
    this.#write('llm.responded', {
      finish_reason: finishReason,
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      latency_ms,
      output_length: completionTokens * 4,
      output: PROSE.slice(0, completionTokens * 4),
      call_id,
      ...(model === 'o3' ? { reasoning_tokens: 2 * completionTokens } : {}),
    });
    this.#promptTokens += promptTokens;
    this.#completionTokens += completionTokens;
    return this.#step;
  }

  /** A tool call; returns its step index. */
  tool(name: string, use: ToolUse = {}): number {
    this.#nextStep();
    this.#write('tool.called', { tool_name: name, args: use.args ?? `{'ref': '${this.#random.hex(8)}'}` });
    const latency_ms = use.latencyMs ?? this.#random.integer(60, 900);
    this.#pass(latency_ms);
    const output_length = use.error === undefined ? this.#random.integer(40, 3000) : 0;
    this.#write('tool.responded', {
      tool_name: name,
      success: use.error === undefined,
      latency_ms,
      output_length,
      output: PROSE.slice(0, output_length),
      ...(use.error === undefined ? {} : { error: use.error }),
    });
    return this.#step;
  }

  /** A search in a document index; `topScore` 0..1, null without results. Returns its step index. */
  retrieval(indexName: string, resultCount: number, topScore: number | null): number {
    this.#nextStep();
    this.#write('retrieval.called', { index_name: indexName, query: `page about ${this.#random.hex(8)}` });
    const latency_ms = this.#random.integer(20, 180);
    this.#pass(latency_ms);
    this.#write('retrieval.responded', {
      index_name: indexName,
      result_count: resultCount,
      top_score: topScore,
      latency_ms,
      content: PROSE.slice(0, 200 * resultCount),
    });
    return this.#step;
  }

  /** Ends the run and returns it, ready to be ingested. */
  end(how: 'completed' | 'errored'): SampleRun {
    this.#nextStep();
    const exit_reason = how === 'completed' ? 'final_answer' : 'error';
    this.#write(`run.${how}`, { exit_reason, total_steps: this.#step });
    const [promptPrice, completionPrice] = PRICES[this.#start.model];
    const cost = (this.#promptTokens * promptPrice + this.#completionTokens * completionPrice) / 1e6;
    return {
      runId: this.#runId,
      agentId: this.#start.agentId,
      agentVersion: this.#start.agentVersion,
      startedAt: this.#start.startedAt,
      completedAt: this.#time,
      exitReason: `run.${how}`,
      events: this.#events,
      totalTokens: this.totalTokens,
      costUsd: Number(cost.toFixed(6)),
    };
  }

  #nextStep(): void {
    this.#step += 1;
    this.#pass(this.#random.integer(20, 200));
  }

  #pass(milliseconds: number): void {
    this.#time = Math.round(this.#time * 1000 + milliseconds) / 1000;
  }

  #write(event_type: string, payload: Json): void {
    this.#events.push({ event_type, step_index: this.#step, timestamp: this.#time, payload, parent_run_id: null });
  }
}
