/** The public calls of the npm package `dunetrace`, by their documented names and arguments, as far as guides use them. */

interface RunOptions {
  systemPrompt?: string;
  model?: string;
  tools?: string[];
  userInput?: string;
  parentRunId?: string;
}

interface LlmRespondedOptions {
  completionTokens?: number;
  latencyMs?: number;
  finishReason?: string;
  outputText?: string;
}

interface DunetraceRun {
  readonly runId: string;
  llmCalled(model: string, promptTokens?: number): void;
  llmResponded(options?: LlmRespondedOptions): void;
  toolCalled(toolName: string, args?: Record<string, unknown>): void;
  toolResponded(toolName: string, success: boolean, outputLength?: number, latencyMs?: number, error?: string): void;
  retrievalCalled(indexName: string, query?: string): void;
  retrievalResponded(indexName: string, resultCount: number, topScore?: number, latencyMs?: number): void;
  externalSignal(signalName: string, source?: string, meta?: Record<string, unknown>): void;
  finalAnswer(): void;
}

export declare class Dunetrace {
  constructor(options?: { endpoint?: string; apiKey?: string; flushIntervalMs?: number; emitAsJson?: boolean });
  run<T>(agentId: string, options: RunOptions, work: (run: DunetraceRun) => Promise<T>): Promise<T>;
  tool<Args extends unknown[], Result>(work: (...args: Args) => Result, name?: string): (...args: Args) => Result;
  wrapOpenAI<Client>(client: Client): Client;
  shutdown(timeoutMs?: number): Promise<void>;
}

export declare function getCurrentRun(): DunetraceRun | null;
export declare function autoInstrument(options?: { openai?: unknown; anthropic?: unknown }): void;
