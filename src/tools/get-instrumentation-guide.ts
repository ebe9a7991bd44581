import * as z from 'zod';
import { UsageError } from '../errors.ts';
import { type GuideName, guides, readGuide } from '../guides/library.ts';
import { printable, quoted } from '../printable.ts';
import { defineTool } from './define-tool.ts';

interface Framework {
  name: string;
  guide: GuideName;
  /** Other names that people use for it; lower case, without separators. */
  aliases: readonly string[];
}

const frameworks: readonly Framework[] = [
  { name: 'python', guide: 'integrate-python', aliases: ['py', 'py3', 'python3'] },
  { name: 'langchain', guide: 'integrate-langchain', aliases: ['lc', 'langchaincore', 'langchainpython'] },
  { name: 'langgraph', guide: 'integrate-langchain', aliases: ['lg', 'lcgraph', 'langgraphpython'] },
  { name: 'typescript', guide: 'integrate-typescript', aliases: ['ts', 'js', 'javascript', 'node', 'nodejs'] },
  {
    name: 'tools',
    guide: 'track-tools',
    aliases: ['tool', 'tracking', 'tracktools', 'tooltracking', 'toolcall', 'toolcalls', 'toolcalltracking'],
  },
  { name: 'custom-python', guide: 'custom-python', aliases: ['custompython'] },
  { name: 'haystack', guide: 'integrate-haystack', aliases: ['haystackai', 'haystack2', 'hs'] },
  { name: 'voice', guide: 'integrate-voice', aliases: ['voiceagent', 'voiceagents', 'stt', 'tts', 'speech', 'vapi'] },
  { name: 'otel', guide: 'integrate-otel', aliases: ['otlp', 'opentelemetry', 'nocode', 'zerocode'] },
  { name: 'langdock', guide: 'integrate-langdock', aliases: [] },
  { name: 'dify', guide: 'integrate-dify', aliases: [] },
];

const names = frameworks.map(({ name }) => name).join(', ');

/** @throws UsageError for a framework without a guide, naming those that have one. */
function frameworkOf(wanted: string): Framework {
  const key = wanted.toLowerCase().replaceAll(/[\s._-]+/g, '');
  const found = frameworks.find(({ name, aliases }) => name === key || aliases.includes(key));
  if (found) return found;
  throw new UsageError(
    `There is no guide for ${quoted(printable(wanted.slice(0, 200)))}. There are guides for: ${names}.`,
  );
}

export const getInstrumentationGuideTool = defineTool({
  name: 'get_instrumentation_guide',
  title: 'Instrumentation guide',
  description:
    'Code that adds tracing by the Dunetrace SDK to an agent (Python, TypeScript, LangChain ...), to be adapted and run as it is. Agents that report already: list_agents.',
  input: z.strictObject({
    framework: z.string().describe(names),
  }),
  output: z.object({ framework: z.string(), title: z.string(), uri: z.string(), markdown: z.string() }),
  handler: async ({ framework: wanted }) => {
    const { name, guide } = frameworkOf(wanted);
    const markdown = await readGuide(guide);
    const { title, uri } = guides[guide];
    return {
      // Both forms contain the guide: many clients show a model only one of them, and an answer without the code is
      // useless.
      lines: [markdown.trimEnd(), '', `(The guide for ${name}; as a resource: ${uri})`],
      structured: { framework: name, title, uri, markdown },
      freshness: {
        source: 'mirror',
        synced_at: null,
        age_seconds: null,
        stale: false,
        covered: true,
        note: 'a guide shipped with dunetrace-mcp; it does not depend on the mirror',
      },
    };
  },
});
