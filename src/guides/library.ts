import { packageRoot } from '../package-root.ts';

export type GuideName =
  | 'integrate-python'
  | 'integrate-langchain'
  | 'integrate-typescript'
  | 'integrate-haystack'
  | 'integrate-langdock'
  | 'integrate-dify'
  | 'integrate-otel'
  | 'integrate-voice'
  | 'custom-python'
  | 'track-tools'
  | 'policies'
  | 'guard-rails'
  | 'detectors'
  | 'mcp-server';

export interface Guide {
  name: GuideName;
  /** Where MCP clients read it as a resource. */
  uri: string;
  title: string;
  /** One line. */
  description: string;
}

function guide(name: GuideName, title: string, description: string): Guide {
  return { name, uri: `dunetrace://docs/${name}`, title, description };
}

/** Every guide that is shipped with the package, each a markdown file in src/guides. */
export const guides: Readonly<Record<GuideName, Guide>> = {
  'integrate-python': guide(
    'integrate-python',
    'Instrument a Python agent',
    'The package dunetrace: decorators, model clients, web applications, settings, what leaves the process.',
  ),
  'integrate-langchain': guide(
    'integrate-langchain',
    'Instrument a LangChain or LangGraph agent',
    'A callback handler that reports every run, with its models, tools and retrievers.',
  ),
  'integrate-typescript': guide(
    'integrate-typescript',
    'Instrument a TypeScript agent',
    'The package dunetrace for Node 18 or newer: runs, model clients, tools, retrievals.',
  ),
  'integrate-haystack': guide(
    'integrate-haystack',
    'Instrument a Haystack pipeline',
    'A tracer that reports every run of every pipeline, for Haystack 2.',
  ),
  'integrate-langdock': guide(
    'integrate-langdock',
    'Connect Langdock',
    'Assistants report by OpenTelemetry, without code.',
  ),
  'integrate-dify': guide('integrate-dify', 'Connect Dify', 'By traces of the server, or by the call of the app.'),
  'integrate-otel': guide(
    'integrate-otel',
    'Connect OpenTelemetry',
    'Traces to Dunetrace, over OTLP or inside the process; runs to your own backend.',
  ),
  'integrate-voice': guide(
    'integrate-voice',
    'Instrument a voice agent',
    'Hooks for transcripts, speech, voice activity and turns; Vapi.',
  ),
  'custom-python': guide(
    'custom-python',
    'Instrument a Python agent of your own',
    'Without the package, from two files of your own; only hashes leave the process.',
  ),
  'track-tools': guide(
    'track-tools',
    'Track the tool calls of an agent',
    'The least: the run and each call of a tool, in Python, LangChain and TypeScript.',
  ),
  policies: guide(
    'policies',
    'Runtime policies',
    'Rules that act while a run is on: conditions, actions, which of them your loop must carry out.',
  ),
  'guard-rails': guide(
    'guard-rails',
    'Guard rails for your agent',
    'A code pattern against each failure type, for the agent itself.',
  ),
  detectors: guide(
    'detectors',
    'Failure types',
    'What each failure type means, its evidence and usual fix; severities.',
  ),
  'mcp-server': guide(
    'mcp-server',
    'This server',
    'Which tool to use when; freshness, offline use, settings, privacy.',
  ),
};

/** The guide's markdown, read from the package at each call. */
export function readGuide(name: GuideName): Promise<string> {
  const { readFile } = process.getBuiltinModule('node:fs/promises');
  return readFile(new URL(`src/guides/${name}.md`, packageRoot), 'utf8');
}
