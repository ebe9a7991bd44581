import { packageRoot } from '../package-root.ts';

export type GuideName =
  | 'integrate-python'
  | 'integrate-langchain'
  | 'integrate-typescript'
  | 'track-tools'
  | 'policies'
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
    'Report runs, model calls, tool calls and retrievals, without dependencies.',
  ),
  'integrate-langchain': guide(
    'integrate-langchain',
    'Instrument a LangChain or LangGraph agent',
    'A callback handler that reports every run, with its models, tools and retrievers.',
  ),
  'integrate-typescript': guide(
    'integrate-typescript',
    'Instrument a TypeScript agent',
    'Report runs, model calls, tool calls and retrievals from Node 18 or newer.',
  ),
  'track-tools': guide(
    'track-tools',
    'Track the tool calls of a Python agent',
    'The least: mark the run and each tool function.',
  ),
  policies: guide(
    'policies',
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
